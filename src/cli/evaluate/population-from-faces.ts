import { buildPopulation, type PopulationPerson } from '../../recognition/population-build.js';
import type { Population } from '../../recognition/population.js';
import type { EncoderDescription, Probe } from '../../types.js';
import type { Chain } from './chain.js';
import { degradations } from '../../enrolment/degrade.js';
import { orderedFiles, type Person } from './people.js';

export interface PopulationPlan {
  readonly people: readonly Person[];
  readonly description: string;
  /** Frames per simulated visit; 0 for none. */
  readonly frames: number;
  /** Simulate visits for the first so many people only: they cost most of the time. */
  readonly visitors: number;
}

/** Embeds the people's photos and simulated visits and computes the statistics. */
export async function populationFromFaces(chain: Chain, plan: PopulationPlan): Promise<Population> {
  const people = await embedPopulation(chain, plan);
  return buildPopulation({
    encoder: chain.encoder,
    people,
    source: { description: plan.description, degradations: plan.frames > 0 ? degradations : [] },
  });
}

/**
 * The embeddings behind a population; people whose face was found in no photo are left out. A person's first photo is
 * the one that the visit was made of: restoration learns from both.
 */
export async function embedPopulation(
  chain: Chain,
  { people: listed, frames, visitors }: PopulationPlan,
): Promise<PopulationPerson[]> {
  const people = listed.map((person) => ({ ...person, files: orderedFiles(person) }));
  const photos = await chain.embed(
    people.flatMap(({ files }) => files.map((file) => ({ file }))),
    'photos of the population',
  );
  // Every second person, so that a shorter list is a sample of the longer one.
  const chosen = frames === 0 ? [] : people.filter((_, index) => index % 2 === 0).slice(0, visitors);
  const visits = await chain.embed(
    chosen.flatMap((person) =>
      Array.from({ length: frames }, (_, visitFrame) => ({ file: person.files[0]!, visitFrame })),
    ),
    'simulated visits of the population',
  );
  let at = 0;
  return people.flatMap((person) => {
    const found = photos.slice(at, (at += person.files.length));
    const own = found.flatMap(({ embedding }) => embedding ?? []);
    const visit = found[0]!.embedding === undefined ? -1 : chosen.indexOf(person);
    const probes: Probe[] = (visit < 0 ? [] : visits.slice(visit * frames, (visit + 1) * frames)).flatMap((record) =>
      record.embedding === undefined ? [] : [{ embedding: record.embedding, quality: record.quality }],
    );
    return own.length === 0 ? [] : [{ photos: own, visits: probes.length > 1 ? [probes] : [] }];
  });
}

/** One encoder of a fused one, by the name of its section. */
export function sectionOnly(
  encoder: EncoderDescription,
  name: string,
): { encoder: EncoderDescription; slice: (embedding: Float32Array) => Float32Array } | undefined {
  let offset = 0;
  for (const section of encoder.sections) {
    const from = offset;
    offset += section.length;
    if (section.name !== name) continue;
    const part = encoder.sections.findIndex((candidate) => candidate.name === name);
    return {
      encoder: {
        id: name,
        version: encoder.sections.length === 1 ? encoder.version : (encoder.version.split('-')[part] ?? '1'),
        license: encoder.license,
        sections: [section],
      },
      slice: (embedding) => embedding.subarray(from, from + section.length),
    };
  }
  return undefined;
}
