import type { Box, FaceObservation, Identification, LivenessVerdict, Probe, Visit, VisitDecision } from '../types.js';

/** Tells a living face from a picture, over one visitor's frames (see liveness/judge.ts). */
export interface LivenessObserver {
  observe(face: FaceObservation): void;
  verdict(at: number): LivenessVerdict;
}

/** More looks than this say nothing new; the worst one makes room. */
const MAXIMUM_PROBES = 64;

/**
 * Signs of life count only while the looks say that it is still the same face: a living stranger must not lend life
 * to a photograph that is held up before or after.
 */
const AGREEMENT_HOLDS_MS = 700;

/** Until a visitor is decided every usable look is encoded, but no faster than this. */
const ENCODE_EVERY_MS = 90;

/** Afterwards only now and then, to notice that somebody else has stepped into the place. */
const RECHECK_EVERY_MS = 1500;

/** One person's stay: what was seen of them, and what was made of it. */
export class Visitor {
  probes: Probe[] = [];
  /** Looks in a row of which it is not known that they show the same person. */
  doubtful: Probe[] = [];
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
  liveness: LivenessObserver;
  /** When a look last agreed with the earlier ones. */
  private agreedAt = -Infinity;
  private lastEncodedAt = -Infinity;

  constructor(
    readonly id: string,
    readonly doorbell: string,
    readonly startedAt: number,
    private readonly judge: () => LivenessObserver,
  ) {
    this.liveness = judge();
    this.lastSeenAt = startedAt;
  }

  see(face: FaceObservation): void {
    this.lastSeenAt = face.timestamp;
    this.box = face.box;
    this.away = false;
    if (this.decision === undefined && this.agrees(face.timestamp)) {
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

  /** Whether the newest looks were the same person's, so that what is seen now is seen of that person. */
  agrees(timestamp: number): boolean {
    return timestamp - this.agreedAt <= AGREEMENT_HOLDS_MS;
  }

  /** Adds looks that show this person. After a hole life must be shown anew: nobody knows what filled it. */
  agree(probes: readonly Probe[], timestamp: number): void {
    if (!this.agrees(timestamp)) {
      this.liveness = this.judge();
    }
    this.agreedAt = timestamp;
    this.doubtful = [];
    probes.forEach((probe) => this.keep(probe));
  }

  /** Holds a look aside that may be somebody else's. */
  doubt(probe: Probe): void {
    this.doubtful.push(probe);
    this.agreedAt = -Infinity;
  }

  /**
   * Takes over what a later visitor brought, who turned out to be the same person. Life must be seen anew: a picture
   * may have come back in the person's place.
   */
  absorb(other: Visitor): void {
    other.probes.forEach((probe) => this.keep(probe));
    this.liveness = other.liveness;
    this.agreedAt = other.agreedAt;
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

  private keep(probe: Probe): void {
    this.probes.push(probe);
    if (this.probes.length > MAXIMUM_PROBES) {
      const worst = this.probes.reduce((low, other, at) => (other.quality < this.probes[low]!.quality ? at : low), 0);
      this.probes.splice(worst, 1);
    }
  }
}
