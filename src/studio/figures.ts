import type { GuestBook } from '../guestbook/book.js';
import { unknownName, type Judgement } from '../recognition/metrics/confusion.js';
import type { Share } from '../recognition/metrics/intervals.js';
import type { Answer, Call } from '../ui-link/protocol.js';
import type { AccuracyFigures } from './accuracy.js';
import type { Studio } from './studio.js';

/** The household's own figures at a false accept rate: leave-one-out over the book, and visits that were labelled. */
export async function householdFigures(
  book: GuestBook,
  studio: Studio,
  falseAcceptRate: number,
  { progress, signal }: Pick<Call, 'progress' | 'signal'>,
): Promise<Answer<'accuracy'>> {
  const encoder = await studio.run('encoder', {}, { signal });
  const gallery = book.galleryFor(encoder);
  const figures = await studio.run(
    'accuracy',
    { gallery, falseAcceptRate },
    { signal, partial: (share) => progress({ done: Math.round(100 * share), total: 100, step: 'counting' }) },
  );
  const known = new Set(gallery.map(({ id }) => id));
  const labelled = await labelledVisits(book, known);
  return {
    encoder,
    falseAcceptRate,
    statement: statementOf(figures, labelled.length),
    confusion: confusionOf(figures, labelled),
    guests: figures.guests.map(({ id, name, tau, own, strangers }) => ({
      id,
      name,
      tau,
      own: [...own],
      strangers: [...strangers],
    })),
    falseNegative: rateOf(figures.falseNegative),
    falsePositive: rateOf(figures.falsePositive),
    lookalikes: figures.lookAlikes.map(({ first, second, distance }) => ({
      guestId: first.id,
      otherId: second.id,
      distance,
    })),
    harmful: figures.harmful.map(({ guestId, templateId, nearerTo }) => ({
      guestId,
      templateId,
      reason: `this one is nearer to ${nearerTo}`,
    })),
  };
}

/** Visits of which somebody has said who it was; those of people who are no guests any more are left out. */
async function labelledVisits(book: GuestBook, known: ReadonlySet<string>): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for await (const { label, decision } of book.allVisits()) {
    if (label === undefined || decision === undefined) {
      continue;
    }
    const actual = label.actualGuestId ?? unknownName;
    const predicted = decision.guest?.id ?? unknownName;
    if ([actual, predicted].every((id) => id === unknownName || known.has(id))) {
      judgements.push({ actual, predicted });
    }
  }
  return judgements;
}

function statementOf({ statement }: AccuracyFigures, labelled: number): string {
  if (labelled === 0) {
    return statement;
  }
  const visits = labelled === 1 ? 'One visit' : `${labelled} visits`;
  return `${statement} ${visits} that you labelled ${labelled === 1 ? 'counts' : 'count'} in the table too.`;
}

/** Rows: who it was; columns: whom it was taken for; guests in the book's order, "unknown" last. */
function confusionOf(
  { guests, judgements }: AccuracyFigures,
  labelled: readonly Judgement[],
): Answer<'accuracy'>['confusion'] {
  const ids = [...guests.map(({ id }) => id), unknownName];
  const counts = ids.map(() => ids.map(() => 0));
  for (const { actual, predicted } of [...judgements, ...labelled]) {
    const row = counts[ids.indexOf(actual)]!;
    const column = ids.indexOf(predicted);
    row[column] = row[column]! + 1;
  }
  return { labels: [...guests.map(({ name }) => name), 'unknown'], counts };
}

/** Nothing counted is no error yet: the interval says how little is known. */
const rateOf = ({ value, low, high, of }: Share): Answer<'accuracy'>['falseNegative'] => ({
  value: of === 0 ? 0 : value,
  low,
  high,
  trials: of,
});
