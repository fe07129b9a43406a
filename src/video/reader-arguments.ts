import type { CameraUrl } from './camera-url.js';
import type { DecoderArguments } from './decoder.js';
import type { Ffmpeg } from './ffmpeg.js';
import { GRID_WIDTH, SAMPLES } from './luminance-grid.js';
import { isMarkedExpression } from './sight.js';

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

/** Options that turn the first video stream into I420 pictures with their times, in NUT on standard output. */
export function pictureArguments(ffmpeg: Ffmpeg, framesPerSecond: number | undefined): string[] {
  const select = framesPerSecond === undefined ? [] : [`select='${dueExpression(framesPerSecond)}'`];
  return [...rawVideo(ffmpeg, [...select, I420]), '-f', 'nut', '-flush_packets', '1', 'pipe:1'];
}

export interface SightOptions {
  readonly framesPerSecond: number;
  readonly maxWidth?: number;
}

/**
 * Options that turn a camera's video, its packets dated by `markedTime`, into sights: whole pictures where they are
 * wanted on standard output, glances on `pipe:3`. Frames are dropped before anything is done with them, and nothing is
 * converted or scaled that need not be.
 */
export function sightArguments(ffmpeg: Ffmpeg, decoder: DecoderArguments, options: SightOptions): string[] {
  const { framesPerSecond, maxWidth } = options;
  const due = dueExpression(framesPerSecond);
  const limit = maxWidth === undefined ? [] : [`scale=w='min(iw,${maxWidth})':h=-2:flags=area`];
  // What `sampleLuminance` does: the mean of a few pixels per cell. The area filter alone would read every pixel.
  const sampled = `scale=w='min(iw,${GRID_WIDTH * SAMPLES})':h=-2:flags=neighbor`;
  const averaged = `scale=w='min(iw,${GRID_WIDTH})':h=-2:flags=area`;
  return [
    ...rawVideo(ffmpeg, [`select='(${due})*${isMarkedExpression}'`, ...decoder.filters, ...limit, I420]),
    ...droppingOutput('pipe:1', 2),
    ...rawVideo(ffmpeg, [`select='${due}'`, ...decoder.filters, sampled, averaged, I420]),
    ...droppingOutput('pipe:3', 8),
  ];
}

const I420 = 'format=yuv420p|yuvj420p';

function rawVideo(ffmpeg: Ffmpeg, filters: readonly string[]): string[] {
  return [
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filters.join(',')],
    // Never repeat or drop to reach a constant rate: each frame keeps the time it was taken at.
    ...(ffmpeg.major >= 6 ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough']),
    // Exactly: by default times are rounded to the frame rate that ffmpeg guesses.
    ...['-enc_time_base', '1/90000', '-c:v', 'rawvideo'],
    // From ffmpeg 5 on, several threads would copy pictures in turns, each handed out only when the next one comes.
    ...['-threads', '1'],
  ];
}

/** A reader that is late for a moment must not stop the decoder, or the camera's packets pile up in the socket. */
function droppingOutput(pipe: string, pictures: number): string[] {
  return [
    ...['-f', 'fifo', '-fifo_format', 'nut', '-queue_size', String(pictures), '-drop_pkts_on_overflow', '1'],
    ...['-format_opts', 'flush_packets=1:write_index=0', pipe],
  ];
}

/**
 * Takes a frame when its time has come and moves the next due time (variable 0) on by one period, so that the mean rate
 * is met exactly whatever the camera's rate. Jumps in time begin a new count; frames without a time are taken.
 */
function dueExpression(framesPerSecond: number): string {
  const period = 1 / framesPerSecond;
  const early = (period * EARLY).toFixed(6);
  const p = period.toFixed(6);
  const due = `gte(t+${early},ld(0))+lt(t,ld(0)-2*${p})+isnan(t)`;
  const next = `st(0,if(between(t-ld(0),-${early},${p}),ld(0)+${p},t+${p}))`;
  return `if(${due},gte(${next},0)+1,0)`;
}
