import type { JSX } from 'preact';
import { texts } from '../texts.js';

const RADIUS = 44;
const CENTRE = 60;
/** Gap between two arcs, radians. */
const GAP = 0.08;

/** A ring that fills as poses are covered: one arc each. */
export function Ring({ coverage }: { coverage: readonly { pose: string; covered: boolean }[] }): JSX.Element {
  const covered = coverage.filter((each) => each.covered).length;
  const step = (2 * Math.PI) / Math.max(1, coverage.length);
  const label = [
    texts.enrol.ring(covered, coverage.length),
    ...coverage.map((each) => `${each.pose} ${each.covered ? '✓' : '–'}`),
  ].join(', ');
  return (
    <svg class="doorman-ring" viewBox="0 0 120 120" role="img" aria-label={label}>
      {coverage.map(({ pose, covered: done }, index) => (
        <path
          key={pose}
          d={arc(index * step - Math.PI / 2 + GAP / 2, (index + 1) * step - Math.PI / 2 - GAP / 2)}
          class={done ? 'doorman-arc-done' : 'doorman-arc'}
        />
      ))}
      <text x={CENTRE} y={CENTRE + 7} text-anchor="middle" class="doorman-ring-text">
        {`${covered}/${coverage.length}`}
      </text>
    </svg>
  );
}

function arc(from: number, to: number): string {
  // A whole circle has no direction: the two ends would be one point.
  const end = Math.min(to, from + 2 * Math.PI - 0.01);
  const at = (angle: number): string =>
    `${(CENTRE + RADIUS * Math.cos(angle)).toFixed(2)} ${(CENTRE + RADIUS * Math.sin(angle)).toFixed(2)}`;
  return `M ${at(from)} A ${RADIUS} ${RADIUS} 0 ${end - from > Math.PI ? 1 : 0} 1 ${at(end)}`;
}
