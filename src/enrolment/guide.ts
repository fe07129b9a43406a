import type { FaceObservation, QualityFault } from '../types.js';
import { enrolmentFaults } from '../vision/face/quality.js';

/** The looks that make an enrolment whole. Left and right are the person's own. */
export const wantedLooks = ['straight', 'left', 'right', 'up', 'down', 'blink'] as const;
export type WantedLook = (typeof wantedLooks)[number];

export interface PoseCoverage {
  readonly pose: WantedLook;
  readonly covered: boolean;
}

/** So many pictures of each look; the plain one counts most at the door. */
const wanted: Readonly<Record<WantedLook, number>> = { straight: 3, left: 2, right: 2, up: 1, down: 1, blink: 1 };

/** From here on a turned head is a look of its own, and up to here it looks straight, radians. */
const TURNED = 0.2;
const STRAIGHT_YAW = 0.15;
const TILTED = 0.18;
const STRAIGHT_PITCH = 0.1;
/** Before it is known how this person holds their head before this camera, any moderate pitch may be straight. */
const FIRST_PITCH = 0.35;
/** Beyond this a look says little of how people come to the door. */
const FARTHEST = 0.65;

/** A face narrower than this (px) is asked to come closer, for so long; then what the camera can do is taken. */
const WISHED_SIZE = 64;
const WISHING_MS = 12_000;

/** Two pictures of one look are taken with a pause between them, so that they differ. */
const PAUSE_MS = 500;
/** Eyes less open than this (aspect ratio) are in a blink: no picture to know somebody by. */
const OPEN = 0.12;
/** The same refusal is not told of more often. */
const REFUSAL_EVERY_MS = 2500;
/** Whoever does not blink when asked for so long is enrolled without. */
const BLINK_PATIENCE_MS = 20_000;
/** Without a picture taken for so long it is over. */
const PATIENCE_MS = 120_000;

const requests: Readonly<Record<WantedLook, string>> = {
  straight: 'Look straight at the camera',
  left: 'Turn a little to the left',
  right: 'Turn a little to the right',
  up: 'Look up',
  down: 'Look down',
  blink: 'Blink',
};

const remedies: Readonly<Record<QualityFault, string>> = {
  'too-small': 'Come closer',
  blurred: 'Hold still',
  'too-dark': 'It is too dark: turn on a light',
  'too-bright': 'It is too bright: step out of the glare',
  'low-contrast': 'It is too dim: turn on a light',
  'turned-away': 'Turn back a little towards the camera',
  'cut-off': 'Step into the middle of the picture',
  uncertain: 'Look at the camera',
};

/** What one frame brings. */
export interface GuideStep {
  /** What to ask of the person, in words. */
  readonly guidance: string;
  /** A face to be taken now: hand the outcome to `take`. */
  readonly offer?: { readonly face: FaceObservation; readonly look: WantedLook };
  /** Why a frame was not taken; told now and then. */
  readonly refused?: string;
}

/**
 * Guides one person through an enrolment, frame by frame: what to ask for next, which face to take, when it is enough.
 * Pure: time comes in with the frames, ms.
 */
export class EnrolmentGuide {
  private readonly taken = new Map<WantedLook, number>();
  /** How the head is held when it looks straight ahead: cameras hang high or low. */
  private restPitch: number | undefined;
  private progressAt: number | undefined;
  /** When a usable but small face was first seen. */
  private smallSince: number | undefined;
  private blinkAskedAt: number | undefined;
  private refusedAt = -Infinity;
  private lastRefusal = '';
  private givenUp = false;
  private now = 0;

  get coverage(): PoseCoverage[] {
    return wantedLooks.map((pose) => ({ pose, covered: this.isCovered(pose) }));
  }

  /** Everything is covered (a blink only of those who blink), or nothing has come for too long. */
  get isOver(): boolean {
    return this.givenUp || wantedLooks.every((look) => this.isCovered(look) || (look === 'blink' && this.withoutBlink));
  }

  /** @param blinked whether a blink has just been seen; @param describe why a face is not good enough, in words */
  observe(
    at: number,
    faces: readonly FaceObservation[],
    blinked: boolean,
    describe: (face: FaceObservation) => string,
  ): GuideStep {
    this.now = at;
    this.progressAt ??= at;
    if (blinked && !this.isCovered('blink')) {
      this.count('blink');
    }
    this.givenUp = at - this.progressAt > PATIENCE_MS;
    const [face, other] = [...faces].sort((a, b) => b.quality.size - a.quality.size);
    if (face === undefined) {
      return { guidance: 'Step before the camera' };
    }
    if (other !== undefined && other.quality.size > face.quality.size / 2) {
      return { guidance: 'One person at a time, please', ...this.refusal('two faces were seen') };
    }
    const [fault] = enrolmentFaults(face.quality);
    if (fault !== undefined) {
      return { guidance: remedies[fault], ...this.refusal(describe(face)) };
    }
    if (face.quality.size < WISHED_SIZE) {
      this.smallSince ??= at;
      if (at - this.smallSince < WISHING_MS) {
        return { guidance: remedies['too-small'], ...this.refusal('the face is small') };
      }
    }
    const look = eyesOpen(face) ? this.lookOf(face) : undefined;
    const paused = this.taken.size === 0 || at - this.progressAt >= PAUSE_MS;
    if (look !== undefined && !this.isCovered(look) && paused) {
      return { guidance: this.request(), offer: { face, look } };
    }
    return { guidance: this.request() };
  }

  /** The face that was offered was taken. */
  take(face: FaceObservation, look: WantedLook): void {
    if (look === 'straight') {
      this.restPitch ??= face.pose.pitch;
    }
    this.count(look);
  }

  /** What to ask for now. */
  request(): string {
    const next = wantedLooks.find((look) => !this.isCovered(look));
    if (next === 'blink') {
      this.blinkAskedAt ??= this.now;
    }
    return next === undefined ? 'Done, thank you' : requests[next];
  }

  /** A reason, unless it was told a moment ago. */
  refusal(reason: string): { readonly refused?: string } {
    if (reason === this.lastRefusal && this.now - this.refusedAt < REFUSAL_EVERY_MS) {
      return {};
    }
    this.lastRefusal = reason;
    this.refusedAt = this.now;
    return { refused: reason };
  }

  private get withoutBlink(): boolean {
    return this.blinkAskedAt !== undefined && this.now - this.blinkAskedAt > BLINK_PATIENCE_MS;
  }

  private count(look: WantedLook): void {
    this.taken.set(look, (this.taken.get(look) ?? 0) + 1);
    this.progressAt = this.now;
  }

  private isCovered(look: WantedLook): boolean {
    return (this.taken.get(look) ?? 0) >= wanted[look];
  }

  /** Which look a face shows; undefined in between. Positive yaw is towards the person's left. */
  private lookOf({ pose }: FaceObservation): WantedLook | undefined {
    const { yaw } = pose;
    if (this.restPitch === undefined) {
      return Math.abs(yaw) < STRAIGHT_YAW && Math.abs(pose.pitch) < FIRST_PITCH ? 'straight' : undefined;
    }
    const pitch = pose.pitch - this.restPitch;
    if (Math.abs(yaw) > FARTHEST) {
      return undefined;
    }
    if (Math.abs(yaw) >= TURNED) {
      return yaw > 0 ? 'left' : 'right';
    }
    if (Math.abs(pitch) >= TILTED) {
      return pitch > 0 ? 'up' : 'down';
    }
    return Math.abs(yaw) < STRAIGHT_YAW && Math.abs(pitch) < STRAIGHT_PITCH ? 'straight' : undefined;
  }
}

const eyesOpen = ({ eyes }: FaceObservation): boolean => Math.max(eyes.left, eyes.right) >= OPEN;
