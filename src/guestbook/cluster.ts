/** A group of visits taken for one person: the mean of unit vectors, and how many there are. */
export interface Cluster {
  readonly id: string;
  /** Sum of the members' unit vectors. */
  readonly sum: Float32Array;
  readonly members: number;
}

/** Scales to length 1; a zero vector stays as it is. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector.slice() : vector.map((value) => value / length);
}

export function mean(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) {
    vector.forEach((value, at) => (sum[at]! += value));
  }
  return sum.map((value) => value / Math.max(1, vectors.length));
}

/**
 * The cluster whose mean direction is nearest to a face, if it is near enough (sequential leader clustering with
 * average linkage on the sphere). Clusters never change their identity, so what a person has said about one holds.
 *
 * @param face unit vector
 * @param threshold largest cosine distance (0 … 2) at which two faces are taken for one person
 */
export function nearestCluster(
  clusters: Iterable<Cluster>,
  face: Float32Array,
  threshold: number,
): Cluster | undefined {
  let nearest: Cluster | undefined;
  let smallest = threshold;
  for (const cluster of clusters) {
    if (cluster.sum.length !== face.length) {
      continue;
    }
    const length = Math.sqrt(dot(cluster.sum, cluster.sum));
    const distance = length === 0 ? 1 : 1 - dot(cluster.sum, face) / length;
    if (distance < smallest) {
      smallest = distance;
      nearest = cluster;
    }
  }
  return nearest;
}

/** The cluster with one face more. */
export function joined(cluster: Cluster | undefined, id: string, face: Float32Array): Cluster {
  return {
    id,
    sum: cluster === undefined ? face.slice() : cluster.sum.map((value, at) => value + face[at]!),
    members: (cluster?.members ?? 0) + 1,
  };
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) {
    sum += one[at]! * other[at]!;
  }
  return sum;
}
