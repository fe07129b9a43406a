import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { CliError } from '../cli-error.js';
import type { Person } from './people.js';

/** What is known to be wrong with the labels of a face set. */
export interface Errata {
  /** Pictures, by file name without its ending, that show somebody other than their folder says. */
  readonly wrong: ReadonlySet<string>;
  /** Folders of one and the same person: each name's first one. */
  readonly same: ReadonlyMap<string, string>;
}

export const noErrata: Errata = { wrong: new Set(), same: new Map() };

const errataFile = z.object({
  source: z.string(),
  wrong: z.array(z.string()),
  same: z.array(z.array(z.string()).min(2)),
});

/** @throws CliError when the file is none of errata. */
export async function readErrata(file: string | undefined): Promise<Errata> {
  if (file === undefined) return noErrata;
  const parsed = errataFile.safeParse(await readFile(file, 'utf8').then(JSON.parse, () => undefined));
  if (!parsed.success) {
    throw new CliError(`${file} is no list of errata: it needs "source", "wrong" (pictures) and "same" (people).`);
  }
  const { wrong, same } = parsed.data;
  return {
    wrong: new Set(wrong),
    same: new Map(same.flatMap(([first, ...others]) => others.map((other) => [other, first!] as const))),
  };
}

export const isWrong = ({ wrong }: Errata, file: string): boolean => wrong.has(basename(file, extname(file)));

/** The people without pictures of others, and without a second folder of anybody. */
export function withoutErrors(people: readonly Person[], errata: Errata): Person[] {
  return people
    .filter(({ name }) => !errata.same.has(name))
    .map(({ name, files }) => ({ name, files: files.filter((file) => !isWrong(errata, file)) }))
    .filter(({ files }) => files.length > 0);
}
