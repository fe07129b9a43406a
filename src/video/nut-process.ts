import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Ffmpeg } from './ffmpeg.js';
import { NutReader, type NutConsumer } from './nut-reader.js';
import type { StreamLog } from './stream-log.js';

export interface NutProcessOptions {
  readonly ffmpeg: Pick<Ffmpeg, 'path'>;
  readonly args: readonly string[];
  /** Ends the process at once. */
  readonly signal: AbortSignal;
  /** Gets what the process writes to `pipe:1`. */
  readonly consumer: NutConsumer;
  /** Gets what it writes to `pipe:3`; without it there is no such pipe. */
  readonly second?: NutConsumer;
  readonly log: StreamLog;
  readonly onLog?: () => void;
}

export interface NutProcess {
  /** What the process reads as `pipe:0`. */
  readonly stdin: Writable;
  /** Stops and resumes reading, for consumers that want every packet. */
  pause(): void;
  resume(): void;
  /** Resolves when the process is gone. `error` is set when it could not be started or sent nonsense. */
  readonly ended: Promise<{ readonly code: number | null; readonly error?: Error }>;
}

/** Runs one ffmpeg that writes NUT to its standard output. It never outlives `signal`. */
export function startNutProcess({ ffmpeg, args, signal, consumer, second, log, onLog }: NutProcessOptions): NutProcess {
  let error: Error | undefined;
  // Nothing but ffmpeg's own end or SIGKILL: a decoder that hangs in a driver or a socket ignores all else.
  const child = spawn(ffmpeg.path, ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'verbose', ...args], {
    stdio: ['pipe', 'pipe', 'pipe', second === undefined ? 'ignore' : 'pipe'],
    killSignal: 'SIGKILL',
    signal,
  }) as ChildProcessWithoutNullStreams;
  child.stdin.on('error', () => undefined); // Its end is told by `ended`.
  const read = (output: Readable, consumed: NutConsumer): void => {
    const reader = new NutReader(consumed);
    output.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (cause) {
        error ??= cause instanceof Error ? cause : new Error(String(cause));
        output.removeAllListeners('data').resume();
        child.kill('SIGKILL');
      }
    });
  };
  read(child.stdout, consumer);
  if (second !== undefined) {
    read(child.stdio[3] as Readable, second);
  }
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log.push(text);
    onLog?.();
  });
  const ended = new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.on('error', (cause) => {
      if (cause.name !== 'AbortError') {
        error ??= cause;
      }
      if (child.pid === undefined) {
        resolve({ code: null, error });
      }
    });
    child.once('close', (code) => resolve({ code, error }));
  });
  return {
    stdin: child.stdin,
    pause: () => child.stdout.pause(),
    resume: () => child.stdout.resume(),
    ended,
  };
}
