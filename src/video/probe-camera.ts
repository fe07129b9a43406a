import { spawn } from 'node:child_process';
import { CameraError, faultFromLog, faultFromSilence } from './camera-fault.js';
import { CameraUrlError, parseCameraUrl, type CameraUrl } from './camera-url.js';
import type { Ffmpeg } from './ffmpeg.js';
import { resolveHost } from './resolve-host.js';
import { inputArguments, type Transport } from './reader-arguments.js';
import { StreamLog, type AudioDescription, type VideoDescription } from './stream-log.js';

const PROBE_MS = 12_000;

/** What a camera sends. */
export interface CameraDescription extends VideoDescription {
  readonly audio?: AudioDescription;
}

/**
 * Asks a camera what it sends, without decoding more than it takes to know.
 *
 * @throws CameraError in one sentence when it cannot be read within `timeoutMs`, or when the signal says stop.
 */
export async function probeCamera(
  ffmpeg: Ffmpeg,
  url: string,
  transport: Transport,
  signal?: AbortSignal,
  timeoutMs = PROBE_MS,
): Promise<CameraDescription> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const resolved = await resolveHost(parse(url));
  if ('fault' in resolved) {
    throw new CameraError(resolved.fault);
  }
  const camera = resolved.url;
  const log = new StreamLog();
  const child = spawn(
    ffmpeg.path,
    // prettier-ignore
    ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info', ...inputArguments(ffmpeg, camera, transport, 'video+audio'),
     '-map', '0:v:0', '-c', 'copy', '-frames:v', '1', '-f', 'null', '-'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      killSignal: 'SIGKILL',
      signal: AbortSignal.any([timeout, ...(signal === undefined ? [] : [signal])]),
    },
  );
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
  await new Promise<void>((resolve) => {
    child.once('error', () => child.pid === undefined && resolve());
    child.once('close', () => resolve());
  });
  const { video, audio } = log.input;
  if (video !== undefined) {
    return { ...video, ...(audio !== undefined && { audio }) };
  }
  throw new CameraError(timeout.aborted ? faultFromSilence(camera, timeoutMs, false) : faultFromLog(log.tail, camera));
}

function parse(url: string): CameraUrl {
  try {
    return parseCameraUrl(url);
  } catch (error) {
    throw error instanceof CameraUrlError ? new CameraError({ kind: 'address', message: error.message }) : error;
  }
}
