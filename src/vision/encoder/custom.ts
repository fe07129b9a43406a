import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Engine, Session } from '../engine/engine.js';
import { fitSimilarity } from '../image/geometry.js';
import { fivePoints } from '../face/landmarks.js';
import { NetworkEncoder, versionOf, type Encoder, type EncoderInput } from './encoder.js';

/** An encoder of the user's own cannot be used; the message says what to put right. */
export class EncoderError extends Error {
  override readonly name = 'EncoderError';
}

export interface CustomEncoderFiles {
  /** The network: an ONNX file with one picture in. */
  readonly model: string;
  /** How it wants its picture: a JSON file, see {@link encoderFileSchema}. */
  readonly description: string;
}

const triple = z.tuple([z.number(), z.number(), z.number()]);
const point = z.tuple([z.number(), z.number()]);

/** The JSON description that lies beside an encoder of the user's own. */
export const encoderFileSchema = z
  .object({
    id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be small letters, digits, ".", "_" and "-"'),
    version: z.string().min(1).max(32),
    license: z.string().min(1).default('unknown'),
    input: z
      .object({
        /** The picture's side in pixels; it is square. */
        size: z.number().int().min(16).max(1024),
        order: z.enum(['rgb', 'bgr']),
        layout: z.enum(['nchw', 'nhwc']),
        /** Subtracted from 0 … 255, one for all or one per channel in `order`. */
        mean: z.union([z.number(), triple]).default(0),
        /** Factor after the mean is subtracted (for example 0.0078125), one for all or one per channel. */
        scale: z.union([z.number(), triple]).default(1),
        /**
         * Where the eyes' centres (the picture's left one first), the nose's tip and the mouth's corners lie in the
         * picture, in its pixels.
         */
        template: z.array(point).length(5, 'must be five points: both eyes, nose, both corners of the mouth'),
      })
      .strict(),
    output: z
      .object({
        /** The output's name in the ONNX file; the only one when left out. */
        name: z.string().min(1).optional(),
        length: z.number().int().min(16).max(8192),
      })
      .strict(),
  })
  .strict();

type EncoderFile = z.infer<typeof encoderFileSchema>;

async function readDescription(file: string): Promise<EncoderFile> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new EncoderError(`The encoder's description ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const parsed = encoderFileSchema.safeParse(content);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
    throw new EncoderError(`The encoder's description ${file} is not right: ${faults.join('; ')}`);
  }
  if (['faceres', 'dlib', 'fusion'].includes(parsed.data.id)) {
    throw new EncoderError(`The encoder's description ${file} is not right: id: "${parsed.data.id}" is taken`);
  }
  return parsed.data;
}

const threeOf = (value: number | [number, number, number]): [number, number, number] =>
  typeof value === 'number' ? [value, value, value] : value;

function inputOf({ input }: EncoderFile): EncoderInput {
  const template = input.template.map(([x, y]) => ({ x, y }));
  return {
    size: input.size,
    layout: input.layout,
    format: { order: input.order, mean: threeOf(input.mean), scale: threeOf(input.scale) },
    align: (points) => fitSimilarity(fivePoints(points), template),
  };
}

/** Runs the network once on a grey picture, so that a wrong description is told at start and not at the door. */
async function probe(session: Session, file: EncoderFile, model: string): Promise<string> {
  const { size, layout } = file.input;
  const shape = layout === 'nhwc' ? [1, size, size, 3] : [1, 3, size, size];
  let outputs: Readonly<Record<string, Float32Array>>;
  try {
    outputs = await session.run(new Float32Array(3 * size * size).fill(0.5), shape);
  } catch (error) {
    throw new EncoderError(
      `The encoder ${model} does not take a picture of ${shape.join(' × ')}: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const names = Object.keys(outputs);
  const name = file.output.name ?? (names.length === 1 ? names[0]! : undefined);
  if (name === undefined) {
    throw new EncoderError(`The encoder ${model} has several outputs (${names.join(', ')}): set output.name`);
  }
  const output = outputs[name];
  if (output === undefined) {
    throw new EncoderError(`The encoder ${model} has no output "${name}"; it has ${names.join(', ')}`);
  }
  if (output.length !== file.output.length) {
    throw new EncoderError(
      `The encoder ${model} gives ${output.length} numbers, not ${file.output.length} (output.length)`,
    );
  }
  return name;
}

/**
 * An encoder of the user's own.
 * @throws EncoderError when its files are missing, malformed or do not fit each other
 */
export async function createCustomEncoder(
  engine: Engine,
  files: CustomEncoderFiles,
  mirror: boolean,
): Promise<Encoder> {
  const file = await readDescription(files.description);
  if (engine.loadFile === undefined) {
    throw new EncoderError(
      `The encoder "${file.id}" is an ONNX file, which the engine "${engine.name}" cannot run; use the engine "onnx"`,
    );
  }
  let session: Session;
  try {
    session = await engine.loadFile(files.model);
  } catch (error) {
    throw new EncoderError(`The encoder's model ${files.model} cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    const output = await probe(session, file, files.model);
    const description = {
      id: file.id,
      version: versionOf(file.version, mirror),
      license: file.license,
      sections: [{ name: file.id, length: file.output.length }],
    };
    return new NetworkEncoder(description, session, inputOf(file), output, mirror);
  } catch (error) {
    await session.dispose();
    throw error;
  }
}
