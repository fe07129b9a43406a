/**
 * The few pieces of protobuf's wire format that writing an ONNX file takes (protobuf.dev/programming-guides/encoding).
 * Fields are collected as chunks, so that the weights are copied once, at the end.
 */
export class ProtobufWriter {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  /** Field of wire type 0; negative numbers as 64-bit two's complement. */
  integer(field: number, value: number | bigint): this {
    return this.append(varint(BigInt(field) << 3n)).append(varint(BigInt(value)));
  }

  /** Field of wire type 5: a 32-bit float. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.append(varint((BigInt(field) << 3n) | 5n)).append(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.append(varint((BigInt(field) << 3n) | 2n))
      .append(varint(BigInt(value.byteLength)))
      .append(value);
  }

  message(field: number, value: ProtobufWriter): this {
    this.append(varint((BigInt(field) << 3n) | 2n)).append(varint(BigInt(value.length)));
    this.chunks.push(...value.chunks);
    this.length += value.length;
    return this;
  }

  finish(): Uint8Array {
    const result = new Uint8Array(this.length);
    let offset = 0;
    for (const chunk of this.chunks) {
      result.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return result;
  }

  private append(chunk: Uint8Array): this {
    this.chunks.push(chunk);
    this.length += chunk.byteLength;
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}
