import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { saveRegions, type Region } from '../settings.js';
import { texts } from '../texts.js';
import { ActionButton, Notice } from './basic.js';
import { useId } from 'preact/hooks';

const words = texts.doorbells;
const sides = ['x', 'y', 'width', 'height'] as const;
const labels = { x: words.left, y: words.top, width: words.width, height: words.height };
/** Smallest region, percent of the picture. */
const SMALLEST = 1;

/** The regions to ignore as numbers, for those who cannot or do not want to draw. */
export function Regions(props: {
  doorbell: string;
  regions: readonly Region[];
  onRegions: (regions: readonly Region[]) => void;
}): JSX.Element {
  const { doorbell, regions, onRegions } = props;
  const [saved, setSaved] = useState(false);
  const change = (index: number, region: Region): void =>
    onRegions(regions.map((each, at) => (at === index ? region : each)));
  return (
    <section class="mt-2" aria-label={words.regions}>
      <p>{words.regionsHint}</p>
      {regions.map((region, index) => (
        <fieldset key={index} class="d-flex flex-wrap gap-2 align-items-end mb-2">
          <legend class="h6 mb-0 w-100">{words.region(index)}</legend>
          {sides.map((side) => (
            <Percent
              key={side}
              label={labels[side]}
              value={region[side]}
              least={side === 'width' || side === 'height' ? SMALLEST : 0}
              onValue={(value) => change(index, { ...region, [side]: value })}
            />
          ))}
          <button
            type="button"
            class="btn btn-outline-danger"
            aria-label={`${texts.common.remove} ${words.region(index)}`}
            onClick={() => onRegions(regions.filter((_, at) => at !== index))}
          >
            {texts.common.remove}
          </button>
        </fieldset>
      ))}
      <div class="d-flex flex-wrap gap-2 mt-3">
        <button
          type="button"
          class="btn btn-secondary"
          onClick={() => onRegions([...regions, { x: 0.4, y: 0.4, width: 0.2, height: 0.2 }])}
        >
          {words.regionAdd}
        </button>
        <ActionButton
          label={words.regionsSave}
          act={async () => {
            await saveRegions(doorbell, regions);
            setSaved(true);
          }}
        />
      </div>
      {saved && (
        <div class="mt-2">
          <Notice kind="success">{words.savedRestart}</Notice>
        </div>
      )}
    </section>
  );
}

function Percent(props: {
  label: string;
  value: number;
  least: number;
  onValue: (value: number) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div>
      <label class="form-label mb-0" for={id}>
        {props.label}
      </label>
      <input
        id={id}
        class="form-control"
        style={{ width: '6rem' }}
        type="number"
        min={props.least}
        max={100}
        value={Math.round(props.value * 100)}
        onInput={(event) => {
          const value = event.currentTarget.valueAsNumber;
          if (Number.isFinite(value)) {
            props.onValue(Math.min(100, Math.max(props.least, value)) / 100);
          }
        }}
      />
    </div>
  );
}
