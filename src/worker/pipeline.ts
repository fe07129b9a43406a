import type { Box, Embedding, FaceObservation, Frame, VisitEvent } from '../types.js';
import type { Motion, MotionGate } from '../video/motion-gate.js';
import type { Sight } from '../video/sight.js';
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
  /** Whether the next picture is worth having whole. */
  readonly closer: boolean;
}

/** From what a camera shows to what it means: motion gate, faces, embeddings, visits. One picture at a time. */
export class Pipeline {
  private searchedAt = -Infinity;

  constructor(
    private readonly gate: Pick<MotionGate, 'observe'>,
    private readonly vision: Pick<Vision, 'find' | 'encode'>,
    private readonly visits: Visits,
  ) {}

  async process({ timestamp, glance, whole }: Sight): Promise<Step> {
    const motion = this.gate.observe(glance);
    const sinceSearch = timestamp - this.searchedAt;
    const sweep = sinceSearch >= SWEEP_EVERY_MS || sinceSearch < 0;
    const search = sweep || (motion.active && sinceSearch >= SEARCH_EVERY_MS);
    const previous = this.visits.faces;
    if (whole === undefined || (!search && previous.length === 0)) {
      const events = this.visits.settle(timestamp);
      const closer = motion.stirred || motion.active || sweep || this.visits.busy;
      return { events, faces: [], encoded: [], closer };
    }
    if (search) {
      this.searchedAt = timestamp;
    }
    const faces = await this.vision.find(whole, {
      previous,
      ...(search && { regions: sweep ? [everything(whole)] : regionsIn(whole, glance, motion) }),
    });
    const encoded: EncodedFace[] = [];
    for (const face of this.visits.see(timestamp, faces)) {
      const embedding = await this.vision.encode(whole, face.observation);
      encoded.push({ visit: this.visits.learn(face, embedding), observation: face.observation, embedding });
    }
    const events = this.visits.settle(timestamp);
    return { events, faces, encoded, closer: motion.stirred || motion.active || this.visits.busy };
  }
}

const everything = ({ width, height }: Frame): Box => ({ x: 0, y: 0, width, height });

/** Where the gate saw something move, in pixels of the whole picture. */
function regionsIn(whole: Frame, glance: Frame, { regions }: Motion): Box[] {
  const [scaleX, scaleY] = [whole.width / glance.width, whole.height / glance.height];
  return regions.length === 0
    ? [everything(whole)]
    : regions.map((box) => {
        const [x, y] = [Math.floor(box.x * scaleX), Math.floor(box.y * scaleY)];
        const [right, bottom] = [Math.ceil((box.x + box.width) * scaleX), Math.ceil((box.y + box.height) * scaleY)];
        return { x, y, width: Math.min(right, whole.width) - x, height: Math.min(bottom, whole.height) - y };
      });
}
