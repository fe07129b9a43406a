import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '../types.js';
import { ffmpegCandidates } from './ffmpeg-candidates.js';

const run = promisify(execFile);

export type FfmpegSource = 'configured' | 'ffmpeg-for-homebridge' | 'PATH' | 'packaged';

/** An ffmpeg that runs on this machine, and what it can do. Plain data apart from the sets: safe to post to a thread. */
export interface Ffmpeg {
  readonly path: string;
  /** As it calls itself, for example `4.1` or `n7.0.2`. */
  readonly version: string;
  /** The release's major number, from its libavcodec, since builds from git have no version: 4, 5, 6, 7 … */
  readonly major: number;
  readonly source: FfmpegSource;
  readonly encoders: ReadonlySet<string>;
  readonly decoders: ReadonlySet<string>;
  readonly hwaccels: ReadonlySet<string>;
  readonly muxers: ReadonlySet<string>;
  readonly filters: ReadonlySet<string>;
  /** Input protocols; `tls` is needed for rtsps. */
  readonly protocols: ReadonlySet<string>;
  /** The name of RTSP's socket time limit (µs): renamed in ffmpeg 5. */
  readonly rtspTimeoutOption: 'stimeout' | 'timeout';
}

/** No usable ffmpeg; the message says what was tried and what to do. */
export class FfmpegMissingError extends Error {
  override readonly name = 'FfmpegMissingError';
}

/** What Doorman cannot do without, and what it misses if it is not there. */
const required = { decoders: ['h264'], muxers: ['nut', 'fifo', 'rawvideo'], filters: ['select', 'format'] } as const;
const wished = {
  decoders: [['hevc', 'H.265 cameras']],
  encoders: [
    ['libx264', 'live view for cameras whose own stream does not fit'],
    ['libopus', 'sound (Opus)'],
  ],
  protocols: [['tls', 'rtsps:// cameras']],
} as const;

/**
 * Finds ffmpeg: the configured path, ffmpeg-for-homebridge, PATH, then the packaged static build. The first one that
 * runs and can read cameras is taken; those that fail are named once, at debug level (a configured one: warned of).
 *
 * @throws FfmpegMissingError when none will do.
 */
export async function findFfmpeg(options: { configuredPath?: string; logger: Logger }): Promise<Ffmpeg> {
  const { configuredPath, logger } = options;
  const failures: string[] = [];
  for await (const { path, source } of ffmpegCandidates(configuredPath)) {
    const result = await inspectFfmpeg(path, source).catch((error: unknown) => describeFailure(error));
    if (typeof result !== 'string') {
      const missing = missingAbilities(result);
      logger.debug(`ffmpeg ${result.version} (${source}) at ${path}.${missing === undefined ? '' : ` ${missing}`}`);
      return result;
    }
    failures.push(`${path} (${source}) ${result}`);
    if (source === 'configured') {
      logger.warn(`The configured ffmpeg at ${path} ${result}; looking for another.`);
    }
  }
  const tried = failures.length === 0 ? '' : `: ${failures.join('; ')}`;
  throw new FfmpegMissingError(
    `No usable ffmpeg was found${tried}. ` +
      'Install one (on Debian: sudo apt install ffmpeg) or set "ffmpegPath" in the configuration.',
  );
}

/** One line about what this ffmpeg lacks and what that costs, or undefined when nothing is missing. */
export function missingAbilities(ffmpeg: Ffmpeg): string | undefined {
  const missing = [
    ...wished.decoders.filter(([name]) => !ffmpeg.decoders.has(name)),
    ...wished.encoders.filter(([name]) => !ffmpeg.encoders.has(name)),
    ...wished.protocols.filter(([name]) => !ffmpeg.protocols.has(name)),
  ];
  return missing.length === 0
    ? undefined
    : `This ffmpeg lacks ${missing.map(([name, use]) => `${name} (${use})`).join(', ')}.`;
}

/**
 * Asks one ffmpeg binary what it can do.
 *
 * @throws when it does not run, or lacks what reading a camera needs.
 */
export async function inspectFfmpeg(path: string, source: FfmpegSource): Promise<Ffmpeg> {
  const ask = async (...args: string[]) => {
    const { stdout } = await run(path, ['-hide_banner', ...args], { timeout: 15_000, maxBuffer: 8 << 20 });
    return stdout;
  };
  const banner = await ask('-version');
  const version = /^ffmpeg version (\S+)/m.exec(banner)?.[1];
  const libavcodec = /libavcodec\s+(\d+)\./.exec(banner)?.[1];
  if (version === undefined || libavcodec === undefined) {
    throw new UnfitError('is not ffmpeg');
  }
  const [encoders, decoders, hwaccels, muxers, filters, protocols, rtsp] = await Promise.all([
    ask('-encoders').then(codecNames),
    ask('-decoders').then(codecNames),
    ask('-hwaccels').then((text) => names(text, /^(\w+)$/)),
    ask('-muxers').then((text) => names(text, /^ D?\s*E\s+([\w,]+)/)),
    ask('-filters').then((text) => names(text, /^ [.TSC]{2,3} (\w+)/)),
    ask('-protocols').then((text) => names(text.split('Output:')[0] ?? '', /^\s+(\w+)$/)),
    ask('-h', 'demuxer=rtsp'),
  ]);
  const ffmpeg: Ffmpeg = {
    path,
    version,
    major: Number(libavcodec) - 54,
    source,
    encoders,
    decoders,
    hwaccels,
    muxers,
    filters,
    protocols,
    rtspTimeoutOption: rtsp.includes('-stimeout') ? 'stimeout' : 'timeout',
  };
  const lacks = [
    ...required.decoders.filter((name) => !decoders.has(name)).map((name) => `decoder ${name}`),
    ...required.muxers.filter((name) => !muxers.has(name)).map((name) => `muxer ${name}`),
    ...required.filters.filter((name) => !filters.has(name)).map((name) => `filter ${name}`),
    ...(rtsp.includes('-rtsp_transport') ? [] : ['RTSP']),
  ];
  if (lacks.length > 0) {
    throw new UnfitError(`lacks ${lacks.join(', ')}`);
  }
  return ffmpeg;
}

class UnfitError extends Error {}

function names(listing: string, pattern: RegExp): Set<string> {
  return new Set(listing.split('\n').flatMap((line) => pattern.exec(line.trimEnd())?.[1]?.split(',') ?? []));
}

function codecNames(listing: string): Set<string> {
  return names(listing, /^ [VAS][A-Z.]{5} ([\w-]+)/);
}

function describeFailure(error: unknown): string {
  if (error instanceof UnfitError) {
    return error.message;
  }
  const { code, killed, signal } = error as { code?: unknown; killed?: boolean; signal?: unknown };
  if (code === 'ENOENT') {
    return 'does not exist';
  }
  if (code === 'EACCES') {
    return 'may not be executed';
  }
  if (code === 'ENOEXEC') {
    return 'was built for another processor';
  }
  return killed === true
    ? 'did not answer'
    : `does not run (${typeof signal === 'string' ? signal : `code ${String(code)}`})`;
}
