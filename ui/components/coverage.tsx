import type { JSX } from 'preact';
import { texts } from '../texts.js';

type PoseName = keyof typeof texts.guests.poses;
export const poseNames: readonly PoseName[] = ['straight', 'left', 'right', 'up', 'down'];

/** A face turned or tilted by more than this counts as a look of its own, in radians; as in a guided enrolment. */
const TURNED = 0.2;
const TILTED = 0.12;

interface Looked {
  readonly pose?: { readonly yaw: number; readonly pitch: number } | undefined;
}

/**
 * Which ways a guest's enrolled faces look; left and right are the guest's own. How the head is held when it looks
 * straight ahead depends on how high the camera hangs: up and down are counted from the guest's own middle.
 */
export function coverageOf(faces: readonly Looked[]): ReadonlySet<PoseName> {
  const poses = faces.flatMap(({ pose }) => (pose === undefined ? [] : [pose]));
  const rest = median(poses.filter(({ yaw }) => Math.abs(yaw) < TURNED).map(({ pitch }) => pitch));
  const covered = new Set<PoseName>();
  for (const { yaw, pitch } of poses) {
    if (Math.abs(yaw) >= TURNED) {
      // Positive yaw is towards the picture's right, which is the guest's left.
      covered.add(yaw > 0 ? 'left' : 'right');
    } else if (Math.abs(pitch - rest) >= TILTED) {
      covered.add(pitch > rest ? 'up' : 'down');
    } else {
      covered.add('straight');
    }
  }
  return covered;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** The poses as a row of badges, and in words for those who do not see them. */
export function Coverage({ covered }: { covered: ReadonlySet<PoseName> }): JSX.Element {
  const names = (wanted: boolean): string[] =>
    poseNames.filter((pose) => covered.has(pose) === wanted).map((pose) => texts.guests.poses[pose]);
  return (
    <div class="doorman-poses mb-1" role="img" aria-label={texts.guests.coverageWords(names(true), names(false))}>
      {poseNames.map((pose) => (
        <span key={pose} class={`doorman-pose${covered.has(pose) ? ' doorman-pose-covered' : ''}`} aria-hidden="true">
          {covered.has(pose) ? '✓ ' : ''}
          {texts.guests.poses[pose]}
        </span>
      ))}
    </div>
  );
}
