import { createClassifier } from '../../recognition/classifier.js';
import { buildGuestModels } from '../../recognition/guest-model.js';
import type { SearchResult } from '../../recognition/metrics/identification.js';
import type { Population } from '../../recognition/population.js';
import { poolProbes } from '../../recognition/probing.js';
import { atOnce } from '../../recognition/slices.js';
import { createSpace } from '../../recognition/space.js';
import { dot } from '../../recognition/vector.js';
import type { GuestTemplates, Probe } from '../../types.js';

/** One search: whom it came nearest to, how near, and whether the method's own threshold accepts it. */
export interface Search extends SearchResult {
  readonly guestId?: string;
  readonly accepted: boolean;
}

/** A method under comparison, trained on a draw's guests. */
export type Searcher = (probes: readonly Probe[]) => Search;

export const methodNames = ['nearest-mean', 'svm-tau', 'calibrated'] as const;
export type MethodName = (typeof methodNames)[number];

const nothing: Search = { score: -Infinity, accepted: false };

/** All methods see the same embeddings and, for visits, the mean of the same frames. */
export async function trainMethods(
  population: Population,
  guests: readonly GuestTemplates[],
  frames: number,
): Promise<Record<MethodName, Searcher>> {
  const calibrated = createClassifier('calibrated', population, { minimumFrames: frames });
  await calibrated.fit(guests);
  const svm = createClassifier('svm-tau', population, { minimumFrames: frames });
  await svm.fit(guests);
  return {
    'nearest-mean': nearestMean(population, guests),
    'svm-tau': (probes) => {
      const { best, guest } = svm.predict(probes);
      return best === undefined
        ? nothing
        : { score: -best.distance, guestId: best.guestId, accepted: guest !== undefined };
    },
    calibrated: (probes) => {
      const best = calibrated.decisionFunction(probes)[0];
      return best === undefined
        ? nothing
        : {
            score: best.score,
            guestId: best.guestId,
            accepted: best.score > 0 && calibrated.predict(probes).guest !== undefined,
          };
    },
  };
}

/** The plain reference: cosine to the nearest guest's mean; frames averaged without weights. */
function nearestMean(population: Population, guests: readonly GuestTemplates[]): Searcher {
  const space = createSpace(population.sections);
  const { models } = atOnce(buildGuestModels(guests, space, population.encoder));
  return (probes) => {
    const { pooled } = poolProbes(
      probes.map((probe) => ({ ...probe, quality: 1 })),
      space,
      population.frameCorrelation,
    );
    if (pooled === undefined) return nothing;
    let best: Search = nothing;
    for (const { id, mean } of models) {
      const score = dot(mean, pooled.direction);
      if (score > best.score) best = { score, guestId: id, accepted: false };
    }
    return best;
  };
}
