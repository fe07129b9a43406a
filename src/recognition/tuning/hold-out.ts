import { shuffled, type Random } from '../random.js';

/** Which of somebody's faces are trained on, which say when to stop, and which judge at the end. */
export interface FaceSplit<T> {
  readonly training: readonly T[];
  readonly stopping: readonly T[];
  readonly judging: readonly T[];
}

/** Fewer faces of a guest than this leave nothing to hold out. */
export const fewestFaces = 5;

/** A fifth of the faces stops, a fifth judges, at least one each; three at least are trained on. */
export function splitFaces<T>(faces: readonly T[], random: Random): FaceSplit<T> {
  if (faces.length < fewestFaces) {
    return { training: faces, stopping: [], judging: [] };
  }
  const order = shuffled(faces, random);
  const share = Math.max(1, Math.floor(faces.length / 5));
  return { judging: order.slice(0, share), stopping: order.slice(share, 2 * share), training: order.slice(2 * share) };
}

/** How people who are no guests are shared: nobody is in two parts. */
export interface StrangerSplit<T> {
  readonly training: readonly T[];
  readonly stopping: readonly T[];
  /** For the tuned encoder's own statistics and thresholds. */
  readonly calibrating: readonly T[];
  readonly judging: readonly T[];
}

/** A fifth is tuned with (a tenth for training's end), half sets the thresholds, the rest counts false accepts. */
export function splitStrangers<T>(people: readonly T[], random: Random): StrangerSplit<T> {
  const order = shuffled(people, random);
  const at = (share: number): number => Math.round(share * people.length);
  return {
    training: order.slice(0, at(0.2)),
    stopping: order.slice(at(0.2), at(0.3)),
    calibrating: order.slice(at(0.3), at(0.8)),
    judging: order.slice(at(0.8)),
  };
}
