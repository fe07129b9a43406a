import type { Command } from 'commander';
import type { StoredVisit } from '../guestbook/types.js';
import type { Candidate, VisitDecision } from '../types.js';
import { decide } from '../visit/decision.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { moment } from './find-guest.js';
import { table } from './table.js';

/** `doorman explain VISIT`: why a visit was decided as it was, and whether it would be decided so again. */
export function registerExplain(program: Command, context: CliContext): void {
  program
    .command('explain')
    .description('say why a visit was decided as it was; without a visit, list the latest')
    .argument('[visit]', 'the visit’s id, or its beginning')
    .option('--json', 'as JSON')
    .action(async (wanted: string | undefined, { json }: { json?: true }) => {
      if (wanted === undefined) {
        const { visits } = await context.withBook((book) => book.visits({ limit: 20 }));
        console.log(visits.length === 0 ? 'No visit is kept.' : table(visits.map(line)));
        return;
      }
      const visit = await context.withBook(async (book) => {
        const exact = await book.visit(wanted);
        return exact ?? (await book.visits({ limit: 200 })).visits.find(({ id }) => id.startsWith(wanted));
      });
      if (visit === undefined) {
        throw new CliError(`There is no visit ${wanted} in the guest book (any more).`);
      }
      const full = (await context.withBook((book) => book.visit(visit.id))) ?? visit;
      const replay = replayDecision(full);
      console.log(json ? JSON.stringify({ ...full, replay }, undefined, 2) : explainVisit(full, replay));
      if (replay === 'different') {
        process.exitCode = 1;
      }
    });
}

/** Whether the stored inputs lead to the stored decision again. */
export function replayDecision(visit: StoredVisit): 'same' | 'different' | 'no receipt' {
  if (visit.receipt === undefined || visit.decision === undefined) {
    return 'no receipt';
  }
  const again = decide(visit.receipt.inputs);
  return again !== undefined && essence(again) === essence(visit.decision) ? 'same' : 'different';
}

/** What must be equal: whom, how sure, alive or not. */
function essence(decision: VisitDecision): string {
  const { outcome, guest, possiblyPhotoOf, verified, identification, liveness } = decision;
  return JSON.stringify([
    outcome,
    guest?.id,
    possiblyPhotoOf?.id,
    verified,
    identification.best?.distance,
    identification.confidence,
    liveness.state,
    liveness.score,
  ]);
}

/** The receipt in words. */
export function explainVisit(visit: StoredVisit, replay: ReturnType<typeof replayDecision>): string {
  const { decision, receipt, label } = visit;
  const lines = [[`Visit ${visit.id}`, `${moment(visit.startedAt)} at ${visit.doorbell}`]];
  if (decision === undefined) {
    return table([...lines, ['decision', 'none: the visit ended before anything could be said']]);
  }
  const { identification, liveness } = decision;
  lines.push(['decision', outcomeInWords(decision)]);
  decision.reasons.forEach((reason, at) => lines.push([at === 0 ? 'because' : '', reason]));
  lines.push(['nearest', candidateInWords(identification.best)], ['second', candidateInWords(identification.second)]);
  const { best, second } = identification;
  if (best !== undefined && second !== undefined) {
    lines.push(['margin', (second.distance - best.distance).toFixed(3)]);
  }
  lines.push(['frames', String(identification.frames)], ['confidence', percent(identification.confidence)]);
  lines.push(['liveness', `${liveness.state}, score ${liveness.score.toFixed(2)}, ${liveness.blinks} blinks`]);
  liveness.reasons.forEach((reason) => lines.push(['', reason]));
  if (visit.decidedAt !== undefined) {
    lines.push(['decided after', `${((visit.decidedAt - visit.startedAt) / 1000).toFixed(1)} s`]);
  }
  if (receipt !== undefined) {
    lines.push(['policy', receipt.inputs.policy]);
    Object.entries(receipt.versions).forEach(([name, version]) => lines.push([name, version]));
  }
  if (label !== undefined) {
    lines.push(['corrected', label.actualGuestId === null ? 'nobody known' : `really ${label.actualGuestId}`]);
  }
  lines.push(['replayed', replayInWords[replay]]);
  return table(lines);
}

const replayInWords = {
  same: 'the same decision',
  different: 'ANOTHER decision: this version of Doorman decides otherwise',
  'no receipt': 'not possible: no receipt was kept',
} as const;

function outcomeInWords({ outcome, guest, possiblyPhotoOf, verified }: VisitDecision): string {
  const photo = possiblyPhotoOf === undefined ? '' : `, possibly a photo of ${possiblyPhotoOf.name}`;
  return `${guest?.name ?? outcome}${verified ? ', verified' : ''}${photo}`;
}

function candidateInWords(candidate: Candidate | undefined): string {
  if (candidate === undefined) {
    return 'nobody';
  }
  const { name, distance, tau } = candidate;
  return `${name} at ${distance.toFixed(3)}, τ ${tau.toFixed(3)}: ${distance < tau ? 'near enough' : 'too far'}`;
}

function line({ id, startedAt, doorbell, decision }: StoredVisit): string[] {
  return [id, moment(startedAt), doorbell, decision === undefined ? 'undecided' : outcomeInWords(decision)];
}

function percent(value: number): string {
  return `${(100 * value).toFixed(0)} %`;
}
