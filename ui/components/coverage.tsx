import type { JSX } from 'preact';
import { texts } from '../texts.js';

type PoseName = keyof typeof texts.guests.poses;
export const poseNames: readonly PoseName[] = ['straight', 'left', 'right', 'up', 'down'];

/** A face turned by more than this counts as a look to the side, in radians. */
const ASIDE = 0.2;
const UP_OR_DOWN = 0.17;

interface Looked {
  readonly pose?: { readonly yaw: number; readonly pitch: number } | undefined;
}

/** Which ways a guest's enrolled faces look. Positive yaw is towards the picture's right, positive pitch up. */
export function coverageOf(faces: readonly Looked[]): ReadonlySet<PoseName> {
  const covered = new Set<PoseName>();
  for (const { pose } of faces) {
    if (pose === undefined) {
      continue;
    }
    const { yaw, pitch } = pose;
    if (Math.abs(yaw) < ASIDE && Math.abs(pitch) < UP_OR_DOWN) {
      covered.add('straight');
    }
    if (Math.abs(yaw) >= ASIDE) {
      covered.add(yaw > 0 ? 'right' : 'left');
    }
    if (Math.abs(pitch) >= UP_OR_DOWN) {
      covered.add(pitch > 0 ? 'up' : 'down');
    }
  }
  return covered;
}

/** The poses as a row of badges, and in words for those who do not see them. */
export function Coverage({ covered }: { covered: ReadonlySet<PoseName> }): JSX.Element {
  const names = (wanted: boolean): string[] =>
    poseNames.filter((pose) => covered.has(pose) === wanted).map((pose) => texts.guests.poses[pose]);
  return (
    <div class="mb-1" role="img" aria-label={texts.guests.coverageWords(names(true), names(false))}>
      {poseNames.map((pose) => (
        <span key={pose} class={`doorman-pose${covered.has(pose) ? ' doorman-pose-covered' : ''}`} aria-hidden="true">
          {covered.has(pose) ? '✓ ' : ''}
          {texts.guests.poses[pose]}
        </span>
      ))}
    </div>
  );
}
