import { join } from 'node:path';
import { CliError } from '../cli-error.js';
import { isWrong, type Errata } from './errata.js';
import type { Person } from './people.js';

/** Two pictures, and whether they are said to show one person. */
export interface Pair {
  readonly first: { readonly person: string; readonly file: string };
  readonly second: { readonly person: string; readonly file: string };
  readonly genuine: boolean;
  readonly fold: number;
}

/** @throws CliError naming the line that is not LFW's format. */
export function parsePairs(text: string, directory: string): Pair[] {
  const lines = text.split('\n').map((line) => line.trim());
  const [folds, size] = (lines[0] ?? '').split(/\s+/).map(Number);
  if (folds === undefined || size === undefined || !(folds > 1) || !(size > 0)) {
    throw new CliError('The first line of the pairs file must be "<folds> <pairs of a kind in each fold>".');
  }
  const face = (person: string, number: string): Pair['first'] => ({
    person,
    file: join(directory, person, `${person}_${number.padStart(4, '0')}.jpg`),
  });
  return lines
    .slice(1)
    .filter((line) => line !== '')
    .map((line, index) => {
      const fold = Math.floor(index / (2 * size));
      const [a, b, c, d] = line.split(/\s+/);
      if (a !== undefined && b !== undefined && c !== undefined) {
        return d === undefined
          ? { first: face(a, b), second: face(a, c), genuine: true, fold }
          : { first: face(a, b), second: face(c, d), genuine: false, fold };
      }
      throw new CliError(`Line ${index + 2} of the pairs file is not a pair: ${line}`);
    });
}

/** @throws CliError naming a picture that is on the list and not in the folder, and when a fold stands alone. */
export function expectPictures(pairs: readonly Pair[], people: readonly Person[]): void {
  const files = new Set(people.flatMap((person) => person.files));
  const missing = [...new Set(pairs.flatMap(({ first, second }) => [first.file, second.file]))].filter(
    (file) => !files.has(file),
  );
  if (missing.length > 0) {
    const others = missing.length > 1 ? `, nor ${missing.length - 1} more pictures on the list of pairs` : '';
    throw new CliError(`${missing[0]!} is not there${others}; give the folder that the list belongs to.`);
  }
  if (new Set(pairs.map(({ fold }) => fold)).size < 2) {
    throw new CliError('The list has pairs of one fold only; each fold is judged by what the others show.');
  }
}

/** Whether the set's own errata say that the pair is not what its label says. */
export function isMislabelled({ first, second, genuine }: Pair, errata: Errata): boolean {
  if (genuine) return isWrong(errata, first.file) !== isWrong(errata, second.file);
  const person = (name: string): string => errata.same.get(name) ?? name;
  return person(first.person) === person(second.person);
}
