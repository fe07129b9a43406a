import type { Sample } from './sample.js';

interface Panel {
  readonly title: string;
  readonly lines: readonly (readonly [label: string, key: keyof Sample, colour: string])[];
}

const panels: readonly Panel[] = [
  {
    title: 'Memory, MB (after garbage collection)',
    lines: [
      ['resident', 'rss', '#1f5fbf'],
      ['heaps of all threads', 'heap', '#c2571a'],
      ['external', 'external', '#2c8a4b'],
    ],
  },
  {
    title: 'What is open',
    lines: [
      ['file descriptors', 'descriptors', '#1f5fbf'],
      ['handles of all threads', 'handles', '#c2571a'],
      ['inference sessions', 'sessions', '#2c8a4b'],
      ['child processes', 'children', '#8a2c7d'],
    ],
  },
  { title: 'Longest delay of the main thread, ms', lines: [['delay', 'loopMax', '#1f5fbf']] },
];

const WIDTH = 860;
const PANEL = 190;
const LEFT = 60;
const RIGHT = 190;
const TOP = 34;
const BOTTOM = 26;

/** The samples over time, as an SVG picture: a panel per unit, the house's days below. */
export function figure(samples: readonly Sample[], caption: string): string {
  const height = panels.length * PANEL + 60;
  const drawn = panels.map((panel, at) => `<g transform="translate(0 ${30 + at * PANEL})">${draw(panel, samples)}</g>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${LEFT}" y="20" font-size="14">${escape(caption)}</text>`,
    ...drawn,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${height - 10}" text-anchor="middle">days on the house’s clock</text>`,
    '</svg>\n',
  ].join('\n');
}

function draw({ title, lines }: Panel, samples: readonly Sample[]): string {
  const end = Math.max(1, ...samples.map(({ days }) => days));
  const most = niceAbove(Math.max(1, ...lines.flatMap(([, key]) => samples.map((sample) => sample[key]))));
  const x = (day: number): number => LEFT + (day / end) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => PANEL - BOTTOM - (value / most) * (PANEL - TOP - BOTTOM);
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share * most)}" y2="${y(share * most)}" stroke="#ddd"/>`,
    `<text x="${LEFT - 6}" y="${y(share * most) + 4}" text-anchor="end">${+(share * most).toFixed(2)}</text>`,
    `<text x="${x(share * end)}" y="${PANEL - BOTTOM + 16}" text-anchor="middle">${(share * end).toFixed(0)}</text>`,
  ]);
  const curves = lines.flatMap(([label, key, colour], at) => {
    const points = samples.map((sample) => `${x(sample.days).toFixed(1)},${y(sample[key]).toFixed(1)}`);
    const last = samples.at(-1)?.[key] ?? 0;
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.join(' ')}"/>`,
      `<text x="${WIDTH - RIGHT + 10}" y="${TOP + 12 + at * 16}" fill="${colour}">${label}: ${last.toFixed(0)}</text>`,
    ];
  });
  return [`<text x="${LEFT}" y="${TOP - 10}" font-weight="bold">${title}</text>`, ...grid, ...curves].join('\n');
}

/** The next round number. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 4, 5, 8, 10].find((step) => step * power >= value)!;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
