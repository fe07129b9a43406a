import { takeEvidence } from '../enrolment/photo.js';
import type { FaceEvidence, Frame } from '../types.js';
import type { Vision } from '../vision/vision.js';
import type { EncodedFace } from './pipeline.js';

/** So many faces of a visitor are kept, the best ones. */
const MOST = 5;

/** So many visitors at once; the oldest gives way. Visitors who turn out to be another's return never end by themselves. */
const VISITORS = 12;

/** Every visitor's best faces, in memory only, in case they turn out to be unknown. */
export class BestFaces {
  private readonly visits = new Map<string, FaceEvidence[]>();

  constructor(private readonly vision: Vision) {}

  async collect(frame: Frame, { visit, observation, embedding }: EncodedFace): Promise<void> {
    const kept = this.visits.get(visit) ?? [];
    if (kept.length < MOST || kept.some(({ quality }) => quality.score < observation.quality.score)) {
      kept.push(await takeEvidence(this.vision, frame, observation, embedding));
      kept.sort((a, b) => b.quality.score - a.quality.score);
      this.visits.set(visit, kept.slice(0, MOST));
      const [oldest] = this.visits.keys();
      if (this.visits.size > VISITORS && oldest !== undefined) {
        this.visits.delete(oldest);
      }
    }
  }

  of(visit: string): readonly FaceEvidence[] | undefined {
    return this.visits.get(visit);
  }

  forget(visit: string): void {
    this.visits.delete(visit);
  }
}
