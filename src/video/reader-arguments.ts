import type { CameraUrl } from './camera-url.js';
import type { DecoderArguments } from './decoder.js';
import type { Ffmpeg } from './ffmpeg.js';

/** What opening a camera needs to know of ffmpeg. */
export type CameraFfmpeg = Pick<Ffmpeg, 'path' | 'rtspTimeoutOption'>;

export type Transport = 'tcp' | 'udp' | 'auto';

/** ffmpeg's own limit for a socket that says nothing; the reader's watchdog is stricter where it matters. */
const SOCKET_TIMEOUT_US = 10_000_000;

/**
 * How much of the stream may be looked at to learn what it is. Mostly the SDP has said it; a camera that sends its
 * parameter sets only with key frames needs the time between two of them.
 */
const ANALYZE_US = 10_000_000;

/** A frame that comes earlier than due by this part of the period is still taken, since cameras are not exact. */
const EARLY = 0.15;

/** Options that open a camera, up to and with `-i`. */
export function inputArguments(
  ffmpeg: CameraFfmpeg,
  url: CameraUrl,
  transport: Transport,
  mediaTypes: 'video' | 'video+audio',
): string[] {
  return [
    ...(transport === 'auto' ? ['-rtsp_flags', 'prefer_tcp'] : ['-rtsp_transport', transport]),
    ...['-allowed_media_types', mediaTypes],
    ...[`-${ffmpeg.rtspTimeoutOption}`, String(SOCKET_TIMEOUT_US)],
    // Not to be waited for: the frame rate; the first pictures are kept, or a key frame would be lost.
    ...['-analyzeduration', String(ANALYZE_US), '-fpsprobesize', '0'],
    ...['-i', url.href],
  ];
}

/** Options that hand out the packets of the first video and audio stream as they are, in NUT on standard output. */
export function copyArguments(audio: boolean): string[] {
  return [
    ...['-map', '0:v:0', ...(audio ? ['-map', '0:a:0?'] : []), '-c', 'copy'],
    // ffmpeg waits for the other stream's packets up to this, µs; a microphone may be silent.
    ...['-max_interleave_delta', '1'],
    // Without an index, for which ffmpeg would remember every packet for ever.
    ...['-write_index', '0', '-flush_packets', '1', '-f', 'nut', 'pipe:1'],
  ];
}

/** Options that read a camera's packets from standard input, as `NutFeed` writes them. */
export function feedArguments(): string[] {
  return ['-fpsprobesize', '0', '-f', 'nut', '-i', 'pipe:0'];
}

export interface PictureOptions {
  readonly framesPerSecond?: number;
  readonly maxWidth?: number;
  /** Whether pictures may be dropped when nobody takes them: yes for cameras, no for files. */
  readonly dropWhenSlow: boolean;
}

/**
 * Options that turn the first video stream into I420 pictures with their presentation times, in NUT on standard output.
 * Frames are dropped before anything is done with them, and nothing is converted or scaled that need not be.
 */
export function pictureArguments(ffmpeg: Ffmpeg, decoder: DecoderArguments, options: PictureOptions): string[] {
  const { framesPerSecond, maxWidth, dropWhenSlow } = options;
  const filters = [
    ...(framesPerSecond === undefined ? [] : [`select='${selectExpression(framesPerSecond)}'`]),
    ...decoder.filters,
    ...(maxWidth === undefined ? [] : [`scale=w='min(iw,${maxWidth})':h=-2:flags=area`]),
    'format=yuv420p|yuvj420p',
  ];
  return [
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filters.join(',')],
    // Never repeat or drop to reach a constant rate: each frame keeps the time it was taken at.
    ...(ffmpeg.major >= 6 ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough']),
    ...['-c:v', 'rawvideo'],
    ...(dropWhenSlow
      ? // A reader that is late for a moment must not stop the decoder, or the camera's packets pile up in the socket.
        ['-f', 'fifo', '-fifo_format', 'nut', '-queue_size', '2', '-drop_pkts_on_overflow', '1']
      : ['-f', 'nut']),
    ...(dropWhenSlow ? ['-format_opts', 'flush_packets=1:write_index=0'] : ['-flush_packets', '1']),
    'pipe:1',
  ];
}

/**
 * Takes a frame when its time has come and moves the next due time (variable 0) on by one period, so that the mean rate
 * is met exactly whatever the camera's rate. Jumps in time begin a new count; frames without a time are taken.
 */
function selectExpression(framesPerSecond: number): string {
  const period = 1 / framesPerSecond;
  const early = (period * EARLY).toFixed(6);
  const p = period.toFixed(6);
  const due = `gte(t+${early},ld(0))+lt(t,ld(0)-2*${p})+isnan(t)`;
  const next = `st(0,if(between(t-ld(0),-${early},${p}),ld(0)+${p},t+${p}))`;
  return `if(${due},gte(${next},0)+1,0)`;
}
