/** What must be known of H.264's byte stream (ITU-T H.264, Annex B) to pass it on: its units, never their contents. */

const START_CODE = Buffer.from([0, 0, 1]);

export const nalType = { idr: 5, sequence: 7, picture: 8, delimiter: 9, filler: 12 } as const;

/** The NAL units of an Annex B stream, without their start codes. */
export function nalUnits(stream: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const units: Uint8Array[] = [];
  let begin = bytes.indexOf(START_CODE);
  while (begin >= 0) {
    const from = begin + START_CODE.length;
    const next = bytes.indexOf(START_CODE, from);
    let end = next < 0 ? bytes.length : next;
    // Zeros before a start code belong to it.
    while (end > from && bytes[end - 1] === 0) {
      end--;
    }
    if (end > from) {
      units.push(bytes.subarray(from, end));
    }
    begin = next;
  }
  return units;
}

export const typeOf = (unit: Uint8Array): number => (unit[0] ?? 0) & 31;

/** What a decoder must be able to do: ITU-T H.264's profile_idc and level_idc. */
export interface H264Demands {
  readonly profile: number;
  readonly level: number;
}

/** From the stream's parameter sets (Annex B); undefined when there are none. */
export function h264Demands(parameterSets: Uint8Array): H264Demands | undefined {
  const [, profile, , level] = nalUnits(parameterSets).find((unit) => typeOf(unit) === nalType.sequence) ?? [];
  return profile === undefined || level === undefined ? undefined : { profile, level };
}
