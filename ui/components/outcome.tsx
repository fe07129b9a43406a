import type { JSX } from 'preact';
import { ask } from '../link.js';
import type { Go } from '../places.js';
import { configuredDoorbells } from '../settings.js';
import { texts } from '../texts.js';
import { Arrival, Notice } from './basic.js';
import { useAnswer } from './loading.js';

const words = texts.enrol;
/** With fewer faces more pictures are advised. */
export const ENOUGH = 5;

/** How an enrolment ended. */
export interface Enrolled {
  readonly templates: number;
  readonly warnings: readonly string[];
}

/** It is done: what happens from now on, and what one may do next. */
export function Outcome(props: {
  person: { readonly id: string; readonly name: string };
  enrolled: Enrolled;
  go: Go;
  onAnother: () => void;
}): JSX.Element {
  const { person, enrolled, go, onAnother } = props;
  const [status] = useAnswer(() => ask('status', {}), 'status');
  const [doorbells] = useAnswer(configuredDoorbells, 'doorbells');
  const cameraMissing = doorbells.state === 'here' && doorbells.value.length === 0;
  const failed = status.state === 'here' && status.value.training.state === 'failed';
  return (
    <>
      <section class="doorman-done card card-body mb-3">
        <span class="doorman-done-mark" aria-hidden="true">
          ✓
        </span>
        <div>
          <Arrival>{words.done(person.name, enrolled.templates)}</Arrival>
          <p class="mb-0">{failed ? words.notLearnt : words.fromNowOn(person.name)}</p>
        </div>
      </section>
      {enrolled.warnings.length > 0 && (
        <Notice kind="warning">
          <ul class="mb-0">
            {enrolled.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      )}
      <h3 class="h6">{words.next}</h3>
      <ul>
        {cameraMissing && <li>{texts.faults.notConfigured}</li>}
        {enrolled.templates < ENOUGH && <li>{words.advice}</li>}
        <li>{words.nextNotify(person.name)}</li>
        <li>{words.nextTry(person.name)}</li>
      </ul>
      <div class="d-flex flex-wrap gap-2">
        <button type="button" class="btn btn-primary" onClick={onAnother}>
          {words.another}
        </button>
        <button type="button" class="btn btn-secondary" onClick={() => go({ page: 'guests', guest: person.id })}>
          {texts.guests.open(person.name)}
        </button>
        <button type="button" class="btn btn-secondary" onClick={() => go({ page: 'guests' })}>
          {words.toGuests}
        </button>
      </div>
    </>
  );
}

/** One look at a face that was offered: taken, or why not. */
export interface Look {
  readonly source: string;
  readonly taken: boolean;
  readonly quality?: number | undefined;
  readonly reason?: string | undefined;
  readonly picture?: string | undefined;
}

/** Faces that were looked at, newest first when live. */
export function Looks({ looks, label }: { looks: readonly Look[]; label: string }): JSX.Element {
  return (
    <ul class="doorman-looks" aria-label={label}>
      {looks.map((look, index) => (
        <li key={`${look.source} ${index}`} class="d-flex gap-2 mb-2 align-items-center">
          {look.picture === undefined ? (
            <div class="doorman-picture doorman-picture-none doorman-look" />
          ) : (
            <img
              class="doorman-picture doorman-look"
              src={`data:image/jpeg;base64,${look.picture}`}
              alt={`${words.picture} ${look.source}`}
            />
          )}
          <span class="text-break">
            <strong class={look.taken ? 'doorman-good' : 'doorman-bad'}>
              {look.taken ? `✓ ${words.taken}` : `✗ ${words.refused}`}
            </strong>
            {look.quality !== undefined && `, ${words.quality.toLowerCase()} ${Math.round(look.quality * 100)}`}
            {look.reason !== undefined && `: ${look.reason}`}
            <small class="d-block">{look.source}</small>
          </span>
        </li>
      ))}
    </ul>
  );
}
