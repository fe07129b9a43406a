import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { ActionButton, FaultNotice, Spoken } from '../components/basic.js';
import { ask, asFault, type Answer, type Fault } from '../link.js';
import { texts } from '../texts.js';

type Figures = Answer<'accuracy'>;
const words = texts.accuracy;
/** The slider moves in thirds of a power of ten: 1 in 100,000 … 1 in 10. */
const STEPS_PER_DECADE = 3;
const LOWEST_EXPONENT = -5;
const HIGHEST_EXPONENT = -1;
/** The slider has to rest for so long before the plugin is asked, ms. */
const REST_MS = 400;
const PATIENCE_MS = 120_000;

const rateAt = (position: number): number => {
  const rate = 10 ** (position / STEPS_PER_DECADE);
  return Number(Math.min(0.1, Math.max(0.00001, rate)).toPrecision(2));
};
const positionOf = (rate: number): number => Math.round(Math.log10(rate) * STEPS_PER_DECADE);

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
        min={LOWEST_EXPONENT * STEPS_PER_DECADE}
        max={HIGHEST_EXPONENT * STEPS_PER_DECADE}
        step={1}
        value={position}
        aria-valuetext={words.sliderValue(rate)}
        onInput={(event) => {
          setApplied(false);
          setPosition(event.currentTarget.valueAsNumber);
        }}
      />
      <p class="mb-1">{words.sliderHint}</p>
      {position !== present && (
        <div>
          <h3 class="h6">{words.preview}</h3>
          {fault !== undefined && <FaultNotice fault={fault} />}
          {preview === undefined && fault === undefined && <p role="status">{texts.common.asking}</p>}
          {preview !== undefined && <Changes before={figures} after={preview} />}
          <ActionButton
            label={words.apply}
            disabled={preview === undefined}
            act={async () => {
              await ask('settings-change', { falseAcceptRate: rate });
              setApplied(true);
              onApplied();
            }}
          />
        </div>
      )}
      {applied && <p class="mb-0">{words.applied}</p>}
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
