/** H.265 as cameras send it: access units cut from an Annex B stream, and their RTP payloads (RFC 7798). */
import type { AccessUnit } from './h264.js';

/** ITU-T H.265, table 7-1. */
const nalType = { firstKey: 16, lastKey: 21, lastSlice: 31, vps: 32, sps: 33, pps: 34, delimiter: 35 } as const;

export const hevcTypeOf = (nalUnit: Buffer): number => ((nalUnit[0] ?? 0) >> 1) & 0x3f;

/** Groups NAL units to pictures. A slice whose first_slice_segment_in_pic_flag is set begins a new one. */
export function toHevcAccessUnits(nalUnits: readonly Buffer[]): AccessUnit[] {
  const pictures: Buffer[][] = [];
  let current: Buffer[] = [];
  let hasSlice = false;
  for (const unit of nalUnits) {
    const isSlice = hevcTypeOf(unit) <= nalType.lastSlice;
    const beginsPicture = isSlice ? ((unit[2] ?? 0) & 0x80) !== 0 : true;
    if (hasSlice && beginsPicture) {
      pictures.push(current);
      current = [];
      hasSlice = false;
    }
    hasSlice ||= isSlice;
    if (hevcTypeOf(unit) !== nalType.delimiter) {
      current.push(unit);
    }
  }
  if (hasSlice) {
    pictures.push(current);
  }
  const isKey = (unit: Buffer): boolean => hevcTypeOf(unit) >= nalType.firstKey && hevcTypeOf(unit) <= nalType.lastKey;
  return pictures.map((units) => ({ nalUnits: units, isKey: units.some(isKey) }));
}

/** The parameter sets as the SDP names them. */
export function hevcParameterSets(nalUnits: readonly Buffer[]): string {
  const set = (name: string, type: number): string[] => {
    const unit = nalUnits.find((candidate) => hevcTypeOf(candidate) === type);
    return unit === undefined ? [] : [`sprop-${name}=${unit.toString('base64')}`];
  };
  return [...set('vps', nalType.vps), ...set('sps', nalType.sps), ...set('pps', nalType.pps)].join(';');
}

/** Cuts a NAL unit that is too long for one packet into fragmentation units. */
export function hevcFragments(unit: Buffer, longest: number): Buffer[] {
  const FU = 49;
  const header = Buffer.from([((unit[0] ?? 0) & 0x81) | (FU << 1), unit[1] ?? 0]);
  const made: Buffer[] = [];
  for (let at = 2; at < unit.length; at += longest) {
    const start = at === 2 ? 0x80 : 0;
    const end = at + longest >= unit.length ? 0x40 : 0;
    made.push(Buffer.concat([header, Buffer.from([start | end | hevcTypeOf(unit)]), unit.subarray(at, at + longest)]));
  }
  return made;
}
