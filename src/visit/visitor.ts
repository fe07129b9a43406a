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
 * to a photograph that is held up before, after or in between. Two frames of a very slow machine.
 */
const AGREEMENT_HOLDS_MS = 700;

/** Looks so short a time before a sign of life was noticed are its witnesses: they must name the guest by themselves. */
const WITNESS_MS = 1000;
const MAXIMUM_SIGNS = 8;

/** A look must agree with so many before it as well as with all: a mixture of two people resembles both. */
const NEIGHBOURS = 3;

/** Until a visitor is decided, and when they were hidden or are in doubt, every usable look is encoded, but no faster. */
const ENCODE_EVERY_MS = 90;

/** Afterwards only now and then, to notice that somebody else has stepped into the place. */
const RECHECK_EVERY_MS = 1500;

/**
 * So many of the newest looks say by themselves who stands there now. The first ones at somebody who walks up are small
 * and poor: fewer make nobody a stranger, nor the one who has just gone.
 */
const NEWEST_LOOKS = 4;

/** A look that may be somebody else's. */
export interface Doubt {
  readonly probe: Probe;
  /** It surely is somebody else's. */
  readonly dissents: boolean;
}

/** What a face must have for eyelids and depth to be seen in it; others are recognised only. */
const LIFE_LIMITS = { size: 44, sharpness: 0.012, dark: 28, bright: 232, contrast: 11 } as const;

/** Whether liveness may be shown a face: a poor or small one proves nothing. */
export function fitForLife({ quality }: Pick<FaceObservation, 'quality'>): boolean {
  const { faults, size, sharpness, brightness, contrast } = quality;
  const { dark, bright } = LIFE_LIMITS;
  const lit = brightness >= dark && brightness <= bright && contrast >= LIFE_LIMITS.contrast;
  return faults.length === 0 && lit && size >= LIFE_LIMITS.size && sharpness >= LIFE_LIMITS.sharpness;
}

/** One person's stay: what was seen of them, and what was made of it. */
export class Visitor {
  probes: Probe[] = [];
  /** Looks in a row of which it is not known that they show the same person. */
  doubtful: Doubt[] = [];
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
  /** The newest looks that agreed, since the face came (back): of whoever stands there now. At most four. */
  newest: readonly Probe[] = [];
  private liveness: LivenessObserver;
  /** Faces good enough to be recognised that liveness has not seen yet: whose they are is known at the next look. */
  private waiting: FaceObservation[] = [];
  /** The newest looks that agreed. */
  private recent: { readonly at: number; readonly probe: Probe }[] = [];
  /** For each sign of life, the looks at the face that showed it. */
  private signs: (readonly Probe[])[] = [];
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
    if (face.timestamp - this.lastSeenAt > AGREEMENT_HOLDS_MS) {
      this.newest = [];
    }
    this.lastSeenAt = face.timestamp;
    this.box = face.box;
    this.away = false;
    if (face.quality.faults.length > 0) {
      return;
    }
    this.firstUsableAt ??= face.timestamp;
    if (this.decision === undefined && fitForLife(face)) {
      this.waiting.push(face);
    }
  }

  /** Whether this look is worth the cost of encoding it. */
  wantsEmbedding(face: FaceObservation): boolean {
    const isSettled = this.decision !== undefined && this.isWellSeen && this.doubtful.length === 0;
    const pause = isSettled ? RECHECK_EVERY_MS : ENCODE_EVERY_MS;
    return face.quality.faults.length === 0 && face.timestamp - this.lastEncodedAt >= pause;
  }

  /** Whether the newest looks are enough to say who stands there now. */
  get isWellSeen(): boolean {
    return this.newest.length >= NEWEST_LOOKS;
  }

  encoded(timestamp: number): void {
    this.lastEncodedAt = timestamp;
  }

  /** Whether the newest looks were the same person's, so that what is seen now is seen of that person. */
  agrees(timestamp: number): boolean {
    return timestamp - this.agreedAt <= AGREEMENT_HOLDS_MS;
  }

  /**
   * Adds looks that show this person. So does what was seen since the look before, unless that is too long ago: then
   * life must be shown anew, for nobody knows who filled the hole.
   */
  agree(probes: readonly Probe[], timestamp: number): void {
    if (!this.agrees(timestamp)) {
      this.forgetLife();
      this.waiting = this.waiting.slice(-1);
    }
    this.agreedAt = timestamp;
    this.doubtful = [];
    probes.forEach((probe) => this.keep(probe));
    this.newest = [...this.newest, ...probes].slice(-NEWEST_LOOKS);
    this.recent = [...this.neighbours(timestamp), ...probes.map((probe) => ({ at: timestamp, probe }))];
    this.watch(timestamp);
  }

  /** The looks just before a moment, which a look at that moment must agree with. */
  lookedLike(timestamp: number): readonly Probe[] {
    return this.neighbours(timestamp)
      .slice(-NEIGHBOURS)
      .map(({ probe }) => probe);
  }

  /** Whether every sign of life was shown by a face that, by the looks at it alone, is the one meant. */
  isWitnessed(isMeant: (probes: readonly Probe[]) => boolean): boolean {
    return this.signs.every(isMeant);
  }

  /** Life must be shown anew. */
  forgetLife(): void {
    this.liveness = this.judge();
    this.signs = [];
  }

  private neighbours(timestamp: number): typeof this.recent {
    return this.recent.filter(({ at }) => timestamp - at <= WITNESS_MS);
  }

  /** Lets liveness see what waited, and remembers who it was when a sign of life appears. */
  private watch(timestamp: number): void {
    const before = this.liveness.verdict(timestamp);
    this.waiting.forEach((face) => this.liveness.observe(face));
    this.waiting = [];
    const { blinks, signs } = this.liveness.verdict(timestamp);
    const { parallax, expression } = before.signs;
    if (blinks > before.blinks || (signs.parallax && !parallax) || (signs.expression && !expression)) {
      this.signs = [...this.signs, this.recent.map(({ probe }) => probe)].slice(-MAXIMUM_SIGNS);
    }
  }

  /** Holds a look aside that may be somebody else's, and keeps its frames from liveness. */
  doubt(probe: Probe, dissents: boolean): void {
    this.doubtful.push({ probe, dissents });
    this.waiting = [];
    if (dissents) {
      this.agreedAt = -Infinity;
    }
  }

  /** The judgement of this very face: of what was seen between looks that agreed. */
  verdict(at: number): LivenessVerdict {
    return this.liveness.verdict(at);
  }

  /**
   * Takes over what a later visitor brought, who turned out to be the same person. Life must be seen anew: a picture
   * may have come back in the person's place.
   */
  absorb(other: Visitor): void {
    other.probes.forEach((probe) => this.keep(probe));
    this.liveness = other.liveness;
    this.waiting = other.waiting;
    this.doubtful = other.doubtful;
    this.recent = other.recent;
    this.newest = other.newest;
    this.signs = other.signs;
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
