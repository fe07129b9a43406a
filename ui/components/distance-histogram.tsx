import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { texts } from '../texts.js';
import { binned } from './bins.js';

const words = texts.accuracy;
const BINS = 24;
const WIDTH = 280;
const HEIGHT = 130;
const FOOT = 22;
const TICKS = 4;

/** A guest's own faces and strangers by their distance from the guest's mean, with the threshold τ drawn in. */
export function DistanceHistogram(props: {
  name: string;
  own: readonly number[];
  strangers: readonly number[];
  tau: number;
}): JSX.Element {
  const { name, own, strangers, tau } = props;
  const pattern = useId().replace(/\W/g, '');
  const { from, width, shares } = binned([strangers, own], [tau], BINS);
  const highest = Math.max(0.01, ...shares.flat());
  const x = (distance: number): number => ((distance - from) / (width * BINS)) * WIDTH;
  const bar = WIDTH / BINS;
  const below = own.filter((distance) => distance < tau).length;
  const above = strangers.filter((distance) => distance >= tau).length;
  return (
    <figure class="mb-0">
      <h3 class="h6 text-break">{name}</h3>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT + FOOT}`}
        class="doorman-histogram"
        role="img"
        aria-label={words.histogramOf(name, own.length, strangers.length, tau.toFixed(2))}
      >
        <defs>
          <pattern id={pattern} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" y1="0" x2="0" y2="6" stroke="#d2552d" stroke-width="4" />
          </pattern>
        </defs>
        {shares.map((sample, which) =>
          sample.map((share, at) => {
            const height = (share / highest) * (HEIGHT - 14);
            return (
              share > 0 && (
                <rect
                  key={`${which} ${at}`}
                  x={at * bar + 0.5}
                  y={HEIGHT - height}
                  width={bar - 1}
                  height={height}
                  fill={which === 0 ? `url(#${pattern})` : '#2277cc'}
                  fill-opacity={which === 0 ? 1 : 0.85}
                />
              )
            );
          }),
        )}
        <line x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} class="doorman-axis" />
        {Array.from({ length: TICKS + 1 }, (_, tick) => {
          const distance = from + (width * BINS * tick) / TICKS;
          const anchor = tick === 0 ? 'start' : tick === TICKS ? 'end' : 'middle';
          return (
            <text key={tick} x={x(distance)} y={HEIGHT + 15} text-anchor={anchor} class="doorman-tick">
              {distance.toFixed(2)}
            </text>
          );
        })}
        <line x1={x(tau)} y1="12" x2={x(tau)} y2={HEIGHT} class="doorman-tau" />
        <text x={x(tau)} y="10" text-anchor="middle" class="doorman-tick">
          {`τ ${tau.toFixed(2)}`}
        </text>
      </svg>
      <figcaption>
        <small>{words.ownBelow(name, below, own.length, above, strangers.length)}</small>
      </figcaption>
    </figure>
  );
}
