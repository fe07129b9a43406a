import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { ActionButton, FaultNotice, Spoken } from '../components/basic.js';
import { ask, asFault, type Answer, type Fault } from '../link.js';
import { texts } from '../texts.js';

type Figures = Answer<'accuracy'>;
const words = texts.accuracy;
/** What the slider can stand on: one stranger's visit in so many, 100,000 … 10. */
const oneIn = [5, 4, 3, 2, 1]
  .flatMap((power) => [1, 0.5, 0.2].map((part) => part * 10 ** power))
  .filter((n) => n >= 10);
/** The slider has to rest for so long before the plugin is asked, ms. */
const REST_MS = 400;
const PATIENCE_MS = 120_000;

const rateAt = (position: number): number => 1 / (oneIn[position] ?? 1000);

/** The position nearest to a rate. */
const positionOf = (rate: number): number => {
  const off = oneIn.map((visits) => Math.abs(Math.log(visits * rate)));
  return off.indexOf(Math.min(...off));
};

/** The wanted false accept rate: shows what would change before it is applied. */
export function RateSlider({ figures, onApplied }: { figures: Figures; onApplied: () => void }): JSX.Element {
  const id = useId();
  const present = positionOf(figures.falseAcceptRate);
  const [position, setPosition] = useState(present);
  const [preview, setPreview] = useState<Figures>();
  const [fault, setFault] = useState<Fault>();
  const [applied, setApplied] = useState(false);
  const rate = position === present ? figures.falseAcceptRate : rateAt(position);
  useEffect(() => setPosition(present), [present]);
  useEffect(() => {
    setPreview(undefined);
    setFault(undefined);
    if (position === present) {
      return undefined;
    }
    let stale = false;
    const timer = setTimeout(() => {
      ask('accuracy-preview', { falseAcceptRate: rateAt(position) }, { patience: PATIENCE_MS }).then(
        (answer) => {
          if (!stale) {
            setPreview(answer);
          }
        },
        (error: unknown) => {
          if (!stale) {
            setFault(asFault(error));
          }
        },
      );
    }, REST_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [position, present]);
  return (
    <div class="card card-body mt-3">
      <label class="form-label" for={id}>
        {words.slider}: <strong>{words.sliderValue(rate)}</strong>
      </label>
      <input
        id={id}
        class="form-range"
        type="range"
        min={0}
        max={oneIn.length - 1}
        step={1}
        value={position}
        aria-valuetext={words.sliderValue(rate)}
        onInput={(event) => {
          setApplied(false);
          setPosition(event.currentTarget.valueAsNumber);
        }}
      />
      <p class="doorman-ends" aria-hidden="true">
        <span>← {words.safer}</span>
        <span>{words.moreWelcoming} →</span>
      </p>
      <p class="mb-1">{words.sliderHint}</p>
      {position !== present && (
        <div class="doorman-preview">
          <h3 class="h6">{words.preview}</h3>
          {fault !== undefined && <FaultNotice fault={fault} />}
          {preview === undefined && fault === undefined && <p role="status">{words.previewing}</p>}
          {preview !== undefined && <Changes before={figures} after={preview} />}
          <div class="d-flex flex-wrap gap-2">
            <ActionButton
              label={words.apply}
              disabled={preview === undefined}
              act={async () => {
                await ask('settings-change', { falseAcceptRate: rate });
                setApplied(true);
                onApplied();
              }}
            />
            <button type="button" class="btn btn-secondary" onClick={() => setPosition(present)}>
              {words.keep}
            </button>
          </div>
        </div>
      )}
      {applied && <p class="mb-0 doorman-good">✓ {words.applied}</p>}
      <Spoken words={applied ? words.applied : ''} />
    </div>
  );
}

function Changes({ before, after }: { before: Figures; after: Figures }): JSX.Element {
  const { percent } = texts.common;
  const changes = [
    ...(['falseNegative', 'falsePositive'] as const).flatMap((which) =>
      before[which].value === after[which].value
        ? []
        : [words.change(words[which], percent(before[which].value), percent(after[which].value))],
    ),
    ...after.guests.flatMap(({ id, name, tau }) => {
      const former = before.guests.find((guest) => guest.id === id)?.tau;
      return former === undefined || former.toFixed(2) === tau.toFixed(2)
        ? []
        : [words.tauChange(name, former.toFixed(2), tau.toFixed(2))];
    }),
  ];
  return (
    <>
      <p>{after.statement}</p>
      {changes.length === 0 ? (
        <p>{words.previewNothing}</p>
      ) : (
        <ul>
          {changes.map((change) => (
            <li key={change}>{change}</li>
          ))}
        </ul>
      )}
    </>
  );
}
