import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '../types.js';
import { encoderArguments, encodersToTry, type EncoderArguments } from './stream-policy.js';

const run = promisify(execFile);

const PROBE_MS = 8000;

export interface EncoderSearch {
  readonly ffmpeg: { readonly path: string; readonly encoders: ReadonlySet<string> };
  readonly configured: string | undefined;
  readonly logger: Logger;
}

/** The first encoder that encodes some pictures on this machine, or undefined. libx264 is believed without a trial. */
export async function findEncoder({
  ffmpeg,
  configured,
  logger,
}: EncoderSearch): Promise<EncoderArguments | undefined> {
  for (const name of encodersToTry(configured, ffmpeg.encoders)) {
    const encoder = encoderArguments(name);
    if (name === 'libx264' || (await works(ffmpeg.path, encoder))) {
      if (configured !== undefined && !['auto', 'copy', name].includes(configured)) {
        logger.warn(`The encoder ${configured} does not work here; live views are encoded with ${name}.`);
      }
      return encoder;
    }
  }
  return undefined;
}

async function works(path: string, { name, device, filters }: EncoderArguments): Promise<boolean> {
  const source = ['-f', 'lavfi', '-i', 'color=gray:size=320x240:rate=10', '-frames:v', '5'];
  try {
    await run(
      path,
      [
        ...['-v', 'error', '-nostdin', ...device, ...source],
        ...['-vf', filters.join(','), '-c:v', name, '-f', 'null', '-'],
      ],
      { timeout: PROBE_MS, killSignal: 'SIGKILL' },
    );
    return true;
  } catch {
    return false;
  }
}
