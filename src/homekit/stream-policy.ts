import { feedArguments } from '../video/reader-arguments.js';
import { levelName, profileName } from './hap-values.js';
import type { LiveWish } from './live-policy.js';

/**
 * Sizes offered to HomeKit, with the greatest frame rate. 320×240 at 15 is what the Watch asks for; the rest are
 * the sizes that Apple's accessories certification wants of a camera.
 */
export const RESOLUTIONS: readonly (readonly [width: number, height: number, fps: number])[] = [
  [320, 180, 30],
  [320, 240, 15],
  [320, 240, 30],
  [480, 270, 30],
  [480, 360, 30],
  [640, 360, 30],
  [640, 480, 30],
  [1280, 720, 30],
  [1280, 960, 30],
  [1920, 1080, 30],
];

/** Seconds between keyframes: a phone that lost packets sees again after this long. */
const KEYFRAME_INTERVAL_S = 2;
const MIN_BITRATE = 80;

/**
 * ffmpeg's options for a live view that is made anew: from the camera's packets on standard input to H.264 in NUT on
 * standard output, as the phone wants it.
 *
 * @param rate the camera's frames per second, if known: a slow camera's pictures are not multiplied
 */
export function transcodeArguments(
  wish: LiveWish,
  encoder: EncoderArguments,
  ffmpeg: { readonly major: number },
  rate?: number,
): string[] {
  const bitrate = Math.max(MIN_BITRATE, wish.max_bit_rate);
  const size = `'min(${wish.width},iw)':'min(${wish.height},ih)'`;
  const isFast = rate === undefined || rate > wish.fps;
  const framesPerSecond = isFast ? wish.fps : Math.max(1, Math.round(rate));
  const isSoftware = encoder.name === 'libx264';
  return [
    ...[...encoder.device, '-flags', 'low_delay', ...feedArguments()],
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-codec:v', encoder.name],
    ...(isSoftware ? ['-preset', 'ultrafast', '-tune', 'zerolatency'] : []),
    ...(isSoftware ? ['-profile:v', profileName(wish.profile), '-level:v', levelName(wish.level)] : []),
    ...['-bf', '0'],
    ...[
      '-vf',
      [
        ...(isFast ? [`fps=${wish.fps}`] : []),
        `scale=${size}:force_original_aspect_ratio=decrease`,
        'scale=trunc(iw/2)*2:trunc(ih/2)*2',
        ...encoder.filters,
      ].join(','),
    ],
    ...(ffmpeg.major >= 6 ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough']),
    ...['-g', String(framesPerSecond * KEYFRAME_INTERVAL_S)],
    ...['-b:v', `${bitrate}k`, '-maxrate', `${bitrate}k`, '-bufsize', `${bitrate * 2}k`],
    ...['-write_index', '0', '-flush_packets', '1', '-f', 'nut', 'pipe:1'],
  ];
}

/** An encoder with what it needs around it. */
export interface EncoderArguments {
  readonly name: string;
  /** Options ahead of the input. */
  readonly device: readonly string[];
  /** The last filters: into the encoder's pixel format, or its memory. */
  readonly filters: readonly string[];
}

/** @param name one of ffmpeg's H.264 encoders */
export function encoderArguments(name: string): EncoderArguments {
  return name === 'h264_vaapi'
    ? { name, device: ['-vaapi_device', '/dev/dri/renderD128'], filters: ['format=nv12', 'hwupload'] }
    : { name, device: [], filters: [`format=${name === 'h264_qsv' ? 'nv12' : 'yuv420p'}`] };
}

/**
 * The encoders to try for a live view, best first: the configured one, then libx264, which works everywhere, then
 * those that lean on the machine's hardware. Each has to prove itself before it is used.
 */
export function encodersToTry(configured: string | undefined, available: ReadonlySet<string>): string[] {
  const own = configured === undefined || configured === 'auto' || configured === 'copy' ? [] : [configured];
  const hardware = ['h264_nvenc', 'h264_vaapi', 'h264_qsv', 'h264_v4l2m2m', 'h264_videotoolbox', 'h264_omx'];
  return [...new Set([...own, 'libx264', 'libopenh264', ...hardware])].filter((name) => available.has(name));
}

/** How long a phone may be silent: it owes a receiver report every `rtcpInterval` seconds. */
export function silenceAllowed(rtcpInterval: number): number {
  return Math.max(8000, rtcpInterval * 6 * 1000);
}
