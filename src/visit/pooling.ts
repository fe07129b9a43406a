/** One look at a face as a point on the unit sphere, with the quality that weighs it. */
export interface WeightedLook {
  readonly direction: Float32Array;
  /** 0 … 1 */
  readonly quality: number;
}

/** Everything a track has shown so far, as one probe. */
export interface PooledProbe {
  /** Unit vector: the quality-weighted mean direction. */
  readonly direction: Float32Array;
  readonly frames: number;
  /** Kish's effective number of equally weighted looks, 1 … frames. */
  readonly weightedFrames: number;
  /** How many independent looks the frames are worth, 1 … frames. */
  readonly effectiveFrames: number;
}

/** A look of quality zero still counts a little: it was good enough to be encoded. */
const minimumWeight = 0.05;

/**
 * Pools all looks of a track, strangers' and guests' alike: no frame is left out for naming nobody, so a lone
 * lucky frame is outvoted by the rest.
 *
 * @param looks all of one length, at least one; directions of length 1.
 * @param correlation between frames of one track, 0 … 1. With correlation ρ, n frames are worth
 *   n / (1 + (n − 1)ρ) independent ones (Kish 1965, design effect).
 */
export function pool(looks: readonly WeightedLook[], correlation: number): PooledProbe {
  const dimensions = looks[0]?.direction.length ?? 0;
  const direction = new Float32Array(dimensions);
  let sum = 0;
  let squares = 0;
  for (const look of looks) {
    const weight = lookWeight(look.quality);
    sum += weight;
    squares += weight * weight;
    for (let i = 0; i < dimensions; i += 1) direction[i] = direction[i]! + weight * look.direction[i]!;
  }
  let length = 0;
  for (const value of direction) length += value * value;
  length = Math.sqrt(length);
  if (length > 0) for (let i = 0; i < dimensions; i += 1) direction[i] = direction[i]! / length;
  const weightedFrames = squares > 0 ? (sum * sum) / squares : 0;
  return {
    direction,
    frames: looks.length,
    weightedFrames,
    effectiveFrames: weightedFrames / (1 + Math.max(0, weightedFrames - 1) * correlation),
  };
}

/** The weight of one look; qualities outside 0 … 1 and NaN are held to the range's ends. */
export function lookWeight(quality: number): number {
  return Math.max(minimumWeight, Math.min(1, Number.isFinite(quality) ? quality : 0));
}
