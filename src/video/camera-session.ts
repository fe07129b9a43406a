import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Frame } from '../types.js';
import { faultFromEnd, faultFromLog, faultFromSilence, type CameraFault } from './camera-fault.js';
import type { CameraUrl } from './camera-url.js';
import type { DecoderArguments } from './decoder.js';
import type { Ffmpeg } from './ffmpeg.js';
import { startPictureProcess } from './picture-process.js';
import { Backlog, PresentationClock } from './presentation-clock.js';
import { inputArguments, pictureArguments, type Transport } from './reader-arguments.js';
import { resolveHost } from './resolve-host.js';
import { StreamLog, type VideoDescription } from './stream-log.js';

export interface SessionOptions {
  readonly ffmpeg: Ffmpeg;
  readonly url: CameraUrl;
  readonly transport: Transport;
  readonly decoder: DecoderArguments;
  readonly framesPerSecond: number;
  readonly maxWidth?: number;
  /** How long the first picture, and how long each further one may take, in ms. */
  readonly firstFrameMs: number;
  readonly stallMs: number;
  readonly clock: Clock;
  readonly buffer: (size: number) => Uint8Array;
  /** Takes back a buffer whose picture is not used. */
  readonly release: (buffer: Uint8Array) => void;
  readonly onFrame: (frame: Frame, video: VideoDescription | undefined) => void;
  readonly signal: AbortSignal;
}

/** How one connection to a camera ended. */
export type SessionEnd =
  /** Asked to stop. */
  | { readonly reason: 'stopped' }
  /** The pictures' size changed: connect again at once, all is well. */
  | { readonly reason: 'resized' }
  | { readonly reason: 'fault'; readonly fault: CameraFault; readonly log: string };

/** Reads a camera over one connection until it ends, for whatever reason. Never rejects; leaves no process behind. */
export async function runCameraSession(options: SessionOptions): Promise<SessionEnd> {
  const { ffmpeg, decoder, clock, signal } = options;
  const stopped = (): boolean => signal.aborted;
  const resolved = await resolveHost(options.url);
  if (stopped()) {
    return { reason: 'stopped' };
  }
  if ('fault' in resolved) {
    return { reason: 'fault', fault: resolved.fault, log: '' };
  }
  const { url } = resolved;
  const ending = new AbortController();
  const kill = (): void => ending.abort();
  signal.addEventListener('abort', kill, { once: true });
  const seen: { resized: boolean; silence: boolean; pictures: boolean } = {
    resized: false,
    silence: false,
    pictures: false,
  };
  const log = new StreamLog(() => {
    seen.resized = true;
    kill();
  });
  const presentationClock = new PresentationClock();
  const backlog = new Backlog();
  const watchdog = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      seen.silence = true;
      kill();
    }, ms);
  let timer = watchdog(options.firstFrameMs);
  const process = startPictureProcess({
    ffmpeg,
    args: [
      ...['-flags', 'low_delay', ...decoder.input],
      ...inputArguments(ffmpeg, url, options.transport, 'video'),
      ...pictureArguments(ffmpeg, decoder, { ...options, dropWhenSlow: true }),
    ],
    signal: ending.signal,
    buffer: options.buffer,
    log,
    onPicture: (picture) => {
      if (ending.signal.aborted) {
        return;
      }
      if (seen.pictures) {
        timer.refresh();
      } else {
        seen.pictures = true;
        clearTimeout(timer);
        timer = watchdog(options.stallMs);
      }
      const arrival = clock();
      const timestamp = presentationClock.toWallClock(picture.timestamp, arrival);
      if (backlog.isBacklog(picture.timestamp, arrival)) {
        options.release(picture.data);
        return;
      }
      options.onFrame({ ...picture, timestamp }, log.input.video);
    },
  });
  const { error } = await process.ended;
  clearTimeout(timer);
  signal.removeEventListener('abort', kill);
  if (stopped()) {
    return { reason: 'stopped' };
  }
  if (seen.resized) {
    return { reason: 'resized' };
  }
  const fault = seen.silence
    ? faultFromSilence(url, seen.pictures ? options.stallMs : options.firstFrameMs, seen.pictures)
    : error !== undefined
      ? { kind: 'failed' as const, message: error.message }
      : seen.pictures
        ? faultFromEnd(url)
        : faultFromLog(log.tail, url);
  return { reason: 'fault', fault, log: log.tail };
}

/** Waits, unless the signal says stop. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
