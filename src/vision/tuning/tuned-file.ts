import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { packagedEncoders, type PackagedName } from '../encoder/packaged.js';
import type { Weight } from '../models/graph.js';
import { cuts } from './cut.js';

/** A tuned encoder is not usable; the message says why. */
export class TunedEncoderError extends Error {
  override readonly name = 'TunedEncoderError';
}

/** What tuning has changed of one packaged network, with what belongs to it. */
export interface TunedEncoder {
  /** Eight hexadecimal digits over the weights: part of the tuned encoder's version. */
  readonly tag: string;
  /** The encoder that was tuned; the tuned one is of no use with another. */
  readonly base: { readonly id: string; readonly version: string };
  readonly network: PackagedName;
  /** What is added to the network's weights: mostly zero in layers that hardly matter, so it compresses well. */
  readonly differences: ReadonlyMap<string, Weight>;
  /** What the tuned network makes of the packaged drawn face, so that every engine can be tested with it. */
  readonly reference: readonly number[];
  /** The tuned encoder's own population statistics, as in `*.population.json`. */
  readonly population: unknown;
}

const encoder = z.object({ id: z.string().min(1), version: z.string().min(1) });
const tunedFile = z.object({
  format: z.literal('doorman-tuned-encoder'),
  formatVersion: z.literal(1),
  tag: z.string().regex(/^[0-9a-f]{8}$/),
  base: encoder,
  network: z.enum(Object.keys(packagedEncoders) as [PackagedName, ...PackagedName[]]),
  differences: z.array(
    z.object({ name: z.string(), shape: z.array(z.number().int().positive()), float32: z.base64() }),
  ),
  reference: z.array(z.number()),
  population: z.unknown(),
});

/** Names the changes by their content. */
export function tagOf(differences: ReadonlyMap<string, Weight>): string {
  const hash = createHash('sha256');
  for (const [name, { values }] of [...differences].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex').slice(0, 8);
}

/** A few megabytes: the changed layers, compressed. */
export function packTunedEncoder({ differences, ...rest }: TunedEncoder): Uint8Array {
  const file: z.input<typeof tunedFile> = {
    format: 'doorman-tuned-encoder',
    formatVersion: 1,
    ...rest,
    reference: [...rest.reference],
    differences: [...differences].map(([name, { shape, values }]) => ({
      name,
      shape: [...shape],
      float32: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
    })),
  };
  return gzipSync(JSON.stringify(file));
}

/** @throws TunedEncoderError when the bytes are damaged or belong to other networks than the packaged ones */
export function unpackTunedEncoder(bytes: Uint8Array): TunedEncoder {
  let content: unknown;
  try {
    content = JSON.parse(gunzipSync(bytes, { maxOutputLength: 64 * 1024 * 1024 }).toString());
  } catch (error) {
    throw new TunedEncoderError(`The tuned encoder is damaged: ${(error as Error).message}`, { cause: error });
  }
  const parsed = tunedFile.safeParse(content);
  if (!parsed.success) {
    throw new TunedEncoderError(`The tuned encoder is not one: ${z.prettifyError(parsed.error)}`);
  }
  const { format: _format, formatVersion: _version, ...file } = parsed.data;
  const differences = new Map(
    file.differences.map(({ name, shape, float32 }) => [name, { shape, ...floats(float32) }]),
  );
  if (tagOf(differences) !== file.tag) {
    throw new TunedEncoderError('The tuned encoder is damaged: its weights are not those it was made with.');
  }
  if ([...differences.keys()].some((name) => !cuts[file.network].trained.includes(name))) {
    throw new TunedEncoderError('The tuned encoder changes layers that are not tuned.');
  }
  return { ...file, population: file.population, differences };
}

function floats(base64: string): Pick<Weight, 'dtype' | 'values'> {
  const bytes = Buffer.from(base64, 'base64');
  const values = new Float32Array(bytes.byteLength / 4);
  new Uint8Array(values.buffer).set(bytes.subarray(0, values.byteLength));
  return { dtype: 'float32', values };
}
