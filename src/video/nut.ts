/**
 * Reads raw video out of NUT, the small container in which ffmpeg can pipe decoded pictures together with their
 * presentation times. Only what one raw video stream needs is understood.
 *
 * Specification: https://ffmpeg.org/~michael/nut.txt
 */

import { NutCursor } from './nut-cursor.js';

export interface NutVideoStream {
  readonly width: number;
  readonly height: number;
  /** For example `I420`. */
  readonly fourcc: string;
}

export interface NutConsumer {
  /** The stream's description, once, before the first picture. */
  stream(description: NutVideoStream): void;
  /** Asks for `size` bytes that the next picture is written into. */
  buffer(size: number): Uint8Array;
  /** A complete picture in the buffer asked for last; `time` is its presentation time in seconds. */
  picture(pixels: Uint8Array, time: number): void;
}

/** The bytes are not NUT, or NUT that this reader does not understand. */
export class NutError extends Error {
  override readonly name = 'NutError';
}

const FILE_ID = 'nut/multimedia container\0';
/** The upper halves of the packets' start codes are unique enough to tell them apart. */
const startCodes = { main: 0x4e4d7a56, stream: 0x4e531140, syncpoint: 0x4e4be4ad } as const;
const flag = {
  codedPts: 8,
  streamId: 16,
  sizeMsb: 32,
  checksum: 64,
  reserved: 128,
  sideData: 256,
  headerIndex: 1024,
  matchTime: 2048,
  coded: 4096,
  invalid: 8192,
} as const;

interface FrameCode {
  readonly flags: number;
  readonly ptsDelta: number;
  readonly sizeMultiplier: number;
  readonly sizeLsb: number;
  readonly reservedCount: number;
}

interface Rational {
  readonly numerator: number;
  readonly denominator: number;
}

/** Feed it what ffmpeg writes, in pieces of any size. */
export class NutReader {
  private header: Uint8Array = new Uint8Array(0);
  private picture: { readonly pixels: Uint8Array; readonly time: number; filled: number } | undefined;
  private identified = false;
  private codes: readonly FrameCode[] = [];
  private timeBases: readonly Rational[] = [];
  private timeBase: Rational = { numerator: 1, denominator: 1 };
  private ptsLsbBits = 0;
  private lastPts = 0;

  constructor(private readonly consumer: NutConsumer) {}

  /** @throws NutError when the bytes make no sense. */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.picture === undefined ? this.readHeader(rest) : this.readPixels(this.picture, rest);
    }
  }

  private readPixels(picture: NonNullable<typeof this.picture>, chunk: Uint8Array): Uint8Array {
    const taken = chunk.subarray(0, picture.pixels.length - picture.filled);
    picture.pixels.set(taken, picture.filled);
    picture.filled += taken.length;
    if (picture.filled === picture.pixels.length) {
      this.picture = undefined;
      this.consumer.picture(picture.pixels, picture.time);
    }
    return chunk.subarray(taken.length);
  }

  /** Reads one packet or frame header; keeps what is too short for later. Returns the bytes behind it. */
  private readHeader(chunk: Uint8Array): Uint8Array {
    const bytes = this.header.length === 0 ? chunk : Buffer.concat([this.header, chunk]);
    const cursor = new NutCursor(bytes);
    if (this.identified) {
      this.readPacket(cursor, bytes);
    } else {
      this.identified = cursor.text(FILE_ID.length) === FILE_ID;
      if (!cursor.starved() && !this.identified) {
        throw new NutError('The decoder did not send NUT.');
      }
    }
    if (!cursor.starved()) {
      this.header = new Uint8Array(0);
      return bytes.subarray(cursor.position);
    }
    if (bytes.length > 1 << 20) {
      throw new NutError('The decoder sent a NUT header without an end.');
    }
    this.header = Uint8Array.from(bytes);
    return new Uint8Array(0);
  }

  private readPacket(cursor: NutCursor, bytes: Uint8Array): void {
    const first = bytes[0];
    if (first !== 0x4e) {
      this.readFrameHeader(cursor);
      return;
    }
    const startCode = cursor.uint32();
    cursor.uint32();
    const length = cursor.unsigned();
    if (length > 4096) {
      cursor.uint32();
    }
    const start = cursor.position;
    cursor.skip(length);
    if (cursor.starved()) {
      return;
    }
    const body = new NutCursor(bytes.subarray(start, start + length));
    if (startCode === startCodes.main) {
      this.readMainHeader(body);
    } else if (startCode === startCodes.stream) {
      this.readStreamHeader(body);
    } else if (startCode === startCodes.syncpoint) {
      this.readSyncpoint(body);
    }
    if (body.starved()) {
      throw new NutError('The decoder sent a NUT packet that ends too early.');
    }
  }

  private readMainHeader(body: NutCursor): void {
    const version = body.unsigned();
    if (version !== 3) {
      throw new NutError(`The decoder sent NUT version ${version}.`);
    }
    body.unsigned(); // streams
    body.unsigned(); // longest distance between syncpoints
    this.timeBases = Array.from({ length: body.unsigned() }, () => ({
      numerator: body.unsigned(),
      denominator: body.unsigned(),
    }));
    this.codes = readFrameCodes(body);
  }

  private readStreamHeader(body: NutCursor): void {
    body.unsigned(); // stream id
    const isVideo = body.unsigned() === 0;
    const fourcc = body.text(body.unsigned());
    const timeBase = this.timeBases[body.unsigned()];
    if (!isVideo || timeBase === undefined) {
      throw new NutError('The decoder sent something other than video.');
    }
    this.timeBase = timeBase;
    this.ptsLsbBits = body.unsigned();
    body.unsigned(); // longest distance between presentation times
    body.unsigned(); // decode delay
    body.unsigned(); // stream flags
    body.skip(body.unsigned()); // codec's own header
    this.consumer.stream({ width: body.unsigned(), height: body.unsigned(), fourcc });
  }

  private readSyncpoint(body: NutCursor): void {
    const coded = body.unsigned();
    const base = this.timeBases[coded % this.timeBases.length];
    if (base !== undefined) {
      const seconds = (Math.floor(coded / this.timeBases.length) * base.numerator) / base.denominator;
      this.lastPts = Math.floor((seconds * this.timeBase.denominator) / this.timeBase.numerator + 1e-6);
    }
  }

  private readFrameHeader(cursor: NutCursor): void {
    const code = this.codes[cursor.byte()];
    if (code === undefined || (code.flags & flag.invalid) !== 0) {
      throw new NutError('The decoder sent a frame before its header.');
    }
    const flags = (code.flags & flag.coded) === 0 ? code.flags : code.flags ^ cursor.unsigned();
    const has = (bit: number) => (flags & bit) !== 0;
    if (has(flag.streamId)) {
      cursor.unsigned();
    }
    const pts = has(flag.codedPts) ? this.fullPts(cursor.unsigned()) : this.lastPts + code.ptsDelta;
    const size = code.sizeLsb + (has(flag.sizeMsb) ? code.sizeMultiplier * cursor.unsigned() : 0);
    if (has(flag.matchTime)) {
      cursor.signed();
    }
    if (has(flag.headerIndex) && cursor.unsigned() !== 0 && !cursor.starved()) {
      throw new NutError('The decoder sent a picture with an elided header.');
    }
    const reserved = has(flag.reserved) ? cursor.unsigned() : code.reservedCount;
    for (let i = 0; i < reserved && !cursor.starved(); i++) {
      cursor.unsigned();
    }
    if (has(flag.checksum)) {
      cursor.uint32();
    }
    if (cursor.starved()) {
      return;
    }
    if (has(flag.sideData)) {
      throw new NutError('The decoder sent side data.');
    }
    this.lastPts = pts;
    const time = (pts * this.timeBase.numerator) / this.timeBase.denominator;
    if (size > 0) {
      this.picture = { pixels: this.consumer.buffer(size), time, filled: 0 };
    }
  }

  /** Presentation times are cut to their lowest bits where the full one can be told from the last. */
  private fullPts(coded: number): number {
    const modulus = 2 ** this.ptsLsbBits;
    if (coded >= modulus) {
      return coded - modulus;
    }
    const floor = this.lastPts - Math.floor((modulus - 1) / 2);
    return floor + ((((coded - floor) % modulus) + modulus) % modulus);
  }
}

/** The table of 256 frame codes, run-length coded in the main header. */
function readFrameCodes(body: NutCursor): FrameCode[] {
  const codes: FrameCode[] = [];
  const invalid: FrameCode = { flags: flag.invalid, ptsDelta: 0, sizeMultiplier: 1, sizeLsb: 0, reservedCount: 0 };
  let ptsDelta = 0;
  let sizeMultiplier = 1;
  while (codes.length < 256 && !body.starved()) {
    const flags = body.unsigned();
    const fields = body.unsigned();
    ptsDelta = fields > 0 ? body.signed() : ptsDelta;
    sizeMultiplier = fields > 1 ? body.unsigned() : sizeMultiplier;
    if (fields > 2) {
      body.unsigned(); // stream id
    }
    const size = fields > 3 ? body.unsigned() : 0;
    const reservedCount = fields > 4 ? body.unsigned() : 0;
    const count = fields > 5 ? body.unsigned() : sizeMultiplier - size;
    for (let field = 6; field < fields && !body.starved(); field++) {
      body.unsigned(); // match time, elided header, and what later versions may add
    }
    for (let i = 0; i < count && codes.length < 256; i++) {
      if (codes.length === 'N'.charCodeAt(0)) {
        codes.push(invalid);
      }
      codes.push({ flags, ptsDelta, sizeMultiplier, sizeLsb: size + i, reservedCount });
    }
  }
  return codes;
}
