import type { JSX } from 'preact';
import { texts } from '../texts.js';

const words = texts.accuracy;

/** Strength of a cell's colour, 0 … 1, by its share of the row. */
const strength = (count: number, row: readonly number[]): number => {
  const total = row.reduce((sum, each) => sum + each, 0);
  return total === 0 ? 0 : count / total;
};

/**
 * Who was taken for whom, as a table that can be read aloud: rows are who it was, columns whom it was taken for.
 *
 * @param counts as many rows and columns as labels
 */
export function ConfusionMatrix(props: {
  labels: readonly string[];
  counts: readonly (readonly number[])[];
}): JSX.Element {
  const { labels, counts } = props;
  return (
    <div class="doorman-wide" tabIndex={0} role="region" aria-label={words.confusion}>
      <table class="table table-bordered doorman-matrix">
        <thead>
          <tr>
            <td class="text-start">
              {words.actual} ↓ {words.called} →
            </td>
            {labels.map((label, at) => (
              <th key={at} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, at) => (
            <tr key={at}>
              <th scope="row">{labels[at]}</th>
              {row.map((count, column) => (
                <td
                  key={column}
                  style={{
                    // The colour only helps; what it says stands in the number and the place.
                    backgroundColor: `rgb(${at === column ? '31 157 77' : '200 40 40'} / ${(strength(count, row) * 35).toFixed(0)}%)`,
                    fontWeight: at === column ? 700 : 400,
                  }}
                >
                  {count}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
