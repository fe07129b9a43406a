import type { JSX } from 'preact';
import { texts } from '../texts.js';
import type { Go } from '../places.js';
import { Notice } from './basic.js';

const words = texts.enrol;

/** How an enrolment ended. */
export interface Enrolled {
  readonly templates: number;
  readonly warnings: readonly string[];
}

export function Outcome(props: {
  person: { readonly id: string; readonly name: string };
  enrolled: Enrolled;
  go: Go;
}): JSX.Element {
  const { person, enrolled, go } = props;
  return (
    <>
      <Notice kind="success">{words.done(person.name, enrolled.templates)}</Notice>
      {enrolled.warnings.length > 0 && (
        <Notice kind="warning">
          <ul class="mb-0">
            {enrolled.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      )}
      {enrolled.templates < 5 && <p>{words.advice}</p>}
      <div class="d-flex flex-wrap gap-2">
        <button type="button" class="btn btn-primary" onClick={() => go({ page: 'guests', guest: person.id })}>
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
            <strong>{look.taken ? `✓ ${words.taken}` : `✗ ${words.refused}`}</strong>
            {look.quality !== undefined && `, ${words.quality.toLowerCase()} ${Math.round(look.quality * 100)}`}
            {look.reason !== undefined && `: ${look.reason}`}
            <small class="d-block">{look.source}</small>
          </span>
        </li>
      ))}
    </ul>
  );
}
