import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ActionButton, ConfirmButton, Notice, ProgressBar } from '../components/basic.js';
import { DistanceHistogram } from '../components/distance-histogram.js';
import { useAnswer } from '../components/loading.js';
import { ask, type Answer } from '../link.js';
import { texts } from '../texts.js';

type State = Answer<'tune-state'>;
type Report = NonNullable<State['report']>;
const words = texts.tuning;
/** How often the plugin is asked how far it is, ms. */
const EVERY_MS = 2000;
/** Tuning tells how far it is; between two steps it may be silent for so long, ms. */
const PATIENCE_MS = 10 * 60_000;

/** The encoder tuned on the household's own faces: what it gained, and the way back. */
export function Tuning({ onChanged }: { onChanged: () => void }): JSX.Element | null {
  const [answer, reload] = useAnswer(() => ask('tune-state', {}), 'tuning', ['tuning']);
  const runs = answer.state === 'here' && answer.value.tuning.state === 'running';
  useEffect(() => {
    const timer = runs ? setInterval(reload, EVERY_MS) : undefined;
    return () => clearInterval(timer);
  }, [runs, reload]);
  if (answer.state !== 'here') {
    return null;
  }
  const { tuning, inForce, report } = answer.value;
  return (
    <section class="card card-body mb-4">
      <h2 class="h5">{words.title}</h2>
      <p>{words.lead}</p>
      {tuning.state === 'running' && <Running tuning={tuning} />}
      {tuning.state === 'failed' && tuning.message !== undefined && <Notice kind="warning">{tuning.message}</Notice>}
      {report !== undefined && <Found report={report} inForce={inForce} />}
      <div class="d-flex flex-wrap gap-2">
        {tuning.state === 'running' ? (
          <ActionButton
            key="cancel"
            label={texts.common.cancel}
            kind="secondary"
            act={async () => {
              await ask('tune-cancel', {});
              reload();
            }}
          />
        ) : (
          <ActionButton
            key="start"
            label={inForce ? words.again : words.start}
            kind="secondary"
            act={async () => {
              const work = ask('tune', {}, { patience: PATIENCE_MS });
              reload();
              try {
                await work;
              } finally {
                reload();
              }
              onChanged();
            }}
          />
        )}
        {tuning.state !== 'running' && inForce && (
          <ConfirmButton
            label={words.back}
            sure={words.backSure}
            act={async () => {
              await ask('tune-back', {});
              reload();
              onChanged();
            }}
          />
        )}
      </div>
    </section>
  );
}

function Running({ tuning }: { tuning: State['tuning'] }): JSX.Element {
  return (
    <Notice kind="info">
      <p>{words.running(tuning.step)}</p>
      {tuning.progress !== undefined && <ProgressBar share={tuning.progress} label={words.title} />}
    </Notice>
  );
}

function Found({ report, inForce }: { report: Report; inForce: boolean }): JSX.Element {
  const { before, after, heldOut, strangers } = report;
  const rows = [
    { what: words.falseRejects(heldOut.looks), of: 'falseRejects' },
    { what: words.falseAccepts(strangers.judged), of: 'falseAccepts' },
  ] as const;
  const judged = [
    { name: words.before, ...before },
    { name: words.after, ...after },
  ];
  return (
    <>
      <Notice kind={inForce ? 'success' : 'info'} title={inForce ? words.inForce : words.notInForce}>
        {report.reason}
      </Notice>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{words.judged}</th>
            <th scope="col">{words.before}</th>
            <th scope="col">{words.after}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ what, of }) => (
            <tr key={of}>
              <th scope="row" class="fw-normal">
                {what}
              </th>
              <td>{before[of]}</td>
              <td>{after[of]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="doorman-cards mb-3">
        {judged.map(
          ({ name, distances, tau }) =>
            tau !== undefined && (
              <DistanceHistogram
                key={name}
                name={name}
                own={distances.guests}
                strangers={distances.strangers}
                tau={tau}
              />
            ),
        )}
      </div>
    </>
  );
}
