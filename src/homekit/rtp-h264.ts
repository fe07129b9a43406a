import { nalType, nalUnits, typeOf } from '../video/h264.js';

/** A fragmentation unit's head: indicator and header. */
const FU_HEAD = 2;
const FU_A = 28;

/**
 * The RTP payloads of one picture (RFC 6184, packetisation mode 1): NAL units that fit, and fragments of those that do
 * not. A key frame gets the parameter sets ahead unless it brings its own.
 *
 * @param picture Annex B
 * @param parameterSets Annex B
 * @param max bytes in a payload
 */
export function h264Payloads(picture: Uint8Array, isKey: boolean, parameterSets: Uint8Array, max: number): Buffer[] {
  const own = nalUnits(picture).filter((unit) => typeOf(unit) !== nalType.delimiter && typeOf(unit) !== nalType.filler);
  const complete = !isKey || own.some((unit) => typeOf(unit) === nalType.sequence);
  const units = complete ? own : [...nalUnits(parameterSets), ...own];
  return units.flatMap((unit) => (unit.length <= max ? [Buffer.from(unit)] : fragments(unit, max)));
}

function fragments(unit: Uint8Array, max: number): Buffer[] {
  const first = unit[0] ?? 0;
  const size = max - FU_HEAD;
  const made: Buffer[] = [];
  for (let at = 1; at < unit.length; at += size) {
    const start = at === 1 ? 0x80 : 0;
    const end = at + size >= unit.length ? 0x40 : 0;
    const head = Buffer.from([(first & 0xe0) | FU_A, start | end | (first & 0x1f)]);
    made.push(Buffer.concat([head, unit.subarray(at, at + size)]));
  }
  return made;
}
