import type { H264Demands } from '../video/h264.js';
import type { Traffic } from '../video/traffic.js';

/** What the phone asked for: the part of HomeKit's `VideoInfo` that decides. */
export interface LiveWish {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** kbit/s */
  readonly max_bit_rate: number;
  /** HomeKit's numbers: 0 baseline, 1 main, 2 high; 0 … 2 for the levels 3.1, 3.2, 4.0. */
  readonly profile: number;
  readonly level: number;
}

export interface LiveSituation {
  /** The setting `videoEncoder`: `auto`, `copy`, or an encoder, which means never to copy. */
  readonly configured: string | undefined;
  /** Whether there is an encoder that works. */
  readonly canEncode: boolean;
  readonly wish: LiveWish;
  readonly camera: {
    /** ffmpeg's name */
    readonly codec: string;
    readonly width: number;
    readonly height: number;
    readonly demands: H264Demands | undefined;
  };
  /** Undefined while the camera has just been connected. */
  readonly traffic: Traffic | undefined;
}

export type LivePlan =
  | { readonly kind: 'copy' }
  /** `because`: why the camera's own stream will not do. */
  | { readonly kind: 'transcode'; readonly because: string }
  | { readonly kind: 'impossible'; readonly because: string };

/** A phone that lost packets sees nothing until the next key frame: beyond so many seconds it is better made here. */
export const MAX_KEY_INTERVAL_S = 5;
/** Phones ask for a mean and bear more for a while. */
export const BITRATE_TOLERANCE = 1.5;
const RATE_TOLERANCE = 1.1;

/** profile_idc of baseline, main and high; level_idc of 3.1, 3.2 and 4.0. */
const profiles = [66, 77, 100] as const;
const levels = [31, 32, 40] as const;

/** Whether a live view can be the camera's own stream, which costs nothing and is there at once. Pure. */
export function planLiveView({ configured, canEncode, wish, camera, traffic }: LiveSituation): LivePlan {
  const isH264 = camera.codec === 'h264';
  if (configured === 'copy' && isH264) {
    return { kind: 'copy' };
  }
  const mayCopy = configured === undefined || configured === 'auto';
  const because = mayCopy || !isH264 ? misfit({ wish, camera, traffic }) : 'an encoder is configured';
  if (because === undefined) {
    return { kind: 'copy' };
  }
  if (canEncode) {
    return { kind: 'transcode', because };
  }
  return isH264
    ? { kind: 'copy' }
    : { kind: 'impossible', because: `${because}, and this ffmpeg has no H.264 encoder; install one with libx264` };
}

function misfit({ wish, camera, traffic }: Pick<LiveSituation, 'wish' | 'camera' | 'traffic'>): string | undefined {
  const { codec, width, height, demands } = camera;
  if (codec !== 'h264') {
    return `the camera sends ${codec}`;
  }
  if (demands === undefined) {
    return 'the camera does not say its profile';
  }
  if (!profiles.slice(0, wish.profile + 1).some((profile) => profile === demands.profile)) {
    return `its profile ${demands.profile} was not asked for`;
  }
  if (demands.level > (levels[wish.level] ?? 40)) {
    return `its level ${demands.level / 10} is above the ${(levels[wish.level] ?? 40) / 10} asked for`;
  }
  if (width > wish.width || height > wish.height) {
    return `its ${width}x${height} is more than the ${wish.width}x${wish.height} asked for`;
  }
  if (traffic === undefined) {
    return 'its bit rate is not known yet';
  }
  if (traffic.reordered) {
    return 'it has B-frames';
  }
  if (traffic.framesPerSecond > wish.fps * RATE_TOLERANCE) {
    return `its ${Math.round(traffic.framesPerSecond)} frames per second are more than the ${wish.fps} asked for`;
  }
  if (traffic.bitrate > wish.max_bit_rate * BITRATE_TOLERANCE) {
    return `its ${Math.round(traffic.bitrate)} kbit/s are more than the ${wish.max_bit_rate} asked for`;
  }
  if (traffic.keyInterval !== undefined && traffic.keyInterval > MAX_KEY_INTERVAL_S) {
    return `its key frames come only every ${Math.round(traffic.keyInterval)} s`;
  }
  return undefined;
}

/** A change of the bit rate below this share is not worth a new encoder. */
const WORTHWHILE = 0.25;

/** Whether a wish differs so much from the one being fulfilled that the picture must be made anew. */
export function isWorthChanging(now: LiveWish, then: LiveWish): boolean {
  return (
    now.width !== then.width ||
    now.height !== then.height ||
    now.fps !== then.fps ||
    Math.abs(then.max_bit_rate - now.max_bit_rate) > now.max_bit_rate * WORTHWHILE
  );
}
