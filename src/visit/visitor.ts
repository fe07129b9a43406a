import type { Box, FaceObservation, Identification, LivenessVerdict, Probe, Visit, VisitDecision } from '../types.js';

/** Tells a living face from a picture, over one visitor's frames (see liveness/judge.ts). */
export interface LivenessObserver {
  observe(face: FaceObservation): void;
  verdict(at: number): LivenessVerdict;
}

/** More looks than this say nothing new; the worst one makes room. */
const MAXIMUM_PROBES = 64;

/** Until a visitor is decided every usable look is encoded, but no faster than this. */
const ENCODE_EVERY_MS = 90;

/** Afterwards only now and then, to notice that somebody else has stepped into the place. */
const RECHECK_EVERY_MS = 1500;

/** One person's stay: what was seen of them, and what was made of it. */
export class Visitor {
  probes: Probe[] = [];
  /** Consecutive looks that do not resemble the earlier ones. */
  dissenting: Probe[] = [];
  decision: VisitDecision | undefined;
  identification: Identification | undefined;
  firstUsableAt: number | undefined;
  decidedAt: number | undefined;
  pressedAt: number | undefined;
  lastSeenAt: number;
  announced = false;
  withheld = false;
  /** The visitor is out of sight; a returning face may still turn out to be them. */
  away = false;
  box: Box | undefined;
  private lastEncodedAt = -Infinity;

  constructor(
    readonly id: string,
    readonly doorbell: string,
    readonly startedAt: number,
    public liveness: LivenessObserver,
  ) {
    this.lastSeenAt = startedAt;
  }

  see(face: FaceObservation): void {
    this.lastSeenAt = face.timestamp;
    this.box = face.box;
    this.away = false;
    if (this.decision === undefined) {
      this.liveness.observe(face);
    }
    if (face.quality.faults.length === 0) {
      this.firstUsableAt ??= face.timestamp;
    }
  }

  /** Whether this look is worth the cost of encoding it. */
  wantsEmbedding(face: FaceObservation): boolean {
    const pause = this.decision === undefined ? ENCODE_EVERY_MS : RECHECK_EVERY_MS;
    return face.quality.faults.length === 0 && face.timestamp - this.lastEncodedAt >= pause;
  }

  encoded(timestamp: number): void {
    this.lastEncodedAt = timestamp;
  }

  keep(probe: Probe): void {
    this.probes.push(probe);
    if (this.probes.length > MAXIMUM_PROBES) {
      const worst = this.probes.reduce((low, other, at) => (other.quality < this.probes[low]!.quality ? at : low), 0);
      this.probes.splice(worst, 1);
    }
  }

  /**
   * Takes over what a later visitor brought, who turned out to be the same person. Life must be seen anew: a picture
   * may have come back in the person's place.
   */
  absorb(other: Visitor): void {
    other.probes.forEach((probe) => this.keep(probe));
    this.liveness = other.liveness;
    this.lastSeenAt = other.lastSeenAt;
    this.box = other.box;
    this.away = false;
    this.firstUsableAt ??= other.firstUsableAt;
    this.pressedAt ??= other.pressedAt;
  }

  visit(): Visit {
    return {
      id: this.id,
      doorbell: this.doorbell,
      startedAt: this.startedAt,
      ...(this.decidedAt !== undefined && { decidedAt: this.decidedAt }),
      ...(this.pressedAt !== undefined && { pressedAt: this.pressedAt }),
      ...(this.decision !== undefined && { decision: this.decision }),
    };
  }
}
