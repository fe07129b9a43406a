import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton, Field, focusFirstFault, Notice } from '../components/basic.js';
import { useAnswer, Waiting } from '../components/loading.js';
import { ask, type Answer } from '../link.js';
import { texts } from '../texts.js';
import { Transfer } from './transfer.js';

type Summary = Answer<'privacy'>;
const words = texts.privacy;

/** What is kept, how long, how much; taking it along; forgetting it. */
export function Privacy(): JSX.Element {
  const [summary, reload] = useAnswer(() => ask('privacy', {}), 'privacy', ['guests', 'visits', 'inbox']);
  return (
    <>
      <p>{words.lead}</p>
      <Waiting for={summary} reload={reload}>
        {(kept) => (
          <>
            <Kept kept={kept} />
            <Transfer onImported={reload} />
            <Audit />
            <Everything />
          </>
        )}
      </Waiting>
    </>
  );
}

function Kept({ kept }: { kept: Summary }): JSX.Element {
  const { retention } = kept;
  const days = (count: number): string => (count === 0 ? words.notKept : words.days(count));
  const howLong: Record<keyof typeof words.keptRows, string> = {
    guests: words.untilForgotten,
    templates: words.untilForgotten,
    crops: retention.crops ? words.untilForgotten : words.notKept,
    visits: days(retention.visitDays),
    thumbnails: days(retention.visitDays),
    strangers: retention.inbox ? days(retention.inboxDays) : words.notKept,
    auditEntries: days(retention.auditDays),
  };
  const rows = Object.entries(words.keptRows) as [keyof typeof words.keptRows, string][];
  return (
    <section class="card card-body mb-3">
      <h2 class="h5">{words.kept}</h2>
      <table class="table doorman-kept">
        <thead>
          <tr>
            <th scope="col">{words.what}</th>
            <th scope="col">{words.howMany}</th>
            <th scope="col">{words.howLong}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([row, label]) => (
            <tr key={row}>
              <th scope="row" class="fw-normal">
                {label}
              </th>
              <td>{kept[row].toLocaleString('en-GB')}</td>
              <td>{howLong[row]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {words.size(texts.common.bytes(kept.bytes))} {words.key(kept.keyOrigin)}{' '}
        {kept.lastHousekeepingAt !== undefined && words.housekeeping(texts.common.moment(kept.lastHousekeepingAt))}{' '}
        {words.change}
      </p>
    </section>
  );
}

function Audit(): JSX.Element {
  const [verdict, setVerdict] = useState<Answer<'audit-verify'>>();
  return (
    <section class="card card-body mb-3">
      <h2 class="h5">{words.audit}</h2>
      <p>{words.auditHint}</p>
      {verdict !== undefined && (
        <Notice kind={verdict.whole ? 'success' : 'danger'}>
          {verdict.whole ? words.whole(verdict.entries) : words.broken(verdict.fault ?? '')}
        </Notice>
      )}
      <div>
        <ActionButton
          label={words.verify}
          kind="secondary"
          act={async () => setVerdict(await ask('audit-verify', {}, { patience: 60_000 }))}
        />
      </div>
    </section>
  );
}

function Everything(): JSX.Element {
  const [typed, setTyped] = useState('');
  const [done, setDone] = useState(false);
  const [fault, setFault] = useState<string>();
  return (
    <section class="card card-body doorman-danger mb-3">
      <h2 class="h5">{words.everything}</h2>
      <p>{words.everythingHint}</p>
      {done ? (
        <Notice kind="success">{words.everythingDone}</Notice>
      ) : (
        <>
          <Field
            label={words.everythingType}
            value={typed}
            onValue={(value) => {
              setTyped(value);
              setFault(undefined);
            }}
            fault={fault}
          />
          <div>
            <ActionButton
              label={words.everything}
              kind="danger"
              act={async () => {
                if (typed.trim().toLowerCase() !== words.everythingPhrase) {
                  setFault(words.everythingNotTyped);
                  focusFirstFault();
                  return;
                }
                await ask('forget-everything', { confirm: 'forget everything' });
                setDone(true);
              }}
            />
          </div>
        </>
      )}
    </section>
  );
}
