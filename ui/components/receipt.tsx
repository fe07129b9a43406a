import type { JSX } from 'preact';
import { ask, type Answer } from '../link.js';
import { texts } from '../texts.js';
import { useAnswer } from './loading.js';

type Visit = Answer<'visits'>['visits'][number];
const words = texts.history;

const distance = (value: number): string => value.toFixed(2);

/** Why a visit was decided as it was: the reasons, how near the nearest guests were, the signs of life. */
export function Receipt({ visit }: { visit: Visit }): JSX.Element | null {
  const { decision } = visit;
  // The list comes without receipts; this one is asked for when it is looked at.
  const [answer] = useAnswer(() => ask('visit', { id: visit.id }), visit.id);
  const receipt = answer.state === 'here' ? answer.value.visit?.receipt : undefined;
  if (decision === undefined) {
    return null;
  }
  const { identification, liveness, reasons } = decision;
  const { best, second, frames } = identification;
  const all = [...new Set([...reasons, ...identification.reasons, ...liveness.reasons])];
  return (
    <section aria-label={words.receipt}>
      <h3 class="h6">{words.reasons}</h3>
      <ul>
        {all.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
        {best !== undefined && (
          <li>{words.nearest(best.name, distance(best.distance), distance(best.tau), best.distance < best.tau)}</li>
        )}
        {second !== undefined && <li>{words.second(second.name, distance(second.distance))}</li>}
        <li>{words.life(words.liveness[liveness.state], liveness.blinks)}</li>
        {receipt !== undefined && <li>{words.frames(frames, (receipt.inputs.elapsed / 1000).toFixed(1))}</li>}
      </ul>
      {receipt !== undefined && Object.keys(receipt.versions).length > 0 && (
        <p>
          <small>
            {words.decidedBy(
              Object.entries(receipt.versions)
                .map(([what, version]) => `${what} ${version}`)
                .join(', '),
            )}
          </small>
        </p>
      )}
    </section>
  );
}
