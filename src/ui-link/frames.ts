/**
 * How messages stand on the socket: a length (u32, big endian) and so many bytes of UTF-8 JSON. The length is
 * checked before anything is kept, so a peer cannot make the other hold more than one message's limit.
 */

/** Largest message to the plugin: a piece of 256 kB in base64 with room to spare. */
export const largestRequest = 1024 * 1024;

/** Largest message from the plugin: one guest's faces in base64. */
export const largestAnswer = 8 * 1024 * 1024;

const headerLength = 4;

/** @throws RangeError when the message is larger than the peer accepts */
export function encodeFrame(message: unknown, largest: number): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  if (body.length > largest) {
    throw new RangeError(`the message has ${body.length} bytes, more than the ${largest} allowed`);
  }
  const header = Buffer.alloc(headerLength);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

/** Cuts a byte stream into messages. */
export class FrameReader {
  private pieces: Buffer[] = [];
  private held = 0;

  constructor(private readonly largest: number) {}

  /** Whether a message has begun and is not complete. */
  get isWaiting(): boolean {
    return this.held > 0;
  }

  /**
   * Takes what arrived and gives every message that is complete now, as text.
   *
   * @throws RangeError when the peer announces a message larger than allowed
   */
  push(bytes: Buffer): string[] {
    this.pieces.push(bytes);
    this.held += bytes.length;
    const messages: string[] = [];
    for (;;) {
      if (this.held < headerLength) {
        return messages;
      }
      if (this.pieces[0]!.length < headerLength) {
        this.pieces = [Buffer.concat(this.pieces)];
      }
      const length = this.pieces[0]!.readUInt32BE(0);
      if (length > this.largest) {
        throw new RangeError(`a message of ${length} bytes was announced; ${this.largest} are allowed`);
      }
      if (this.held < headerLength + length) {
        return messages;
      }
      const whole = Buffer.concat(this.pieces);
      messages.push(whole.toString('utf8', headerLength, headerLength + length));
      const rest = whole.subarray(headerLength + length);
      this.pieces = rest.length > 0 ? [rest] : [];
      this.held = rest.length;
    }
  }
}
