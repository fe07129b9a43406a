import type { JSX } from 'preact';
import { texts } from '../texts.js';
import { Field, Tick } from './basic.js';

/** A consent as it stands in the form. */
export interface ConsentDraft {
  readonly given: boolean;
  readonly by: string;
  /** YYYY-MM-DD or empty. */
  readonly until: string;
}

export const noConsent: ConsentDraft = { given: false, by: '', until: '' };

/** The end of a day that an input of type date gives, ms since the epoch. */
const endOf = (day: string): number => new Date(`${day}T23:59:59`).getTime();

export interface ConsentFaults {
  readonly given?: string;
  readonly until?: string;
}

/** Why a consent cannot be recorded as it stands, in words; undefined when it can. */
export function consentFaults({ given, until }: ConsentDraft, now = Date.now()): ConsentFaults | undefined {
  if (!given) {
    return { given: texts.consent.missing };
  }
  return until !== '' && !(endOf(until) > now) ? { until: texts.consent.untilPast } : undefined;
}

/** What is written into the guest book. */
export function recordConsent({ by, until }: ConsentDraft, name: string, at = Date.now()) {
  return {
    by: by.trim() === '' ? name.trim() : by.trim(),
    purpose: texts.consent.purpose,
    at,
    ...(until !== '' && { until: endOf(until) }),
  };
}

export function ConsentFields(props: {
  name: string;
  draft: ConsentDraft;
  onDraft: (draft: ConsentDraft) => void;
  faults?: ConsentFaults | undefined;
}): JSX.Element {
  const { name, draft, onDraft, faults } = props;
  return (
    <fieldset class="doorman-consent mb-3">
      <legend class="h6">{texts.consent.title}</legend>
      <p>{texts.consent.ask}</p>
      <Tick
        label={texts.consent.given(name.trim())}
        checked={draft.given}
        onChecked={(given) => onDraft({ ...draft, given })}
        fault={faults?.given}
      />
      <details open={draft.by !== '' || draft.until !== '' || faults?.until !== undefined}>
        <summary>{texts.consent.details}</summary>
        <div class="row">
          <div class="col-sm">
            <Field
              label={texts.consent.by}
              hint={texts.consent.byHint}
              value={draft.by}
              placeholder={name}
              onValue={(by) => onDraft({ ...draft, by })}
            />
          </div>
          <div class="col-sm">
            <Field
              label={texts.consent.until}
              type="date"
              hint={texts.consent.untilHint}
              value={draft.until}
              onValue={(until) => onDraft({ ...draft, until })}
              fault={faults?.until}
            />
          </div>
        </div>
      </details>
    </fieldset>
  );
}
