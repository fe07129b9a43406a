import type { Frame } from '../types.js';

/** What a camera shows at one moment. */
export interface Sight {
  readonly timestamp: number;
  /** The picture for the motion gate; from a camera a small one, a pixel for each cell of its grid. */
  readonly glance: Frame;
  /** The whole picture, where somebody wants to look closer: reading it for an empty porch would be the dearest of all. */
  readonly whole?: Frame;
}

/** A frame of a film, or one that was drawn: there is nothing to be spared. */
export const sightOf = (frame: Frame): Sight => ({ timestamp: frame.timestamp, glance: frame, whole: frame });

/** Packets are dated in even milliseconds, those whose whole picture is wanted one later, s. */
const GRID = 0.002;
const MARK = 0.001;

/** So many glances may wait for their whole pictures, which take longer through the pipe. */
const MOST_WAITING = 16;

/**
 * The presentation time, s, that tells the decoder whether the whole picture is wanted: it goes with the packet through
 * the decoder, so that the very next picture obeys, and nothing need be said to a running ffmpeg. Wrong by 1 ms at most.
 */
export function markedTime(time: number, isWanted: boolean): number {
  return Math.round(time / GRID) * GRID + (isWanted ? MARK : 0);
}

/** ffmpeg's expression for 1 where {@link markedTime} said that the whole picture is wanted, and 0 elsewhere. */
export const isMarkedExpression = 'mod(floor(t*1000+0.5),2)';

function isMarked(timestamp: number): boolean {
  return Math.round(timestamp) % 2 === 1;
}

/**
 * Puts the two outputs of one decoder together again. Pictures come in the order of their times, but the small ones
 * may be ahead.
 */
export class SightPairs {
  private waiting: Frame[] = [];
  private early: Frame | undefined;

  /** @param discard takes pictures that go without their other half */
  constructor(
    private readonly show: (sight: Sight) => void,
    private readonly discard: (picture: Frame) => void,
  ) {}

  glance(picture: Frame): void {
    const { timestamp } = picture;
    if (!isMarked(timestamp)) {
      this.forget(timestamp);
      this.show({ timestamp, glance: picture });
    } else if (this.early?.timestamp === timestamp) {
      this.show({ timestamp, glance: picture, whole: this.early });
      this.early = undefined;
    } else {
      this.waiting.push(picture);
      this.forget(this.waiting.at(-MOST_WAITING)?.timestamp ?? -Infinity);
    }
  }

  whole(picture: Frame): void {
    const { timestamp } = picture;
    this.forget(timestamp);
    const glance = this.waiting[0];
    if (glance?.timestamp === timestamp) {
      this.waiting.shift();
      this.show({ timestamp, glance, whole: picture });
    } else {
      this.early = picture;
    }
  }

  /** What is older than this. */
  private forget(timestamp: number): void {
    for (let first = this.waiting[0]; first !== undefined && first.timestamp < timestamp; first = this.waiting[0]) {
      this.discard(first);
      this.waiting.shift();
    }
    if (this.early !== undefined && this.early.timestamp < timestamp) {
      this.discard(this.early);
      this.early = undefined;
    }
  }
}
