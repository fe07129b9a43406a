import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../package-root.js';
import { parsePopulation } from '../../recognition/population-file.js';
import type { Population } from '../../recognition/population.js';
import type { EncoderId } from '../../types.js';
import { CliError } from '../cli-error.js';

/** The shipped statistics of an encoder, or those of `file`. @throws CliError when they are missing or of another encoder. */
export async function readPopulation(encoder: EncoderId, file?: string): Promise<Population> {
  const path = file ?? join(packageRoot, 'models', `${encoder.id}.population.json`);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CliError(`${path} cannot be read; \`doorman population build DIR\` makes it.`);
  });
  const population = parse(text, path);
  const { id, version } = population.encoder;
  if (id !== encoder.id || version !== encoder.version) {
    throw new CliError(`${path} belongs to the encoder ${id} ${version}, not to ${encoder.id} ${encoder.version}.`);
  }
  return population;
}

function parse(text: string, path: string): Population {
  try {
    return parsePopulation(JSON.parse(text));
  } catch (error) {
    throw new CliError(
      `${path} is not usable: ${error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message}.`,
    );
  }
}
