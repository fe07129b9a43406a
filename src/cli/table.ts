/** Lines with aligned columns; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, widthOf(cell))),
    [],
  );
  return rows
    .map((row) =>
      row.map((cell, at) => (at === row.length - 1 ? cell : cell + ' '.repeat(widths[at]! - widthOf(cell)))).join('  '),
    )
    .join('\n');
}

const segmenter = new Intl.Segmenter();

/** Characters as people count them. */
const widthOf = (cell: string): number => Array.from(segmenter.segment(cell)).length;
