import type { Command } from 'commander';
import {
  dirAtFpir,
  operatingPoint,
  type DirAtFpir,
  type OperatingPoint,
} from '../../recognition/metrics/identification.js';
import type { Population } from '../../recognition/population.js';
import type { EncoderDescription, Probe } from '../../types.js';
import { CliError } from '../cli-error.js';
import { table } from '../table.js';
import { openChain } from './chain.js';
import { readErrata, withoutErrors } from './errata.js';
import { encoderLabel } from './gallery.js';
import { drawOpenset, embedOpenset, usableFrames, type OpensetPerson, type OpensetSize } from './openset-draw.js';
import { methodNames, trainMethods, type MethodName, type Search, type Searcher } from './openset-methods.js';
import { atLeastOne, withCommonOptions, type CommonOptions } from './options.js';
import { listPeople, partitionPeople } from './people.js';
import { writeJson, writeTable } from './report.js';
import { readPopulation } from './statistics.js';

interface OpensetOptions extends CommonOptions {
  readonly guests: number;
  readonly photos: number;
  readonly strangers: number;
  readonly draws: number;
  readonly errata?: string;
  readonly grid: boolean;
}

type ByFpir = Readonly<Record<string, DirAtFpir>>;

/** One table cell: all draws' searches pooled. */
export interface OpensetCell extends OpensetSize {
  readonly draws: number;
  readonly image: CellFigures;
  readonly visit: CellFigures;
}

export interface CellFigures {
  readonly guestSearches: number;
  readonly strangerSearches: number;
  /** Guests' searches without enough usable frames; they count as misses in every DIR. */
  readonly unusableGuestSearches: number;
  readonly dirAtFpir: Readonly<Record<MethodName, ByFpir>>;
  /** What the calibrated classifier's own threshold, set without any of these strangers, does to them. */
  readonly calibration: OperatingPoint & { readonly promised: number };
}

const fpirs = [0.01, 0.001];
const promised = 0.001;

/** `doorman evaluate openset DIR`. */
export function registerOpenset(evaluate: Command): void {
  withCommonOptions(
    evaluate
      .command('openset')
      .description('guests among strangers: DIR at FPIR 1 % and 0.1 %, for photos and for simulated visits')
      .argument('<dir>', 'folder with one sub-folder of photos for each person')
      .option('--guests <n>', 'guests in the book', atLeastOne, 20)
      .option('--photos <n>', 'photos of each guest', atLeastOne, 5)
      .option('--strangers <n>', 'strangers, at most', atLeastOne, 1000)
      .option('--draws <n>', 'how often guests are drawn', atLeastOne, 5)
      .option('--errata <file>', 'labels of the face set that are known to be wrong (JSON)')
      .option('--grid', '5, 10, 20 and 50 guests with 3, 5 and 10 photos each', false),
  ).action(async (directory: string, options: OpensetOptions) => {
    const errata = await readErrata(options.errata);
    const evaluation = withoutErrors(partitionPeople(await listPeople(directory)).evaluation, errata);
    const chain = await openChain(options);
    try {
      const population = await readPopulation(chain.encoder, options.population);
      const people = await embedOpenset(chain, evaluation, options.strangers);
      const sizes = options.grid
        ? [5, 10, 20, 50].flatMap((guests) =>
            [3, 5, 10].map((photos) => ({ guests, photos, strangers: options.strangers })),
          )
        : [{ guests: options.guests, photos: options.photos, strangers: options.strangers }];
      const cells: OpensetCell[] = [];
      for (const size of sizes) {
        const cell = await measureCell(people, population, chain.encoder, size, options);
        cells.push(cell);
        console.log(describeCell(cell));
      }
      if (options.out !== undefined) await writeTable(options.out, 'openset', cells.map(describeCell).join('\n'));
      if (options.json !== undefined) {
        const [only] = cells;
        await writeJson(options.json, {
          form: 'openset',
          encoder: encoderLabel(chain.encoder),
          seed: options.seed,
          ...(cells.length === 1 && only && { dirAtFpir: only.image.dirAtFpir, visitDirAtFpir: only.visit.dirAtFpir }),
          cells,
        });
      }
    } finally {
      await chain.close();
    }
  });
}

interface Searches {
  readonly guests: (Search & { readonly correct: boolean })[];
  readonly strangers: Search[];
}

async function measureCell(
  people: readonly OpensetPerson[],
  population: Population,
  encoder: EncoderDescription,
  size: OpensetSize,
  { draws, seed }: OpensetOptions,
): Promise<OpensetCell> {
  const image = newSearches();
  const visit = newSearches();
  for (let number = 0; number < draws; number += 1) {
    const draw = drawOpenset(people, encoder, size, seed * 1000 + number);
    if (draw.guests.length < size.guests) {
      throw new CliError(
        `Only ${draw.guests.length} people have enough photos for ${size.guests} guests with ${size.photos}.`,
      );
    }
    search(await trainMethods(population, draw.guests, 1), draw.guestLooks, draw.strangerLooks, image);
    const enough = (probes: readonly Probe[]): readonly Probe[] => (probes.length < usableFrames ? [] : probes);
    search(
      await trainMethods(population, draw.guests, usableFrames),
      draw.guestVisits.map((entry) => ({ ...entry, probes: enough(entry.probes) })),
      draw.strangerVisits.map(enough),
      visit,
    );
  }
  return { ...size, draws, image: figures(image), visit: figures(visit) };
}

function newSearches(): Record<MethodName, Searches> {
  const empty = (): Searches => ({ guests: [], strangers: [] });
  return { 'nearest-mean': empty(), 'svm-tau': empty(), calibrated: empty() };
}

function search(
  methods: Readonly<Record<MethodName, Searcher>>,
  guests: readonly { readonly guestId: string; readonly probes: readonly Probe[] }[],
  strangers: readonly (readonly Probe[])[],
  into: Readonly<Record<MethodName, Searches>>,
): void {
  for (const name of methodNames) {
    for (const { guestId, probes } of guests) {
      const found = methods[name](probes);
      into[name].guests.push({ ...found, correct: found.guestId === guestId });
    }
    for (const probes of strangers) into[name].strangers.push(methods[name](probes));
  }
}

function figures(searches: Readonly<Record<MethodName, Searches>>): CellFigures {
  const byFpir = (name: MethodName): ByFpir =>
    Object.fromEntries(
      fpirs.map((fpir) => [String(fpir), dirAtFpir(searches[name].guests, searches[name].strangers, fpir)]),
    );
  const { guests, strangers } = searches.calibrated;
  return {
    guestSearches: guests.length,
    strangerSearches: strangers.length,
    unusableGuestSearches: guests.filter(({ score }) => score === -Infinity).length,
    dirAtFpir: {
      'nearest-mean': byFpir('nearest-mean'),
      'svm-tau': byFpir('svm-tau'),
      calibrated: byFpir('calibrated'),
    },
    calibration: { promised, ...operatingPoint(guests, strangers) },
  };
}

function describeCell({ guests, photos, draws, image, visit }: OpensetCell): string {
  const rows = methodNames.flatMap((name) =>
    (
      [
        ['image', image],
        ['visit', visit],
      ] as const
    ).map(([label, cell]) => [
      label,
      name,
      ...fpirs.map((fpir) => {
        const { value, low, high } = cell.dirAtFpir[name][String(fpir)]!.dir;
        return `${value.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
      }),
    ]),
  );
  const own = (cell: CellFigures): string => {
    const { fpir, dir } = cell.calibration;
    return `FPIR ${(100 * fpir.value).toFixed(3)} % (${fpir.count} of ${fpir.of}; promised ${100 * promised} %), DIR ${dir.value.toFixed(3)}`;
  };
  return [
    `\n${guests} guests × ${photos} photos, ${draws} draws, ${image.strangerSearches / draws} strangers’ photos and ${visit.strangerSearches / draws} visits each`,
    table([['per', 'method', ...fpirs.map((fpir) => `DIR at FPIR ${100 * fpir} %`)], ...rows]),
    `visits of guests without ${usableFrames} usable frames (missed by every method): ${visit.unusableGuestSearches} of ${visit.guestSearches}`,
    `own τ, photos: ${own(image)}`,
    `own τ, visits: ${own(visit)}`,
  ].join('\n');
}
