import { feedArguments } from '../video/reader-arguments.js';
import { levelName, profileName } from './hap-values.js';
import type { EncoderArguments } from './stream-policy.js';

/** What the home hub has chosen, in ffmpeg's terms. */
export interface RecordingWish {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** kbit/s */
  readonly bitrate: number;
  /** HomeKit's numbers, see `profileName`. */
  readonly profile: number;
  readonly level: number;
  /** The longest time from one keyframe, and so from one fragment, to the next, ms. */
  readonly fragmentMs: number;
  /** Undefined when no sound is wanted. */
  readonly audio?: { readonly sampleRate: number; readonly bitrate: number; readonly channels: number } | undefined;
}

/** What the camera sends, as far as it matters here. */
export interface RecordedStream {
  /** ffmpeg's name, for example `h264`. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Between the keyframes seen of late, ms; undefined when there were less than two. */
  readonly keyframeMs: number | undefined;
  readonly hasAudio: boolean;
}

/** A keyframe may come so much later than asked for: clocks of cameras are not exact. */
const KEYFRAME_TOLERANCE = 1.1;

/**
 * Whether the camera's own pictures go into the recording. They do when they are H.264 no larger than wanted, and a
 * keyframe comes often enough for HomeKit's fragments; else they are encoded anew, which costs a core or more at 1080p.
 *
 * @param configured the setting `videoEncoder`: `copy` copies H.264 whatever its size and keyframes
 * @returns undefined when there is no way: HomeKit takes nothing but H.264, and nothing here can make it
 */
export function recordingMode(
  stream: RecordedStream,
  wish: RecordingWish,
  configured: string | undefined,
  canEncode: boolean,
): 'copy' | 'encode' | undefined {
  if (stream.codec !== 'h264') {
    return canEncode ? 'encode' : undefined;
  }
  const fits =
    stream.width <= wish.width &&
    stream.height <= wish.height &&
    stream.keyframeMs !== undefined &&
    stream.keyframeMs <= wish.fragmentMs * KEYFRAME_TOLERANCE;
  return fits || configured === 'copy' || !canEncode ? 'copy' : 'encode';
}

/** ffmpeg's options from the camera's packets on standard input to fragmented MP4 on standard output. */
export function recordingArguments(
  stream: RecordedStream,
  wish: RecordingWish,
  /** Undefined to copy the pictures. */
  video: EncoderArguments | undefined,
  canEncodeAudio: boolean,
): string[] {
  const audio = stream.hasAudio && canEncodeAudio ? wish.audio : undefined;
  return [
    ...(video?.device ?? []),
    ...feedArguments(),
    ...['-map', '0:v:0', ...(video === undefined ? ['-codec:v', 'copy'] : encoded(wish, video))],
    ...(audio === undefined
      ? []
      : [
          ...['-map', '0:a:0', '-codec:a', 'aac', '-ac', String(audio.channels), '-ar', String(audio.sampleRate)],
          // A microphone that pauses leaves silence, not a shift.
          ...['-b:a', `${audio.bitrate}k`, '-af', 'aresample=async=1'],
        ]),
    // A microphone that says nothing must not hold the pictures up (µs).
    ...['-max_interleave_delta', '500000', '-max_muxing_queue_size', '4096'],
    ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof', '-flush_packets', '1'],
    ...['-min_frag_duration', String(Math.round(wish.fragmentMs * 1000 * 0.5)), '-f', 'mp4', 'pipe:1'],
  ];
}

function encoded(wish: RecordingWish, { name, filters }: EncoderArguments): string[] {
  const size = `'min(${wish.width},iw)':'min(${wish.height},ih)'`;
  const seconds = wish.fragmentMs / 1000;
  return [
    ...['-codec:v', name, '-bf', '0'],
    ...(name === 'libx264'
      ? ['-preset', 'superfast', '-profile:v', profileName(wish.profile), '-level:v', levelName(wish.level)]
      : []),
    '-vf',
    [`scale=${size}:force_original_aspect_ratio=decrease`, 'scale=trunc(iw/2)*2:trunc(ih/2)*2', ...filters].join(','),
    ...['-b:v', `${wish.bitrate}k`, '-maxrate', `${wish.bitrate}k`, '-bufsize', `${wish.bitrate * 2}k`],
    ...['-force_key_frames', `expr:gte(t,n_forced*${seconds})`, '-g', String(Math.ceil(wish.fps * seconds * 4))],
  ];
}

/** The largest gap between keyframes, ms, from the times of those seen, s. */
export function keyframeInterval(times: readonly number[]): number | undefined {
  const gaps = times.slice(1).map((time, at) => (time - times[at]!) * 1000);
  return gaps.length === 0 ? undefined : Math.max(...gaps);
}

/** The least that HomeKit wants to see of the time before the trigger, ms. */
export const PREBUFFER_MS = 4000;
/** Motion is raised once somebody is known to be there, which takes a moment; that is part of the visit, ms. */
export const LEAD_MS = 2000;
/** The hub asks for the recording some time after it heard of motion; that much more is kept, ms. */
export const HUB_DELAY_MS = 6000;

/** How much of the past belongs into a recording that is asked for now, ms: the prebuffer before the trigger. */
export function prebufferFor(wanted: number, motionSince: number | undefined, now: number): number {
  const since = motionSince === undefined ? 0 : now - motionSince;
  return Math.max(PREBUFFER_MS, wanted) + LEAD_MS + (since < HUB_DELAY_MS ? since : 0);
}

/** Fewer cores or less memory, and a recording that has to be encoded would starve recognition. */
const [ENOUGH_CORES, ENOUGH_MEMORY] = [4, 1.5 * 2 ** 30];

export interface Machine {
  readonly cores: number;
  /** Bytes in all. */
  readonly memory: number;
}

/** Whether recording is offered to HomeKit; with `auto` not on a weak machine. */
export function recordingOffered(setting: 'off' | 'on' | 'auto', { cores, memory }: Machine): boolean {
  return setting === 'auto' ? cores >= ENOUGH_CORES && memory >= ENOUGH_MEMORY : setting === 'on';
}
