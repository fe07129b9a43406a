import { axisX, axisY, binX, plot, rectY, ruleX, ruleY, text, type RectYOptions } from '@observablehq/plot';
import type { JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { texts } from '../texts.js';

const words = texts.accuracy;
const BINS = 30;
/** px; the picture is scaled to its place. */
const WIDTH = 340;
const HEIGHT = 210;

interface Distances {
  readonly name: string;
  readonly own: readonly number[];
  readonly strangers: readonly number[];
  readonly tau: number;
}

/** A guest's own faces and strangers by their distance from the guest's mean, with the threshold τ drawn in. */
export function DistanceHistogram(distances: Distances): JSX.Element {
  const { name, own, strangers, tau } = distances;
  const place = useRef<HTMLDivElement>(null);
  const hatching = useId().replace(/\W/g, '');
  useEffect(() => {
    place.current?.replaceChildren(drawn(distances, hatching));
  }, [own, strangers, tau, hatching]);
  const below = own.filter((distance) => distance < tau).length;
  const above = strangers.filter((distance) => distance >= tau).length;
  return (
    <figure class="card card-body mb-0">
      <h3 class="h6 text-break">{name}</h3>
      <svg width="0" height="0" class="position-absolute" aria-hidden="true">
        <Hatching id={hatching} />
      </svg>
      <div
        class="doorman-histogram"
        ref={place}
        role="img"
        aria-label={words.histogramOf(name, own.length, strangers.length, tau.toFixed(2))}
      />
      <figcaption class="mt-2">
        <small>{words.ownBelow(name, below, own.length, above, strangers.length)}</small>
      </figcaption>
    </figure>
  );
}

/** What the colours and the line mean, once for all histograms. */
export function HistogramLegend(): JSX.Element {
  const hatching = useId().replace(/\W/g, '');
  return (
    <ul class="doorman-legend" aria-label={words.legend}>
      <li>
        <svg width="22" height="14" aria-hidden="true">
          <rect width="22" height="14" class="doorman-own" />
        </svg>
        {words.own}
      </li>
      <li>
        <svg width="22" height="14" aria-hidden="true">
          <Hatching id={hatching} />
          <rect width="22" height="14" fill={`url(#${hatching})`} />
        </svg>
        {words.strangers}
      </li>
      <li>
        <svg width="22" height="14" aria-hidden="true">
          <line x1="11" y1="0" x2="11" y2="14" class="doorman-tau" />
        </svg>
        {words.tau}
      </li>
    </ul>
  );
}

/** Told apart without colours too. */
function Hatching({ id }: { id: string }): JSX.Element {
  return (
    <defs>
      <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" class="doorman-strangers-ground" />
        <line x1="0" y1="0" x2="0" y2="5" class="doorman-strangers" />
      </pattern>
    </defs>
  );
}

function drawn({ own, strangers, tau }: Distances, hatching: string): Element {
  const samples = [
    ...strangers.map((distance) => ({ distance, share: 1 / strangers.length, whose: 'strangers' })),
    ...own.map((distance) => ({ distance, share: 1 / own.length, whose: 'own' })),
  ];
  const end = Math.max(tau, ...own, ...strangers) * 1.04;
  // The same bins for both, or their shares could not be compared.
  const thresholds = Array.from({ length: BINS + 1 }, (_, at) => (end * at) / BINS);
  const bars = (whose: string, fill: string, className: string) =>
    rectY(
      samples.filter((sample) => sample.whose === whose),
      binX<RectYOptions>({ y: 'sum' }, { x: 'distance', y: 'share', thresholds, fill, className, inset: 0.5 }),
    );
  const picture = plot({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 46,
    marginRight: 12,
    marginTop: 24,
    marginBottom: 38,
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    x: { domain: [0, end] },
    y: { percent: true, nice: true },
    marks: [
      axisX({ label: words.axisDistance, ticks: 6, labelArrow: 'none', labelAnchor: 'center' }),
      axisY({ label: words.axisShare, ticks: 4, labelArrow: 'none', tickSize: 0 }),
      bars('strangers', `url(#${hatching})`, 'doorman-bars-strangers'),
      bars('own', 'currentColor', 'doorman-bars-own'),
      ruleY([0]),
      ruleX([tau], { className: 'doorman-tau' }),
      text([tau], {
        x: (value: number) => value,
        frameAnchor: 'top',
        dy: -14,
        text: () => `τ ${tau.toFixed(2)}`,
        className: 'doorman-tau-text',
      }),
    ],
  });
  // What it says stands in the label of the place that it is drawn in; Plot's own labels name its parts.
  picture.querySelectorAll('[aria-label]').forEach((part) => part.removeAttribute('aria-label'));
  return picture;
}
