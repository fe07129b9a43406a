/** One group of distances in a histogram. */
export interface HistogramSeries {
  readonly label: string;
  readonly colour: string;
  readonly values: readonly number[];
}

const width = 760;
const height = 380;
const left = 50;
const bottom = 40;
const bins = 60;

/** Histogram of distances from the nearest guest's mean, each series to its own sum, with τ as a line; SVG text. */
export function distanceHistogram(title: string, series: readonly HistogramSeries[], tau: number | undefined): string {
  const largest = Math.max(0.1, tau ?? 0, ...series.flatMap(({ values }) => values.filter(Number.isFinite))) * 1.05;
  const x = (value: number): number => left + (value / largest) * (width - left - 20);
  const shares = series.map(({ values }) => {
    const counts = Array.from({ length: bins }, () => 0);
    for (const value of values) {
      const bin = Math.min(bins - 1, Math.floor((value / largest) * bins));
      counts[bin] = (counts[bin] ?? 0) + 1 / values.length;
    }
    return counts;
  });
  const top = Math.max(0.01, ...shares.flat());
  const y = (share: number): number => height - bottom - (share / top) * (height - bottom - 60);
  const bars = series.map(({ colour }, index) =>
    shares[index]!.map((share, bin) => {
      const from = x((bin * largest) / bins);
      const to = x(((bin + 1) * largest) / bins);
      const [wide, high] = [(to - from).toFixed(1), (height - bottom - y(share)).toFixed(1)];
      const box = `x="${from.toFixed(1)}" y="${y(share).toFixed(1)}" width="${wide}" height="${high}"`;
      return `<rect ${box} fill="${colour}" fill-opacity="0.55"/>`;
    }).join(''),
  );
  const ticks = Array.from({ length: Math.floor(largest / 0.1) + 1 }, (_, i) => i / 10).map(
    (value) => `<text x="${x(value).toFixed(1)}" y="${height - 20}" text-anchor="middle">${value.toFixed(1)}</text>`,
  );
  const legend = series.flatMap(({ label, colour, values }, i) => [
    `<rect x="${left + 10 + i * 220}" y="34" width="12" height="12" fill="${colour}"/>`,
    `<text x="${left + 28 + i * 220}" y="45">${escapeText(label)} (${values.length})</text>`,
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${left}" y="22" font-size="15">${escapeText(title)}</text>`,
    ...bars,
    `<line x1="${left}" x2="${width - 20}" y1="${height - bottom}" y2="${height - bottom}" stroke="black"/>`,
    ...ticks,
    ...legend,
    ...(tau === undefined ? [] : tauLine(x(tau), tau)),
    `<text x="${width / 2}" y="${height - 4}" text-anchor="middle">distance from the nearest guest’s mean</text>`,
    '</svg>\n',
  ].join('');
}

function tauLine(at: number, tau: number): string[] {
  const ends = `x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="55" y2="${height - bottom}"`;
  return [
    `<line ${ends} stroke="#b00020" stroke-width="2"/>`,
    `<text x="${(at + 4).toFixed(1)}" y="66" fill="#b00020">τ = ${tau.toFixed(3)}</text>`,
  ];
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
