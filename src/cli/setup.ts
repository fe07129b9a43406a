import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig, type DoorbellConfig, type DoormanConfig } from '../config.js';
import type { Logger } from '../types.js';
import { findFfmpeg, type Ffmpeg } from '../video/ffmpeg.js';
import { createVision, type Vision } from '../vision/vision.js';
import { usableTuned } from '../worker/recogniser.js';
import { CliError } from './cli-error.js';

/** Doorman's settings as Homebridge has them, or the defaults where there is no Homebridge yet. */
export interface Setup {
  readonly config: DoormanConfig;
  readonly doorbells: readonly DoorbellConfig[];
  /** Where converted models are kept; the plugin uses the same folder. */
  readonly cacheFolder: string;
}

/** The command says what is wrong in its own words; libraries' chatter is kept out of its tables. */
export const quietLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (...text: unknown[]) => console.error(text.map(String).join(' ')),
  error: (...text: unknown[]) => console.error(text.map(String).join(' ')),
};

/** @throws CliError when config.json is there but cannot be used */
export async function readSetup(storage: string): Promise<Setup> {
  return setupOf(storage, await doormanBlock(join(storage, 'config.json')));
}

/** The settings of somebody who has set nothing: what is left to look at when config.json cannot be used. */
export function defaultSetup(storage: string): Setup {
  return setupOf(storage, noBlock);
}

const noBlock = { platform: 'Doorman' };

function setupOf(storage: string, block: unknown): Setup {
  const parsed = parseConfig(block);
  if (parsed.config === undefined) {
    const faults = parsed.faults.map(({ path, message }) => `  ${path} ${message}`);
    throw new CliError(`Doorman's settings in ${join(storage, 'config.json')} have faults:\n${faults.join('\n')}`);
  }
  return { config: parsed.config, doorbells: parsed.doorbells, cacheFolder: join(storage, 'doorman', 'models') };
}

export function openVision({
  config,
  cacheFolder,
  tuned,
}: Setup & { tuned?: Uint8Array | undefined }): Promise<Vision> {
  const { engine, encoder, threads } = config;
  return createVision({
    engine,
    encoder,
    cacheFolder,
    logger: quietLogger,
    ...usableTuned(encoder, tuned),
    ...(threads !== undefined && { threads }),
  });
}

export function openFfmpeg({ config }: Setup): Promise<Ffmpeg> {
  return findFfmpeg({
    logger: quietLogger,
    ...(config.ffmpegPath !== undefined && { configuredPath: config.ffmpegPath }),
  });
}

async function doormanBlock(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return noBlock;
    }
    throw new CliError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    const { platforms } = JSON.parse(text) as { platforms?: { platform?: unknown }[] };
    return platforms?.find(({ platform }) => platform === 'Doorman') ?? noBlock;
  } catch (error) {
    throw new CliError(`${file} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
