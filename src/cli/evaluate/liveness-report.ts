import type { AttackKind } from './liveness-attacks.js';
import type { BlinkRates, BlinkScore } from './liveness-blinks.js';
import type { ClipVerdict } from './liveness-verdicts.js';
import type { BlinkVisitRow, StayRow } from './liveness-visits.js';
import { table } from '../table.js';

/** One detector at one frame rate. */
export interface BlinkRow {
  readonly detector: string;
  /** Frames a second; undefined: every frame. */
  readonly fps?: number;
  readonly rates: BlinkRates;
}

/** ISO/IEC 30107-3 figures of one attack kind: the share of attacks that got a name told. */
export interface AttackRow {
  readonly kind: AttackKind | 'all photos' | 'video replay';
  readonly fps: number;
  readonly clips: number;
  readonly apcerRequire: number;
  readonly apcerStrict: number;
  readonly judgedSpoof: number;
}

export interface LivenessReport {
  /** The one frame rate at which everything was judged; by default the clips' own, and those the rows name. */
  readonly fps?: number;
  readonly blinks: readonly BlinkRow[];
  /** Where our detector was wrong, by clip, as frames of the clip. */
  readonly blinkFaults: Readonly<Record<string, Pick<BlinkScore, 'missed' | 'wrong'>>>;
  readonly genuine: {
    readonly clips: readonly ClipVerdict[];
    /** Living visitors judged spoof. */
    readonly bpcer: number;
    readonly undecided: number;
    /** Stays of several lengths, at several frame rates. */
    readonly stays: readonly StayRow[];
    /** Visits with a labelled blink, at several frame rates. */
    readonly blinkVisits: readonly BlinkVisitRow[];
  };
  readonly attacks: readonly AttackRow[];
  /** Clips whose judgement changed under a phone's night mode, of all that were judged twice. */
  readonly nightMode?: { readonly changed: readonly string[]; readonly clips: number };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const figure = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2));
const rateOf = ({ fps }: LivenessReport): string => (fps === undefined ? 'full rate' : `${fps} fps`);
const rateName = (fps: number | undefined): string => (fps === undefined ? 'full' : String(fps));

/** The report as text for a terminal. */
export function formatReport(report: LivenessReport): string {
  const { genuine } = report;
  const faults = Object.entries(report.blinkFaults)
    .filter(([, { missed, wrong }]) => missed.length + wrong.length > 0)
    .map(([clip, { missed, wrong }]) => [clip, frames(missed), frames(wrong)]);
  const parts = [
    'Blinks',
    table([
      ['detector', 'fps', 'recall', 'precision', 'false/min'],
      ...report.blinks.map(({ detector, fps, rates }) => [
        detector,
        rateName(fps),
        figure(rates.recall),
        figure(rates.precision),
        figure(rates.falsePerMinute),
      ]),
    ]),
    ...(faults.length > 0
      ? [
          '',
          `Labelled blinks missed and blinks told wrongly (frames of the clip, judged at ${rateOf(report)})`,
          table([['clip', 'missed', 'wrong'], ...faults]),
        ]
      : []),
    '',
    `Living visitors, judged at ${rateOf(report)}`,
    table([
      ['clip', 'judged', 'live after', 'because'],
      ...genuine.clips.map(({ name, final, liveAt }) => [
        name,
        final.state,
        liveAt === undefined ? '–' : `${(liveAt / 1000).toFixed(1)} s`,
        final.reasons.join('; '),
      ]),
    ]),
    `BPCER (judged spoof) ${percent(genuine.bpcer)}, undecided ${percent(genuine.undecided)}`,
    '',
    'Stays of living visitors, as judged at their end',
    table([
      ['stay', 'fps', 'visits', 'of clips', 'live', 'undecided', 'spoof'],
      ...genuine.stays.map(({ seconds, fps, visits, clips, shares }) => [
        `${seconds} s`,
        String(fps),
        String(visits),
        String(clips),
        percent(shares.live),
        percent(shares.undecided),
        percent(shares.spoof),
      ]),
    ]),
    '',
    'Visits with a blink: live within 1 s of its end',
    table([
      ['fps', 'visits', 'live'],
      ...genuine.blinkVisits.map(({ fps, visits, live }) => [
        rateName(fps),
        String(visits),
        visits === 0 ? '–' : percent(live / visits),
      ]),
    ]),
  ];
  if (report.attacks.length > 0) {
    parts.push(
      '',
      'Attacks (APCER: a name would be told)',
      table([
        ['kind', 'fps', 'clips', 'APCER require', 'APCER strict', 'judged spoof'],
        ...report.attacks.map((row) => [
          row.kind,
          String(row.fps),
          String(row.clips),
          percent(row.apcerRequire),
          percent(row.apcerStrict),
          percent(row.judgedSpoof),
        ]),
      ]),
    );
  }
  if (report.nightMode !== undefined) {
    const { changed, clips } = report.nightMode;
    parts.push(
      '',
      `Night mode changes the judgement of ${changed.length} of ${clips} clips: ${changed.join(', ') || 'none'}`,
    );
  }
  return parts.join('\n');
}

function frames(intervals: readonly (readonly [number, number])[]): string {
  return intervals.map(([first, last]) => `${first}–${last}`).join(', ') || '–';
}
