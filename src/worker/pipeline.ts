import type { Embedding, FaceObservation, Frame, VisitEvent } from '../types.js';
import type { MotionGate } from '../video/motion-gate.js';
import type { Vision } from '../vision/vision.js';
import type { Visits } from '../visit/visits.js';

/** While something moves, newcomers are sought this often; faces already followed need no search. */
const SEARCH_EVERY_MS = 250;

/**
 * Somebody may have been missed and stand quite still: the whole picture is searched now and then, even when nothing
 * moves. It costs some 60 ms at 1080p, so seldom: an empty porch must cost next to nothing.
 */
const SWEEP_EVERY_MS = 10_000;

export interface EncodedFace {
  readonly visit: string;
  readonly observation: FaceObservation;
  readonly embedding: Embedding;
}

export interface Step {
  readonly events: readonly VisitEvent[];
  readonly faces: readonly FaceObservation[];
  /** The faces that were encoded, with the visit they belong to. */
  readonly encoded: readonly EncodedFace[];
}

/** From one frame to what it means: motion gate, faces, embeddings, visits. One frame at a time. */
export class Pipeline {
  private searchedAt = -Infinity;

  constructor(
    private readonly gate: Pick<MotionGate, 'observe'>,
    private readonly vision: Pick<Vision, 'find' | 'encode'>,
    private readonly visits: Visits,
  ) {}

  async process(frame: Frame): Promise<Step> {
    const motion = this.gate.observe(frame);
    const sinceSearch = frame.timestamp - this.searchedAt;
    const sweep = sinceSearch >= SWEEP_EVERY_MS || sinceSearch < 0;
    const search = sweep || (motion.active && sinceSearch >= SEARCH_EVERY_MS);
    const previous = this.visits.faces;
    if (!search && previous.length === 0) {
      return { events: this.visits.settle(frame.timestamp), faces: [], encoded: [] };
    }
    if (search) {
      this.searchedAt = frame.timestamp;
    }
    const whole = { x: 0, y: 0, width: frame.width, height: frame.height };
    const regions = sweep || motion.regions.length === 0 ? [whole] : motion.regions;
    const faces = await this.vision.find(frame, { previous, ...(search && { regions }) });
    const encoded: EncodedFace[] = [];
    for (const face of this.visits.see(frame.timestamp, faces)) {
      const embedding = await this.vision.encode(frame, face.observation);
      encoded.push({ visit: this.visits.learn(face, embedding), observation: face.observation, embedding });
    }
    return { events: this.visits.settle(frame.timestamp), faces, encoded };
  }
}
