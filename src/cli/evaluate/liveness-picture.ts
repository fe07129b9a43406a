import type { LivenessReport } from './liveness-report.js';

const WIDTH = 900;
const LEFT = 220;
const BAR = 420;
const LINE = 22;
const COLORS = { recall: '#2b6cb0', precision: '#90cdf4', attack: '#c53030' } as const;

interface Line {
  readonly label: string;
  readonly bars: readonly { readonly share: number; readonly color: string }[];
  readonly note: string;
}

/** The report as a picture (SVG): recall and precision of each detector and rate, then what each attack achieves. */
export function drawReport(report: LivenessReport): string {
  const blinkLines = report.blinks.map(({ detector, fps, rates }): Line => {
    const { recall = 0, precision = 0, falsePerMinute = 0 } = rates;
    return {
      label: `${detector}, ${fps === undefined ? 'every frame' : `${fps} fps`}`,
      bars: [
        { share: recall, color: COLORS.recall },
        { share: precision, color: COLORS.precision },
      ],
      note: `${recall.toFixed(2)} / ${precision.toFixed(2)}, ${falsePerMinute.toFixed(1)} false a minute`,
    };
  });
  const attackLines = report.attacks.map(({ kind, clips, apcerRequire }): Line => ({
    label: kind,
    bars: [{ share: apcerRequire, color: COLORS.attack }],
    note: `${(100 * apcerRequire).toFixed(1)} % of ${clips}`,
  }));
  const parts: string[] = [];
  let y = 34;
  const section = (title: string, lines: readonly Line[]): void => {
    parts.push(`<text x="16" y="${y}" font-size="15" font-weight="bold">${escapeXml(title)}</text>`);
    y += 14;
    for (const line of lines) {
      parts.push(drawLine(line, y));
      y += LINE;
    }
    y += 34;
  };
  section('Blinks: recall (dark) and precision (light)', blinkLines);
  section('Attacks: share to which a name would be told under "require"', attackLines);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" font-family="DejaVu Sans, sans-serif" font-size="12">` +
    `<rect width="100%" height="100%" fill="white"/>${parts.join('')}</svg>\n`
  );
}

function drawLine({ label, bars, note }: Line, y: number): string {
  const height = (LINE - 6) / bars.length;
  const drawn = bars.map(
    ({ share, color }, i) =>
      `<rect x="${LEFT}" y="${(y + i * height).toFixed(1)}" width="${(share * BAR).toFixed(1)}" height="${height.toFixed(1)}" fill="${color}"/>`,
  );
  const base = y + LINE - 10;
  return (
    `<rect x="${LEFT}" y="${y}" width="${BAR}" height="${LINE - 6}" fill="#edf2f7"/>${drawn.join('')}` +
    `<text x="${LEFT - 8}" y="${base}" text-anchor="end">${escapeXml(label)}</text>` +
    `<text x="${LEFT + BAR + 8}" y="${base}">${escapeXml(note)}</text>`
  );
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
