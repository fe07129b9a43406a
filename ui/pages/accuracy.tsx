import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton, Empty, Notice } from '../components/basic.js';
import { ConfusionMatrix } from '../components/confusion-matrix.js';
import { DistanceHistogram, HistogramLegend } from '../components/distance-histogram.js';
import { Pager, Picture, useAnswer, Waiting } from '../components/loading.js';
import { ask, type Answer, type Progress } from '../link.js';
import { texts } from '../texts.js';
import { RateSlider } from './rate-slider.js';
import { Tuning } from './tuning.js';

export type Figures = Answer<'accuracy'>;
type Rate = Figures['falseNegative'];
const words = texts.accuracy;
/** Leaving out one face at a time takes its time in a large household. */
const PATIENCE_MS = 120_000;
/** Histograms on one page. */
const PER_PAGE = 6;

/** How sure the doorbell is, on the household's own guests. */
export function Accuracy(): JSX.Element {
  const [figures, reload] = useAnswer(() => ask('accuracy', {}, { patience: PATIENCE_MS }), 'accuracy', [
    'gallery',
    'settings',
  ]);
  return (
    <>
      <p>{words.lead}</p>
      <Waiting for={figures} reload={reload} words={words.counting}>
        {(counted) =>
          counted.guests.length === 0 ? (
            <Empty title={words.none}>
              <p class="mb-0">{words.noneHint}</p>
            </Empty>
          ) : (
            <Counted figures={counted} reload={reload} />
          )
        }
      </Waiting>
      <Tuning onChanged={reload} />
      <Train onTrained={reload} />
    </>
  );
}

function Counted({ figures, reload }: { figures: Figures; reload: () => void }): JSX.Element {
  const { guests, confusion } = figures;
  const [page, setPage] = useState(1);
  return (
    <>
      <section class="mb-4">
        <h2 class="h5">{words.promise}</h2>
        <p>{figures.statement}</p>
        <dl class="doorman-figures">
          <RateWords label={words.falseNegative} rate={figures.falseNegative} />
          <RateWords label={words.falsePositive} rate={figures.falsePositive} />
        </dl>
        <RateSlider figures={figures} onApplied={reload} />
      </section>
      <section class="mb-4">
        <h2 class="h5">{words.confusion}</h2>
        <p>{words.confusionHint}</p>
        <ConfusionMatrix labels={confusion.labels} counts={confusion.counts} />
      </section>
      <section class="doorman-distances mb-4">
        <h2 class="h5">{words.histogram}</h2>
        <p>{words.histogramHint}</p>
        <HistogramLegend />
        <div class="doorman-cards">
          {guests.slice((page - 1) * PER_PAGE, page * PER_PAGE).map((guest) => (
            <DistanceHistogram key={guest.id} {...guest} />
          ))}
        </div>
        <Pager page={page} pages={Math.ceil(guests.length / PER_PAGE)} onPage={setPage} />
      </section>
      <LookAlikes figures={figures} />
      <Harmful figures={figures} reload={reload} />
    </>
  );
}

function RateWords({ label, rate: { value, low, high, trials } }: { label: string; rate: Rate }): JSX.Element {
  const { percent } = texts.common;
  return (
    <div class="card card-body">
      <dt>{label}</dt>
      {trials === 0 ? (
        <dd>{words.noTrials}</dd>
      ) : (
        <>
          <dd class="doorman-figure">{percent(value)}</dd>
          <dd class="doorman-quiet">
            {words.trials(Math.round(value * trials), trials)}; {words.interval(percent(low), percent(high))}
          </dd>
        </>
      )}
    </div>
  );
}

function LookAlikes({ figures: { lookalikes, guests } }: { figures: Figures }): JSX.Element {
  const nameOf = (id: string): string => guests.find((guest) => guest.id === id)?.name ?? texts.common.unknown;
  return (
    <section class="mb-4">
      <h2 class="h5">{words.lookalikes}</h2>
      {lookalikes.length === 0 ? (
        <p>{words.lookalikesNone}</p>
      ) : (
        <ul>
          {lookalikes.map(({ guestId, otherId, distance }) => (
            <li key={`${guestId} ${otherId}`}>{words.pair(nameOf(guestId), nameOf(otherId), distance.toFixed(2))}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Harmful({ figures: { harmful, guests }, reload }: { figures: Figures; reload: () => void }): JSX.Element {
  return (
    <section class="mb-4">
      <h2 class="h5">{words.harmful}</h2>
      {harmful.length === 0 && <p>{words.harmfulNone}</p>}
      <ul class="doorman-looks">
        {harmful.map(({ guestId, templateId, reason }) => {
          const name = guests.find(({ id }) => id === guestId)?.name ?? texts.common.unknown;
          return (
            <li key={templateId} class="d-flex flex-wrap gap-2 mb-2 align-items-center">
              <Picture of={{ of: 'face', id: templateId, width: 112 }} alt={name} class="doorman-look" />
              <span class="flex-grow-1">
                <strong>{name}</strong>: {reason}
              </span>
              <ActionButton
                label={texts.common.remove}
                kind="outline-danger"
                act={async () => {
                  await ask('faces-remove', { guestId, templateIds: [templateId] });
                  reload();
                }}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Train({ onTrained }: { onTrained: () => void }): JSX.Element {
  const [done, setDone] = useState<Answer<'train'>>();
  const [step, setStep] = useState<string>();
  return (
    <section class="mb-4">
      {step !== undefined && <Notice kind="info">{words.training(step)}</Notice>}
      {done !== undefined && (
        <Notice kind={done.warnings.length === 0 ? 'success' : 'warning'}>
          {words.trained(done.encodedAgain)} {done.warnings.join(' ')}
        </Notice>
      )}
      <ActionButton
        label={words.train}
        kind="secondary"
        act={async () => {
          setDone(undefined);
          try {
            const onProgress = (progress: Progress): void => setStep(progress.step ?? '');
            setDone(await ask('train', {}, { patience: PATIENCE_MS, onProgress }));
            onTrained();
          } finally {
            setStep(undefined);
          }
        }}
      />
    </section>
  );
}
