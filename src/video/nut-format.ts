/**
 * NUT is the small container in which ffmpeg and Doorman hand each other packets and decoded pictures over a pipe: it
 * carries every codec a camera has (MPEG-TS knows no G.711), keeps presentation times, and says each packet's size, so
 * that it can be split without looking into the video.
 *
 * Specification: https://ffmpeg.org/~michael/nut.txt
 */

export interface NutVideoStream {
  readonly kind: 'video';
  /** For example `H264`, `HEVC`, or `I420` for pictures. */
  readonly fourcc: string;
  readonly width: number;
  readonly height: number;
  /** How many pictures the decoder holds back to put them in order: 0 without B-frames. */
  readonly decodeDelay: number;
  /** The codec's own header: for H.264 from a camera its parameter sets, in Annex B. */
  readonly codecHeader: Uint8Array;
}

export interface NutAudioStream {
  readonly kind: 'audio';
  /** Four characters, or the two bytes of a WAVE format tag with two zeros before or behind. */
  readonly fourcc: string;
  /** Hz */
  readonly sampleRate: number;
  readonly channels: number;
  readonly codecHeader: Uint8Array;
}

export type NutStream = NutVideoStream | NutAudioStream;

/** What stands beside a packet's bytes. */
export interface NutPacket {
  /** The stream's number, in the order of their descriptions. */
  readonly stream: number;
  /** Presentation time in seconds. */
  readonly time: number;
  readonly isKey: boolean;
}

/** The bytes are not NUT, or NUT that is not understood here. */
export class NutError extends Error {
  override readonly name = 'NutError';
}

export const FILE_ID = 'nut/multimedia container\0';

/** The packets' start codes, upper and lower half. */
export const startCodes = {
  main: [0x4e4d7a56, 0x1f5f04ad],
  stream: [0x4e531140, 0x5bf2f9db],
  syncpoint: [0x4e4be4ad, 0xeeca4569],
} as const;

export const flag = {
  key: 1,
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

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit++) {
    rest = (rest << 1) ^ (rest < 0 ? 0x04c11db7 : 0);
  }
  return rest;
});

/** NUT's checksum: CRC-32 with the polynomial 0x04C11DB7, most significant bit first, beginning with 0. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc = (crc << 8) ^ table[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0;
}
