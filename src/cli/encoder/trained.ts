import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CliError } from '../cli-error.js';

const point = z.tuple([z.number(), z.number()]);

/** What `training/` says about an encoder that it made; other facts in the file are for people. */
const trainedSchema = z.object({
  /** The embedding that the network gave PyTorch for {@link testPattern}. */
  check: z.array(z.number()),
  /** How the aligned faces lie in their pictures. */
  alignment: z.object({ size: z.number().int(), template: z.array(point).length(5) }),
  /** People who were not trained on. */
  held_out: z.array(z.object({ name: z.string(), files: z.array(z.string()) })),
});

export type Trained = z.infer<typeof trainedSchema>;

/** @throws CliError when the training has not ended yet */
export async function readTrained(folder: string): Promise<Trained> {
  const file = join(folder, 'training.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CliError(`There is no finished encoder in ${folder}; the same command goes on with its training.`);
  });
  return trainedSchema.parse(JSON.parse(text));
}

/** The picture that both sides can make: byte i of channels × rows × columns is 37 i + ⌊i / 97⌋ mod 256. */
export function testPattern(size: number): Float32Array {
  return Float32Array.from({ length: 3 * size * size }, (_, i) => ((37 * i + Math.floor(i / 97)) % 256) / 127.5 - 1);
}

/** The largest difference between two embeddings, as a share of the larger one's length. */
export function difference(a: readonly number[], b: Float32Array): number {
  const largest = a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Infinity))), 0);
  return largest / Math.max(1e-12, Math.hypot(...a));
}
