import type { EncoderJudgement } from '../../recognition/tuning/judgement.js';
import type { KeptGuest, TuneOutcome } from './tune-encoder.js';

/** One side of the comparison, by guests' names. */
export interface JudgedEncoder {
  readonly falseRejects: number;
  readonly falseAccepts: number;
  /** At ten and fifty times the promised rate. */
  readonly falseAcceptsLoose: readonly number[];
  /** Rows: who it was; columns: whom it was taken for. */
  readonly confusion: { readonly labels: readonly string[]; readonly counts: readonly (readonly number[])[] };
  readonly distances: { readonly guests: readonly number[]; readonly strangers: readonly number[] };
  readonly tau?: number;
}

/** What a tuning found: kept in the guest book and shown. */
export interface TuningReport {
  readonly promoted: boolean;
  readonly reason: string;
  readonly falseAcceptRate: number;
  readonly seconds: number;
  readonly memoryMb: number;
  readonly training: TuneOutcome['training'];
  readonly heldOut: { readonly looks: number };
  readonly strangers: TuneOutcome['strangers'];
  readonly before: JudgedEncoder;
  readonly after: JudgedEncoder;
  /** When it ended, ms since the epoch; put in by whoever keeps it. */
  readonly at?: number;
}

export function tuningReport(
  outcome: TuneOutcome,
  guests: readonly KeptGuest[],
  seconds: number,
  falseAcceptRate: number,
): TuningReport {
  const names = new Map(guests.map(({ id, name }) => [id, name]));
  const { before, after, promote, reason, training, strangers } = outcome;
  return {
    promoted: promote,
    reason,
    falseAcceptRate,
    seconds: Math.round(seconds),
    memoryMb: Math.round(process.memoryUsage().rss / 2 ** 20),
    training,
    heldOut: { looks: before.distances.guests.length },
    strangers,
    before: named(before, names),
    after: named(after, names),
  };
}

function named(judgement: EncoderJudgement, names: ReadonlyMap<string, string>): JudgedEncoder {
  const { confusion, tau, falseRejects, falseAccepts, falseAcceptsLoose, distances } = judgement;
  return {
    falseRejects,
    falseAccepts,
    falseAcceptsLoose,
    confusion: { labels: confusion.names.map((id) => names.get(id) ?? id), counts: confusion.counts },
    distances,
    ...(tau !== undefined && { tau }),
  };
}
