import { compareViews } from './face-view.js';
import type { Points } from './plane-motion.js';
import { median } from './sample-window.js';

/** Views kept as references, and how long each is before it is replaced, ms. */
const REFERENCES = 3;
const RENEWAL_MS = 1500;
/** A view must be foreshortened by this much (log; some 30°) to tell a slanted sheet from a turned head … */
const SLANTED = 0.14;
/** … whose depth must then show by less than this share of what a solid head turned by that angle shows. */
const SHARE_OF_DEPTH = 0.4;
/** Nearer to profile the landmarks are guesswork (rad). */
const MAXIMUM_POSE = 0.5;
const MAXIMUM_RESIDUAL = 0.05;
/** Slants in sequence that make one reference's vote, smoothed over three frames each. */
const FRAMES_FOR_VOTE = 3;
/** Votes of different references before a face is called flat: a single bad reference mesh convinces nobody … */
const VOTES_NEEDED = 2;
/** … nor does a single odd moment, such as a head leaned forward: votes lie at least this far apart, ms. */
const BETWEEN_VOTES_MS = 700;

interface Reference {
  readonly view: Points;
  readonly since: number;
  /** Depth shown over depth expected, in the newest frames that were foreshortened. */
  shares: number[];
  voted: boolean;
}

/**
 * The sign of a flat picture: it is foreshortened when slanted, as any surface, but shows none of the parallax that a
 * head shows when it turns by the same angle (|turn| = sin, foreshortening = cos of one angle).
 */
export class FlatnessDetector {
  private references: Reference[] = [];
  private votes = 0;
  private votedAt = -Infinity;

  observe(at: number, view: Points, pose: { readonly yaw: number; readonly pitch: number }): void {
    if (Math.max(Math.abs(pose.yaw), Math.abs(pose.pitch)) > MAXIMUM_POSE) {
      return;
    }
    for (const reference of this.references) {
      this.weigh(at, reference, view);
    }
    const newest = this.references.at(-1);
    if (newest === undefined || at - newest.since >= RENEWAL_MS) {
      this.references = [...this.references, { view, since: at, shares: [], voted: false }].slice(-REFERENCES);
    }
  }

  /** A single vote: too little to judge by, enough to ask for more on the other side. */
  get suspected(): boolean {
    return this.votes > 0;
  }

  get seen(): boolean {
    return this.votes >= VOTES_NEEDED;
  }

  private weigh(at: number, reference: Reference, view: Points): void {
    const motion = compareViews(reference.view, view);
    if (motion === undefined || motion.stretch < SLANTED || motion.residual > MAXIMUM_RESIDUAL) {
      reference.shares = [];
      return;
    }
    const expected = Math.sqrt(1 - Math.exp(-2 * motion.stretch));
    reference.shares = [...reference.shares, Math.hypot(motion.turn.x, motion.turn.y) / expected].slice(
      -FRAMES_FOR_VOTE,
    );
    const flat = reference.shares.length === FRAMES_FOR_VOTE && median(reference.shares) < SHARE_OF_DEPTH;
    if (flat && !reference.voted && at - this.votedAt >= BETWEEN_VOTES_MS) {
      reference.voted = true;
      this.votedAt = at;
      this.votes++;
    }
  }
}
