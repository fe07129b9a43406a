import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { EncoderId } from '../types.js';
import { packArchive } from './archive.js';
import { embeddingBytes, embeddingFrom, type Document } from './document.js';
import { GuestBookError } from './errors.js';
import { cropPointsRule, faceValuesRule } from './faces.js';
import { isExpired } from './guest-record.js';
import { sweepOrphans } from './housekeeping.js';
import type { Change } from './ledger.js';
import type { GuestRecord } from './root.js';
import { instant, mostFacesOfGuest, mostGuests, newGuestRule, settingsRule } from './rules.js';
import type { Shelves } from './shelves.js';
import type { ImportReport, NewFace } from './types.js';

/** `merge` adds to what is there; `replace` leaves nobody but the archive's guests. */
export type ImportMode = 'merge' | 'replace';

export interface ImportOptions {
  /** The encoder in use; faces of another one are taken only when their picture allows to encode them again. */
  readonly encoder?: EncoderId;
}

const archiveHeadRule = z
  .object({
    format: z.literal(1),
    createdAt: instant,
    guests: z.number().int().min(0).max(mostGuests),
    settings: settingsRule,
  })
  .strict();

const archivedFaceRule = faceValuesRule.extend({ addedAt: instant, points: cropPointsRule.optional() }).strict();

const archivedGuestRule = newGuestRule
  .extend({ id: z.uuid(), faces: z.array(archivedFaceRule).max(mostFacesOfGuest) })
  .strict();

type ArchivedGuest = z.infer<typeof archivedGuestRule>;

/** Everything that belongs to the guests, sealed with a passphrase. */
export async function exportBook(shelves: Shelves, passphrase: string): Promise<Uint8Array> {
  const archive = await packArchive(passphrase, documentsOf(shelves));
  await shelves.ledger.change((change) => {
    change.audit({ action: 'exported', count: change.root.guests.length });
  });
  return archive;
}

async function* documentsOf({ ledger, guests }: Shelves): AsyncGenerator<Document> {
  const { root, clock } = ledger;
  const head = { format: 1, createdAt: clock(), guests: root.guests.length, settings: root.settings };
  yield { json: head, parts: [] };
  for (const { id, name, relation, notes, consent } of root.guests) {
    const faces: z.infer<typeof archivedFaceRule>[] = [];
    const parts: Uint8Array[] = [];
    for (const { encoder, quality, pose, source, addedAt, embedding, crop } of guests.held(id)) {
      const picture = crop && (await ledger.objects.get(crop.object));
      const points = picture && crop.points.map(({ x, y }) => ({ x, y }));
      faces.push({ encoder, quality, pose, source, addedAt, points });
      parts.push(embeddingBytes(embedding), picture ?? new Uint8Array());
    }
    yield { json: { id, name, relation, notes, consent, faces }, parts };
  }
}

/**
 * Takes an archive's documents (see `unpackArchive`) into the book, as one change: all of them or, when anything in
 * them is not right, nothing.
 *
 * @throws GuestBookError `wrong-passphrase`, `invalid`
 */
export async function importBook(
  shelves: Shelves,
  documents: AsyncIterable<Document>,
  mode: ImportMode,
  { encoder }: ImportOptions = {},
): Promise<ImportReport> {
  const report = await shelves.ledger.change(async (change) => {
    const tally = { guestsAdded: 0, guestsMerged: 0, templates: 0, crops: 0, refused: [] as string[] };
    const arrived = new Set<string>();
    let head: z.infer<typeof archiveHeadRule> | undefined;
    for await (const document of documents) {
      if (head === undefined) {
        head = parse(archiveHeadRule, document.json);
        change.root.settings = { ...change.root.settings, ...head.settings };
        continue;
      }
      if (arrived.size >= head.guests) {
        throw refusal('it holds more guests than it states');
      }
      const guest = parse(archivedGuestRule, document.json);
      const id = await takeGuest(shelves, change, guest, document.parts, { mode, encoder, tally, arrived });
      arrived.add(id);
    }
    if (head === undefined || arrived.size !== head.guests) {
      throw refusal('it holds fewer guests than it states');
    }
    if (mode === 'replace') {
      await forgetOthers(shelves, change, arrived);
    }
    change.audit({ action: 'imported', count: tally.guestsAdded + tally.guestsMerged });
    return tally;
  });
  if (mode === 'replace') {
    await shelves.ledger.change(() => undefined);
    await sweepOrphans(shelves);
  }
  return report;
}

interface Taking {
  readonly mode: ImportMode;
  readonly encoder?: EncoderId;
  readonly arrived: ReadonlySet<string>;
  readonly tally: { guestsAdded: number; guestsMerged: number; templates: number; crops: number; refused: string[] };
}

/** @returns the id under which the guest is in the book now */
async function takeGuest(
  { guests }: Shelves,
  change: Change,
  archived: ArchivedGuest,
  parts: readonly Uint8Array[],
  { mode, encoder, tally, arrived }: Taking,
): Promise<string> {
  const record = findOrAdd(change, archived, tally);
  if (arrived.has(record.id)) {
    throw refusal(`it holds ${record.name} twice`);
  }
  if (isExpired(record, change.now)) {
    tally.refused.push(`The consent of ${record.name} has run out: no faces were taken. Ask again and enrol.`);
    return record.id;
  }
  const wanted = facesOf(archived, parts);
  const usable = wanted.filter(
    (face) => encoder === undefined || sameEncoder(face, encoder) || face.crop !== undefined,
  );
  if (usable.length < wanted.length) {
    tally.refused.push(
      `${wanted.length - usable.length} faces of ${record.name} were made by another encoder than the one in use ` +
        `(${encoder?.id ?? ''} ${encoder?.version ?? ''}) and have no picture to encode again: enrol ${record.name} again.`,
    );
  }
  const replacing = mode === 'replace';
  const known = new Set(replacing ? [] : guests.held(record.id).map((face) => fingerprint(face.embedding)));
  const fresh = usable.filter((face) => !known.has(fingerprint(face.embedding)));
  await guests.addFacesIn(change, record.id, fresh, { replacing });
  tally.templates += fresh.length;
  tally.crops += fresh.filter((face) => face.crop !== undefined).length;
  return record.id;
}

function findOrAdd(change: Change, archived: ArchivedGuest, tally: Taking['tally']): GuestRecord {
  const { guests } = change.root;
  const { id, name, relation, notes, consent } = archived;
  const byName = (guest: GuestRecord): boolean => guest.name.toLocaleLowerCase() === name.toLocaleLowerCase();
  const known = guests.find((guest) => guest.id === id) ?? guests.find(byName);
  if (known !== undefined) {
    // The later word counts, whether it is a yes with an earlier or a later end.
    known.consent = consent.at > known.consent.at ? consent : known.consent;
    tally.guestsMerged++;
    return known;
  }
  if (guests.length >= mostGuests) {
    throw refusal(`together there would be more than ${mostGuests} guests`);
  }
  const record: GuestRecord = {
    id,
    name,
    ...(relation !== undefined && { relation }),
    ...(notes !== undefined && { notes }),
    consent,
    createdAt: change.now,
    updatedAt: change.now,
    alias: randomUUID(),
    faceCount: 0,
    cropCount: 0,
  };
  guests.push(record);
  tally.guestsAdded++;
  return record;
}

function facesOf({ faces, name }: ArchivedGuest, parts: readonly Uint8Array[]): NewFace[] {
  if (parts.length !== 2 * faces.length) {
    throw refusal(`the faces of ${name} are not what is stated`);
  }
  return faces.map(({ addedAt: _addedAt, points, ...face }, at) => {
    const picture = parts[2 * at + 1]!;
    const embedding = parts[2 * at]!;
    if (embedding.length % 4 !== 0) {
      throw refusal(`a face of ${name} is damaged`);
    }
    return {
      ...face,
      embedding: embeddingFrom(embedding),
      ...(points !== undefined && { crop: { picture: Uint8Array.from(picture), points } }),
    };
  });
}

/** Replacing leaves nobody else, and of them nothing. */
async function forgetOthers(
  { guests, visits, inbox, tuning }: Shelves,
  change: Change,
  stay: ReadonlySet<string>,
): Promise<void> {
  const leave = change.root.guests.filter(({ id }) => !stay.has(id));
  if (leave.length > 0) {
    // A tuned encoder was made of everybody's faces.
    await tuning.stepBackIn(change, { withReport: true });
  }
  for (const { id, name, formerNames = [], alias } of [...change.root.guests]) {
    if (!stay.has(id)) {
      guests.forgetIn(change, id);
      inbox.forgetVisitsIn(change, await visits.forgetIn(change, id, [name, ...formerNames]));
      change.audit({ action: 'guest-forgotten', subject: alias });
    }
  }
}

function sameEncoder(face: NewFace, encoder: EncoderId): boolean {
  return face.encoder.id === encoder.id && face.encoder.version === encoder.version;
}

function fingerprint(embedding: Float32Array): string {
  return Buffer.from(embeddingBytes(embedding)).toString('base64');
}

function parse<T>(rule: z.ZodType<T>, value: unknown): T {
  const result = rule.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw refusal(`${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? 'is not as it should be'}`.trim());
  }
  return result.data;
}

function refusal(why: string): GuestBookError {
  return new GuestBookError('invalid', `The archive was refused: ${why}. The guest book is as it was before.`);
}
