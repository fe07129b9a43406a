import { hashText, seededRandom, shuffled } from '../../recognition/random.js';
import type { Embedding, EncoderDescription, GuestTemplates, Probe } from '../../types.js';
import type { Chain } from './chain.js';
import { guestFrom } from './gallery.js';
import { visitPictures, type Person } from './people.js';

/** Frames of one simulated visit. */
export const visitFrames = 10;
/** A guest's photos that are judged in one draw, at most. */
const probesPerGuest = 8;
/** Frames that must have been usable for a visit to be judged at all; fewer is a miss, never a name. */
export const usableFrames = 3;

/** A person of the evaluation with everything embedded. */
export interface OpensetPerson {
  readonly name: string;
  readonly photos: ReadonlyMap<string, Embedding>;
  /** Pictures kept back for visits, never enrolled: their usable frames. */
  readonly visits: ReadonlyMap<string, readonly Probe[]>;
}

/** Guests, and what comes to the door. Empty probes: no usable face was found. */
export interface OpensetDraw {
  readonly guests: readonly GuestTemplates[];
  readonly guestLooks: readonly { readonly guestId: string; readonly probes: readonly Probe[] }[];
  readonly strangerLooks: readonly (readonly Probe[])[];
  readonly guestVisits: readonly { readonly guestId: string; readonly probes: readonly Probe[] }[];
  readonly strangerVisits: readonly (readonly Probe[])[];
}

export interface OpensetSize {
  readonly guests: number;
  readonly photos: number;
  readonly strangers: number;
}

/** Embeds everybody's photos, and simulated visits for guests and for `visitors` others. */
export async function embedOpenset(
  chain: Chain,
  people: readonly Person[],
  visitors: number,
): Promise<OpensetPerson[]> {
  const photos = await chain.embed(
    people.flatMap(({ files }) => files.map((file) => ({ file }))),
    'photos',
  );
  let others = 0;
  const kept = people.map((person) => {
    const many = person.files.length >= 6;
    if (!many) others += 1;
    return many ? visitPictures(person).slice(0, 2) : others <= visitors ? visitPictures(person) : [];
  });
  const frames = await chain.embed(
    kept.flatMap((files) =>
      files.flatMap((file) => Array.from({ length: visitFrames }, (_, visitFrame) => ({ file, visitFrame }))),
    ),
    'simulated visits',
  );
  let photo = 0;
  let frame = 0;
  return people.map((person, index) => ({
    name: person.name,
    photos: new Map(
      person.files.flatMap((file) => {
        const { embedding } = photos[photo++]!;
        return embedding === undefined ? [] : [[file, embedding] as const];
      }),
    ),
    visits: new Map(
      kept[index]!.map((file) => {
        const records = frames.slice(frame, (frame += visitFrames));
        const probes = records.flatMap((record) =>
          record.embedding === undefined ? [] : [{ embedding: record.embedding, quality: record.quality }],
        );
        return [file, probes] as const;
      }),
    ),
  }));
}

/** The same size, seed and number give the same draw. */
export function drawOpenset(
  people: readonly OpensetPerson[],
  encoder: EncoderDescription,
  size: OpensetSize,
  seed: number,
): OpensetDraw {
  const random = seededRandom(hashText(`openset:${seed}:${size.guests}:${size.photos}`));
  const free = (person: OpensetPerson): string[] =>
    [...person.photos.keys()].filter((file) => !person.visits.has(file));
  const able = people.filter((person) => person.visits.size > 0 && free(person).length >= size.photos);
  const chosen = new Set(shuffled(able, random).slice(0, size.guests));
  const guests: GuestTemplates[] = [];
  const guestLooks: { guestId: string; probes: Probe[] }[] = [];
  const guestVisits: { guestId: string; probes: readonly Probe[] }[] = [];
  for (const person of chosen) {
    const order = shuffled(free(person), random);
    const enrolled = order.slice(0, size.photos).map((file) => person.photos.get(file)!);
    guests.push(guestFrom(person.name, enrolled, encoder));
    const rest = [...order.slice(size.photos), ...person.visits.keys()].slice(0, probesPerGuest);
    for (const file of rest) {
      const embedding = person.photos.get(file);
      guestLooks.push({ guestId: person.name, probes: embedding === undefined ? [] : [{ embedding, quality: 1 }] });
    }
    for (const probes of person.visits.values()) guestVisits.push({ guestId: person.name, probes });
  }
  const strangers = shuffled(
    people.filter((person) => !chosen.has(person)),
    random,
  );
  const strangerLooks = strangers.slice(0, size.strangers).map((person): Probe[] => {
    const embeddings = [...person.photos.values()];
    const embedding = embeddings[Math.floor(random() * embeddings.length)];
    return embedding === undefined ? [] : [{ embedding, quality: 1 }];
  });
  const strangerVisits = strangers
    .flatMap((person) => [...person.visits.values()].slice(0, 1))
    .slice(0, size.strangers);
  return { guests, guestLooks, strangerLooks, guestVisits, strangerVisits };
}
