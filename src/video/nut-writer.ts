import { crc32, FILE_ID, flag, startCodes, type NutPacket, type NutStream } from './nut-format.js';

/** All streams' time base: RTP's clock for video. */
const CLOCK = 90_000;
/** Presentation times are always written in full: nothing coded lies below this power of two. */
const PTS_LSB_BITS = 1;
/** No syncpoints but the first, since it is a pipe; ffmpeg would keep a note of each for as long as it reads. */
const NUT_PIPE = 2;
const VERSION = 4;
/** The frame code in use; each one stands for a size that is by its number longer. */
const FRAME_CODE = 0;
const MAX_DISTANCE = 65_536;
/** Packets of the header kind that are longer than this carry a checksum of their head. */
const LONG_PACKET = 4096;

/** The file's beginning: what streams there are. Time of the first packet in seconds. */
export function nutHeader(streams: readonly NutStream[], time: number): Buffer {
  return Buffer.concat([
    Buffer.from(FILE_ID, 'latin1'),
    packet(startCodes.main, mainHeader(streams.length)),
    ...streams.map((stream, index) => packet(startCodes.stream, streamHeader(stream, index))),
    packet(startCodes.syncpoint, Buffer.concat([unsigned(ticks(time)), unsigned(0)])),
  ]);
}

/** What is written before a packet's bytes. */
export function nutFrameHeader(size: number, { stream, time, isKey }: NutPacket): Buffer {
  const flags = flag.codedPts | flag.streamId | flag.sizeMsb | flag.checksum | (isKey ? flag.key : 0);
  const head = Buffer.concat([
    Buffer.from([FRAME_CODE]),
    unsigned(flags),
    unsigned(stream),
    unsigned(ticks(time) + 2 ** PTS_LSB_BITS),
    unsigned(size),
  ]);
  return Buffer.concat([head, uint32(crc32(head))]);
}

function mainHeader(streams: number): Buffer {
  const oneCodeForAll = [unsigned(flag.coded), unsigned(6), signed(0), ...[1, 0, 0, 0, 255].map(unsigned)];
  return Buffer.concat([
    ...[unsigned(VERSION), unsigned(0), unsigned(streams), unsigned(MAX_DISTANCE)],
    ...[unsigned(1), unsigned(1), unsigned(CLOCK)],
    ...oneCodeForAll,
    ...[unsigned(0), unsigned(NUT_PIPE)],
  ]);
}

function streamHeader(stream: NutStream, index: number): Buffer {
  const isVideo = stream.kind === 'video';
  const fourcc = Buffer.from(stream.fourcc, 'latin1');
  return Buffer.concat([
    ...[unsigned(index), unsigned(isVideo ? 0 : 1), unsigned(fourcc.length), fourcc, unsigned(0)],
    ...[unsigned(PTS_LSB_BITS), unsigned(CLOCK * 3600), unsigned(isVideo ? stream.decodeDelay : 0), unsigned(0)],
    ...[unsigned(stream.codecHeader.length), stream.codecHeader],
    ...(isVideo
      ? [stream.width, stream.height, 0, 0, 0].map(unsigned)
      : [stream.sampleRate, 1, stream.channels].map(unsigned)),
  ]);
}

function packet([upper, lower]: readonly [number, number], body: Buffer): Buffer {
  const length = body.length + 4;
  const head = Buffer.concat([uint32(upper), uint32(lower), unsigned(length)]);
  return Buffer.concat([head, ...(length > LONG_PACKET ? [uint32(crc32(head))] : []), body, uint32(crc32(body))]);
}

const ticks = (seconds: number): number => Math.max(0, Math.round(seconds * CLOCK));

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The specification's `v`: seven bits a byte, most significant first. */
function unsigned(value: number): Buffer {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift((rest % 128) | 128);
  }
  return Buffer.from(bytes);
}

/** The specification's `s`. */
function signed(value: number): Buffer {
  return unsigned(value > 0 ? 2 * value - 1 : -2 * value);
}
