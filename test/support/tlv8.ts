/** TLV8, HAP specification R2 section 14.1: type, length, value; values over 255 bytes go on in items of the same type. */
export type Tlv8 = ReadonlyMap<number, Buffer>;

/** Encodes items in order; a number is one byte. */
export function encodeTlv8(...items: readonly (readonly [type: number, value: Buffer | number])[]): Buffer {
  return Buffer.concat(
    items.flatMap(([type, value]) => {
      const bytes = typeof value === 'number' ? Buffer.from([value]) : value;
      const parts: Buffer[] = [];
      for (let at = 0; at === 0 || at < bytes.length; at += 255) {
        const part = bytes.subarray(at, at + 255);
        parts.push(Buffer.from([type, part.length]), part);
      }
      return parts;
    }),
  );
}

/** Decodes items; of several with one type only the last stays, unless they are fragments of one value. */
export function decodeTlv8(bytes: Buffer): Tlv8 {
  const items = new Map<number, Buffer>();
  let open: number | undefined;
  for (let at = 0; at + 2 <= bytes.length;) {
    const type = bytes[at]!;
    const length = bytes[at + 1]!;
    const value = bytes.subarray(at + 2, at + 2 + length);
    items.set(type, open === type ? Buffer.concat([items.get(type)!, value]) : value);
    open = length === 255 ? type : undefined;
    at += 2 + length;
  }
  return items;
}

export const uint16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

export const float32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
