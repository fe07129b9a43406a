/** H.264 as cameras send it: access units cut from an Annex B stream, and their RTP packets (RFC 6184). */
import { hevcFragments } from './hevc.js';

/** One coded picture with its parameter sets: NAL units without start codes. */
export interface AccessUnit {
  readonly nalUnits: readonly Buffer[];
  /** An IDR picture: decoding can begin here. */
  readonly isKey: boolean;
}

const nalType = { slice: 1, idr: 5, sps: 7, pps: 8, delimiter: 9 } as const;

/** Cuts an Annex B byte stream into NAL units. */
export function splitNalUnits(stream: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let start = -1;
  for (let at = stream.indexOf('\0\0\x01', 0, 'latin1'); at >= 0; at = stream.indexOf('\0\0\x01', at + 3, 'latin1')) {
    if (start >= 0) {
      units.push(trimZeros(stream.subarray(start, at)));
    }
    start = at + 3;
  }
  if (start >= 0) {
    units.push(trimZeros(stream.subarray(start)));
  }
  return units.filter((unit) => unit.length > 0);
}

function trimZeros(unit: Buffer): Buffer {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) {
    end--;
  }
  return unit.subarray(0, end);
}

export const typeOf = (nalUnit: Buffer): number => (nalUnit[0] ?? 0) & 0x1f;

export const isParameterSet = (nalUnit: Buffer): boolean =>
  typeOf(nalUnit) === nalType.sps || typeOf(nalUnit) === nalType.pps;

/** Groups NAL units to pictures. A slice whose first_mb_in_slice is 0 begins a new one. */
export function toAccessUnits(nalUnits: readonly Buffer[]): AccessUnit[] {
  const pictures: Buffer[][] = [];
  let current: Buffer[] = [];
  let hasSlice = false;
  for (const unit of nalUnits) {
    const isSlice = typeOf(unit) === nalType.slice || typeOf(unit) === nalType.idr;
    // first_mb_in_slice is an Exp-Golomb number: 0 is coded as a leading 1.
    const beginsPicture = isSlice ? ((unit[1] ?? 0) & 0x80) !== 0 : true;
    if (hasSlice && beginsPicture) {
      pictures.push(current);
      current = [];
      hasSlice = false;
    }
    hasSlice ||= isSlice;
    if (typeOf(unit) !== nalType.delimiter) {
      current.push(unit);
    }
  }
  if (hasSlice) {
    pictures.push(current);
  }
  return pictures.map((units) => ({ nalUnits: units, isKey: units.some((unit) => typeOf(unit) === nalType.idr) }));
}

const MAX_PAYLOAD = 1300;

/** Numbers the packets of one RTP stream. */
export class RtpPacketizer {
  private sequence = 1000;

  constructor(
    private readonly payloadType: number,
    private readonly ssrc: number,
  ) {}

  /** The packets of one picture: whole NAL units, or fragments of those that are too long. */
  picture({ nalUnits }: AccessUnit, timestamp: number, codec: 'h264' | 'hevc' = 'h264'): Buffer[] {
    const cut = (unit: Buffer): Buffer[] => (codec === 'hevc' ? hevcFragments(unit, MAX_PAYLOAD) : fragments(unit));
    const payloads = nalUnits.flatMap((unit) => (unit.length <= MAX_PAYLOAD ? [unit] : cut(unit)));
    return payloads.map((payload, index) => this.packet(payload, timestamp, index === payloads.length - 1));
  }

  packet(payload: Buffer, timestamp: number, marker: boolean): Buffer {
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = this.payloadType | (marker ? 0x80 : 0);
    header.writeUInt16BE(this.sequence++ & 0xffff, 2);
    header.writeUInt32BE(timestamp % 2 ** 32, 4);
    header.writeUInt32BE(this.ssrc, 8);
    return Buffer.concat([header, payload]);
  }
}

function fragments(unit: Buffer): Buffer[] {
  const FU_A = 28;
  const first = unit[0] ?? 0;
  const indicator = (first & 0xe0) | FU_A;
  const made: Buffer[] = [];
  for (let at = 1; at < unit.length; at += MAX_PAYLOAD) {
    const piece = unit.subarray(at, at + MAX_PAYLOAD);
    const start = at === 1 ? 0x80 : 0;
    const end = at + MAX_PAYLOAD >= unit.length ? 0x40 : 0;
    made.push(Buffer.concat([Buffer.from([indicator, start | end | (first & 0x1f)]), piece]));
  }
  return made;
}
