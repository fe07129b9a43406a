import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import type { GuestTemplates, LivenessPolicy, Template } from '../../src/types.js';
import { createVision, type Vision } from '../../src/vision/vision.js';
import type { VisitRules } from '../../src/visit/visits.js';
import { Recogniser } from '../../src/worker/recogniser.js';
import { neutral, portraitOf, stillOf, type CastName } from '../../test/visitors/index.js';

export const cacheFolder = join(packageRoot, '.cache', 'models');

/** Only what goes wrong is worth a line between the figures. */
export const quiet = { debug: ignore, info: ignore, warn: console.warn, error: console.error };

export const household: readonly CastName[] = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix'];

/** The five photos that a guest would send. */
const photos = [
  { pose: { yaw: 0, pitch: 0, roll: 0 } },
  { pose: { yaw: 0.22, pitch: 0.03, roll: 0.04 } },
  { pose: { yaw: -0.22, pitch: 0, roll: -0.05 } },
  { pose: { yaw: 0.05, pitch: 0.14, roll: 0 }, expression: { ...neutral, smile: 1 } },
  { pose: { yaw: -0.05, pitch: -0.1, roll: 0.03 }, size: 170 },
];

/** Vision as a doorbell's worker opens it when nothing is configured. */
export function openVision(): Promise<Vision> {
  return createVision({ cacheFolder, logger: quiet });
}

/** Guests of the cast, each enrolled with five drawn photos. @throws Error when a photo shows no face */
export function enrol(vision: Vision, names: readonly CastName[]): Promise<GuestTemplates[]> {
  return Promise.all(
    names.map(async (name) => ({
      id: name,
      name,
      templates: await Promise.all(photos.map((photo) => templateOf(vision, name, photo))),
    })),
  );
}

async function templateOf(vision: Vision, name: CastName, photo: (typeof photos)[number]): Promise<Template> {
  const { frame } = await stillOf(portraitOf(name), photo);
  const [face] = await vision.find(frame);
  if (face === undefined) {
    throw new Error(`No face is found in a drawn photo of ${name}.`);
  }
  const embedding = await vision.encode(frame, face);
  return { id: randomUUID(), encoder: vision.encoder, embedding, quality: face.quality.score };
}

/** The rules of a doorbell as configured by default, knowing these guests. */
export async function rulesFor(guests: readonly GuestTemplates[], policy: LivenessPolicy): Promise<VisitRules> {
  const recogniser = await Recogniser.create({ encoder: 'fusion', classifier: 'calibrated', falseAcceptRate: 0.001 });
  await recogniser.classifier.fit(guests);
  return recogniser.rules('Front door', policy, 20_000, randomUUID);
}

function ignore(): void {
  // The figures speak.
}
