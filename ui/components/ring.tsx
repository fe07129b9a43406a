import type { JSX } from 'preact';
import { texts } from '../texts.js';

const CENTRE = 60;
const OUTER = 46;
/** Half of an arc's angle, radians: a gap remains between two of them. */
const HALF = Math.PI / 4 - 0.07;

/** Where each direction's arc lies; as in a mirror, the guest's left is on the left. */
const directions: Readonly<Record<string, number>> = {
  right: 0,
  down: Math.PI / 2,
  left: Math.PI,
  up: -Math.PI / 2,
};

/**
 * A ring that fills as poses are covered: an arc on the side to which the guest looks, the middle for looking straight
 * and an eye for the blink. The pose that is asked for now is marked.
 */
export function Ring({ coverage }: { coverage: readonly { pose: string; covered: boolean }[] }): JSX.Element {
  const covered = coverage.filter((each) => each.covered).length;
  const wanted = coverage.find((each) => !each.covered)?.pose;
  const classOf = (pose: string): string =>
    coverage.some((each) => each.pose === pose && each.covered)
      ? 'doorman-arc doorman-arc-done'
      : `doorman-arc${pose === wanted ? ' doorman-arc-wanted' : ''}`;
  return (
    <svg class="doorman-ring" viewBox="0 0 120 120" role="img" aria-label={texts.enrol.ring(covered, coverage.length)}>
      {Object.entries(directions).map(([pose, angle]) => (
        <path key={pose} d={arc(angle - HALF, angle + HALF)} class={classOf(pose)} />
      ))}
      <circle cx={CENTRE} cy={CENTRE} r="31" class={`doorman-arc-middle ${classOf('straight')}`} />
      <text x={CENTRE} y={CENTRE} text-anchor="middle" class="doorman-ring-text">
        {`${covered}/${coverage.length}`}
      </text>
      <g class={`doorman-eye ${classOf('blink')}`} transform={`translate(${CENTRE} ${CENTRE + 13})`}>
        <path d="M -9 0 Q 0 -8 9 0 Q 0 8 -9 0 Z" />
        <circle r="2.5" />
      </g>
    </svg>
  );
}

/** The poses by name, for those whom the ring does not tell enough. */
export function RingLegend({ coverage }: { coverage: readonly { pose: string; covered: boolean }[] }): JSX.Element {
  const names: Readonly<Record<string, string>> = { ...texts.guests.poses, blink: texts.enrol.blink };
  return (
    <ul class="doorman-poses">
      {coverage.map(({ pose, covered }) => (
        <li key={pose} class={`doorman-pose${covered ? ' doorman-pose-covered' : ''}`}>
          <span aria-hidden="true">{covered ? '✓ ' : ''}</span>
          {names[pose] ?? pose}
          <span class="visually-hidden">{covered ? `: ${texts.enrol.covered}` : `: ${texts.enrol.notCovered}`}</span>
        </li>
      ))}
    </ul>
  );
}

function arc(from: number, to: number): string {
  const at = (angle: number): string =>
    `${(CENTRE + OUTER * Math.cos(angle)).toFixed(2)} ${(CENTRE + OUTER * Math.sin(angle)).toFixed(2)}`;
  return `M ${at(from)} A ${OUTER} ${OUTER} 0 0 1 ${at(to)}`;
}
