import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.js';
import { hashText, seededRandom, shuffled } from '../../recognition/random.js';

/** A labelled folder: one person, their pictures. */
export interface Person {
  readonly name: string;
  readonly files: readonly string[];
}

const picture = /\.(jpe?g|png|webp|avif|tiff?)$/i;

/** The folders of `directory` that hold pictures, by name; files sorted. @throws when the directory cannot be read. */
export async function pictureFolders(directory: string): Promise<Person[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const people = await Promise.all(
    names.map(async (name) => {
      const files = (await readdir(join(directory, name))).filter((file) => picture.test(file)).sort();
      return { name, files: files.map((file) => join(directory, name, file)) };
    }),
  );
  return people.filter(({ files }) => files.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** {@link pictureFolders} of which there must be some. @throws CliError that says what is wrong and what to give. */
export async function listPeople(directory: string): Promise<Person[]> {
  const people = await pictureFolders(directory).catch((error: unknown) => {
    throw new CliError(`${directory} ${reasonOf(error)}; ${wanted}.`);
  });
  if (people.length === 0) throw new CliError(`${directory} holds no folder with pictures; ${wanted}.`);
  return people;
}

const wanted = 'give a folder with one sub-folder of photos for each person';

function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === 'ENOENT') return 'does not exist';
  return code === 'ENOTDIR' ? 'is no folder' : 'cannot be read';
}

/** Two sets without a person in common. */
export interface Partition {
  /** For the population's statistics. */
  readonly population: readonly Person[];
  /** For everything that is measured with them. */
  readonly evaluation: readonly Person[];
}

/** From this many pictures on a person can be a guest with five photos and a picture left to be recognised by. */
const guestPictures = 6;

/**
 * Everybody with many pictures is needed as a guest and goes to the evaluation; of the others each half, by a hash
 * of the name, so that the partition does not depend on what else is in the folder.
 */
export function partitionPeople(people: readonly Person[]): Partition {
  const forPopulation = ({ name, files }: Person): boolean =>
    files.length < guestPictures && hashText(`partition:${name}`) % 2 === 0;
  return {
    population: people.filter(forPopulation),
    evaluation: people.filter((person) => !forPopulation(person)),
  };
}

/** A person's pictures in an order of their own that is the same in every run. */
export function orderedFiles({ name, files }: Person): string[] {
  return shuffled(files, seededRandom(hashText(`files:${name}`)));
}

/** How many of a person's pictures are kept back as visits: never enrolled, the face seen at the door. */
export function visitPictures(person: Person): string[] {
  const count = person.files.length;
  const spare = count >= 11 ? count - 10 : count >= guestPictures ? count - 5 : 1;
  return orderedFiles(person).slice(0, Math.min(4, spare));
}
