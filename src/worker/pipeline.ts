import type { Frame, FaceObservation, VisitEvent } from '../types.js';
import type { MotionGate } from '../video/motion-gate.js';
import type { Vision } from '../vision/vision.js';
import type { Visits } from '../visit/visits.js';
import type { TrackedFace } from '../visit/tracker.js';

/** While something moves, newcomers are sought this often; faces already followed need no search. */
const SEARCH_EVERY_MS = 250;

/** Somebody may stand quite still: the whole picture is searched now and then, even when nothing moves. */
const SWEEP_EVERY_MS = 2000;

export interface Step {
  readonly events: readonly VisitEvent[];
  readonly faces: readonly FaceObservation[];
  /** The faces that were encoded. */
  readonly encoded: readonly TrackedFace[];
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
    const faces = await this.vision.find(frame, {
      previous,
      search,
      ...(!sweep && motion.regions.length > 0 && { regions: motion.regions }),
    });
    const encoded = this.visits.see(frame.timestamp, faces);
    for (const face of encoded) {
      this.visits.learn(face, await this.vision.encode(frame, face.observation));
    }
    return { events: this.visits.settle(frame.timestamp), faces, encoded };
  }
}
