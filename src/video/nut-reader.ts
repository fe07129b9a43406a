import { FILE_ID, flag, NutError, startCodes, type NutPacket, type NutStream } from './nut-format.js';
import { NutCursor } from './nut-cursor.js';

export interface NutConsumer {
  /** A stream's description, before its first packet; streams are numbered in this order. */
  stream(description: NutStream): void;
  /** Asks for `size` bytes that the next packet is written into. */
  buffer(size: number, stream: number): Uint8Array;
  /** A complete packet in the buffer asked for last. */
  packet(data: Uint8Array, packet: NutPacket): void;
}

const NO_BYTES = new Uint8Array(0);

/** Beyond this size packets have no elided header. */
const MAX_ELIDED_SIZE = 4096;

interface FrameCode {
  readonly flags: number;
  readonly stream: number;
  readonly ptsDelta: number;
  readonly sizeMultiplier: number;
  readonly sizeLsb: number;
  readonly reservedCount: number;
  readonly headerIndex: number;
}

/** What is kept of each stream while reading. */
interface Timeline {
  readonly timeBase: Rational;
  readonly ptsLsbBits: number;
  lastPts: number;
}

interface Rational {
  readonly numerator: number;
  readonly denominator: number;
}

/** Reads NUT; feed it what ffmpeg writes, in pieces of any size. */
export class NutReader {
  private header = NO_BYTES;
  private current: { readonly data: Uint8Array; readonly packet: NutPacket; filled: number } | undefined;
  private identified = false;
  private codes: readonly FrameCode[] = [];
  /** Beginnings that packets of a stream have in common and that are left out of them. */
  private elided: readonly Uint8Array[] = [NO_BYTES];
  private timeBases: readonly Rational[] = [];
  private readonly timelines: Timeline[] = [];

  constructor(private readonly consumer: NutConsumer) {}

  /** @throws NutError when the bytes make no sense. */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.current === undefined ? this.readHeader(rest) : this.readBody(this.current, rest);
    }
  }

  private readBody(current: NonNullable<typeof this.current>, chunk: Uint8Array): Uint8Array {
    const { data, packet } = current;
    const taken = chunk.subarray(0, data.length - current.filled);
    data.set(taken, current.filled);
    current.filled += taken.length;
    if (current.filled === data.length) {
      this.current = undefined;
      this.consumer.packet(data, packet);
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
        throw new NutError('ffmpeg did not send NUT.');
      }
    }
    if (!cursor.starved()) {
      this.header = new Uint8Array(0);
      return bytes.subarray(cursor.position);
    }
    if (bytes.length > 1 << 20) {
      throw new NutError('ffmpeg sent a NUT header without an end.');
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
    if (startCode === startCodes.main[0]) {
      this.readMainHeader(body);
    } else if (startCode === startCodes.stream[0]) {
      this.readStreamHeader(body);
    } else if (startCode === startCodes.syncpoint[0]) {
      this.readSyncpoint(body);
    }
    if (body.starved()) {
      throw new NutError('ffmpeg sent a NUT packet that ends too early.');
    }
  }

  private readMainHeader(body: NutCursor): void {
    const version = body.unsigned();
    if (version < 3 || version > 4) {
      throw new NutError(`ffmpeg sent NUT version ${version}.`);
    }
    if (version > 3) {
      body.unsigned(); // minor version
    }
    body.unsigned(); // streams
    body.unsigned(); // longest distance between syncpoints
    this.timeBases = Array.from({ length: body.unsigned() }, () => ({
      numerator: body.unsigned(),
      denominator: body.unsigned(),
    }));
    this.codes = readFrameCodes(body);
    const headers = body.unsigned();
    this.elided = [NO_BYTES, ...Array.from({ length: headers }, () => body.bytes(body.unsigned()))];
  }

  private readStreamHeader(body: NutCursor): void {
    const stream = body.unsigned();
    const kind = body.unsigned();
    const fourcc = body.text(body.unsigned());
    const timeBase = this.timeBases[body.unsigned()];
    const ptsLsbBits = body.unsigned();
    body.unsigned(); // longest distance between presentation times
    const decodeDelay = body.unsigned();
    body.unsigned(); // stream flags
    const codecHeader = body.bytes(body.unsigned());
    if (stream < this.timelines.length) {
      return; // ffmpeg repeats its headers.
    }
    if (kind > 1 || timeBase === undefined) {
      throw new NutError('ffmpeg sent something other than video and audio.');
    }
    this.timelines.push({ timeBase, ptsLsbBits, lastPts: 0 });
    if (kind === 0) {
      const [width, height] = [body.unsigned(), body.unsigned()];
      this.consumer.stream({ kind: 'video', fourcc, width, height, decodeDelay, codecHeader });
    } else {
      const sampleRate = body.unsigned() / Math.max(1, body.unsigned());
      this.consumer.stream({ kind: 'audio', fourcc, sampleRate, channels: body.unsigned(), codecHeader });
    }
  }

  private readSyncpoint(body: NutCursor): void {
    const coded = body.unsigned();
    const base = this.timeBases[coded % this.timeBases.length];
    if (base !== undefined) {
      const seconds = (Math.floor(coded / this.timeBases.length) * base.numerator) / base.denominator;
      for (const timeline of this.timelines) {
        const { numerator, denominator } = timeline.timeBase;
        timeline.lastPts = Math.floor((seconds * denominator) / numerator + 1e-6);
      }
    }
  }

  private readFrameHeader(cursor: NutCursor): void {
    const code = this.codes[cursor.byte()];
    if (code === undefined || (code.flags & flag.invalid) !== 0) {
      throw new NutError('ffmpeg sent a frame before its header.');
    }
    const flags = (code.flags & flag.coded) === 0 ? code.flags : code.flags ^ cursor.unsigned();
    const has = (bit: number) => (flags & bit) !== 0;
    const stream = has(flag.streamId) ? cursor.unsigned() : code.stream;
    const timeline = this.timelines[stream];
    const coded = has(flag.codedPts) ? cursor.unsigned() : undefined;
    const size = code.sizeLsb + (has(flag.sizeMsb) ? code.sizeMultiplier * cursor.unsigned() : 0);
    if (has(flag.matchTime)) {
      cursor.signed();
    }
    const headerIndex = has(flag.headerIndex) ? cursor.unsigned() : code.headerIndex;
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
    const beginning = size > MAX_ELIDED_SIZE ? NO_BYTES : this.elided[headerIndex];
    if (timeline === undefined || beginning === undefined || has(flag.sideData)) {
      throw new NutError('ffmpeg sent a frame that does not go with its headers.');
    }
    const pts = coded === undefined ? timeline.lastPts + code.ptsDelta : fullPts(timeline, coded);
    timeline.lastPts = pts;
    if (size > beginning.length) {
      const data = this.consumer.buffer(size, stream);
      data.set(beginning);
      const time = (pts * timeline.timeBase.numerator) / timeline.timeBase.denominator;
      this.current = { data, packet: { stream, time, isKey: has(flag.key) }, filled: beginning.length };
    }
  }
}

/** Presentation times are cut to their lowest bits where the full one can be told from the last. */
function fullPts({ ptsLsbBits, lastPts }: Timeline, coded: number): number {
  const modulus = 2 ** ptsLsbBits;
  if (coded >= modulus) {
    return coded - modulus;
  }
  const floor = lastPts - Math.floor((modulus - 1) / 2);
  return floor + ((((coded - floor) % modulus) + modulus) % modulus);
}

/** The table of 256 frame codes, run-length coded in the main header. */
function readFrameCodes(body: NutCursor): FrameCode[] {
  const codes: FrameCode[] = [];
  const none = { stream: 0, ptsDelta: 0, sizeMultiplier: 1, sizeLsb: 0, reservedCount: 0, headerIndex: 0 };
  let { ptsDelta, sizeMultiplier, stream, headerIndex } = none;
  while (codes.length < 256 && !body.starved()) {
    const flags = body.unsigned();
    const fields = body.unsigned();
    ptsDelta = fields > 0 ? body.signed() : ptsDelta;
    sizeMultiplier = fields > 1 ? body.unsigned() : sizeMultiplier;
    stream = fields > 2 ? body.unsigned() : stream;
    const size = fields > 3 ? body.unsigned() : 0;
    const reservedCount = fields > 4 ? body.unsigned() : 0;
    const count = fields > 5 ? body.unsigned() : sizeMultiplier - size;
    if (fields > 6) {
      body.signed(); // match time
    }
    headerIndex = fields > 7 ? body.unsigned() : headerIndex;
    for (let field = 8; field < fields && !body.starved(); field++) {
      body.unsigned(); // what later versions may add
    }
    for (let i = 0; i < count && codes.length < 256; i++) {
      if (codes.length === 'N'.charCodeAt(0)) {
        codes.push({ ...none, flags: flag.invalid });
      }
      codes.push({ flags, stream, ptsDelta, sizeMultiplier, sizeLsb: size + i, reservedCount, headerIndex });
    }
  }
  while (codes.length < 256) {
    codes.push({ ...none, flags: flag.invalid });
  }
  return codes;
}
