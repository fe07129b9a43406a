import type { Population } from '../recognition/population.js';
import { createSpace } from '../recognition/space.js';
import { chord, dot, normalise, weightedMean } from '../recognition/vector.js';
import type { Embedding, GuestTemplates } from '../types.js';

/** Distances between faces and guests' means, in the space in which the classifiers work. */
export class DistanceMeter {
  private readonly faces: ReadonlyMap<string, readonly Float32Array[]>;
  private readonly project: (embedding: Embedding) => Float32Array;

  /** @throws EmbeddingError when a template is none of the population's encoder */
  constructor(population: Population, gallery: readonly GuestTemplates[]) {
    const space = createSpace(population.sections);
    this.project = (embedding) => space.project(embedding);
    this.faces = new Map(
      gallery.map(({ id, templates }) => [id, templates.map(({ embedding }) => this.project(embedding))]),
    );
  }

  /** Each of the guest's faces to the mean of the guest's others; empty with fewer than two. */
  own(guestId: string): number[] {
    const faces = this.of(guestId);
    return faces.length < 2 ? [] : faces.map((face) => distance(face, meanOf(faces.filter((other) => other !== face))));
  }

  /** Other faces to the guest's mean. */
  to(guestId: string, embeddings: readonly Embedding[]): number[] {
    const mean = meanOf(this.of(guestId));
    return embeddings.map((embedding) => distance(this.project(embedding), mean));
  }

  private of(guestId: string): readonly Float32Array[] {
    return this.faces.get(guestId) ?? [];
  }
}

const distance = (a: Float32Array, b: Float32Array): number => chord(dot(a, b));

const meanOf = (faces: readonly Float32Array[]): Float32Array =>
  normalise(
    weightedMean(
      faces,
      faces.map(() => 1),
    ),
  );
