import { randomUUID } from 'node:crypto';
import type { Embedding, EncoderId, Logger } from '../types.js';
import { GuestBookError } from './errors.js';
import { findGuest, isExpired, publicGuest } from './guest-record.js';
import { refuseExpiredConsent, refuseTakenName, refuseUnusableConsent } from './guest-record.js';
import { checkFace, faceEntry, packFaces, unpackFaces, type Face } from './faces.js';
import type { Change, Ledger } from './ledger.js';
import type { GuestRecord } from './root.js';
import { check, guestPatchRule, mostFacesOfGuest, mostGuests, newGuestRule } from './rules.js';
import type { BookChange, Crop, FaceEntry, GalleryReport, Guest, GuestPatch, NewFace, NewGuest } from './types.js';
import type { SuspendedGuest } from './types.js';

/** Embeddings that take the place of a guest's, by template. */
export type FreshEmbeddings = readonly { readonly templateId: string; readonly embedding: Embedding }[];

/** The guests and their enrolled faces. All embeddings are held in memory: some 5 kB each. */
export class GuestRegister {
  private readonly faces = new Map<string, readonly Face[]>();
  private readonly damaged = new Set<string>();

  constructor(
    private readonly ledger: Ledger,
    private readonly keepCrops: boolean,
    private readonly logger: Logger,
    private readonly emit: (change: BookChange) => void,
  ) {}

  /** Reads every guest's faces. A damaged file costs its guest the faces, never the book. */
  async load(): Promise<void> {
    await Promise.all(
      this.ledger.root.guests.map(async ({ id, faces }) => {
        if (faces === undefined) {
          return;
        }
        const bytes = await this.ledger.objects.get(faces);
        if (bytes !== undefined) {
          this.faces.set(id, unpackFaces(bytes));
          return;
        }
        this.damaged.add(id);
        this.logger.error(
          'The enrolled faces of one guest are damaged in both copies; the guest is not recognised until enrolled ' +
            'again (the settings page shows who). All other guests are not affected.',
        );
      }),
    );
  }

  list(): Guest[] {
    const now = this.ledger.clock();
    return this.ledger.root.guests.map((record) => publicGuest(record, now));
  }

  /** @throws GuestBookError `guest-unknown` */
  get(id: string): Guest {
    return publicGuest(findGuest(this.ledger.root.guests, id), this.ledger.clock());
  }

  async add(wanted: NewGuest): Promise<Guest> {
    // Callers from JavaScript and from the socket may leave it out, whatever the type says.
    if ((wanted as Partial<NewGuest>).consent === undefined) {
      throw new GuestBookError(
        'consent-missing',
        'Nobody is enrolled without a recorded yes: who agreed, to what, when, and until when.',
      );
    }
    const { name, relation, notes, consent } = check(newGuestRule, wanted, 'guest');
    const record = await this.ledger.change((change) => {
      const { guests } = change.root;
      if (guests.length >= mostGuests) {
        throw new GuestBookError('invalid', `The guest book holds ${mostGuests} guests at most.`);
      }
      refuseTakenName(guests, name);
      refuseUnusableConsent(consent, change.now);
      const added: GuestRecord = {
        id: randomUUID(),
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
      guests.push(added);
      change.audit({ action: 'guest-added', subject: added.alias });
      return added;
    });
    this.emit({ kind: 'guests' });
    return publicGuest(record, this.ledger.clock());
  }

  async update(id: string, patch: GuestPatch): Promise<Guest> {
    const wanted = check(guestPatchRule, patch, 'guest');
    const record = await this.ledger.change((change) => {
      const guest = findGuest(change.root.guests, id);
      if (wanted.name !== undefined) {
        refuseTakenName(change.root.guests, wanted.name, id);
        if (guest.name !== wanted.name) {
          guest.formerNames = [...(guest.formerNames ?? []), guest.name];
        }
        guest.name = wanted.name;
      }
      if (wanted.consent !== undefined) {
        refuseUnusableConsent(wanted.consent, change.now);
        guest.consent = wanted.consent;
        change.audit({ action: 'consent-changed', subject: guest.alias });
      }
      guest.relation = wanted.relation ?? guest.relation;
      guest.notes = wanted.notes ?? guest.notes;
      guest.updatedAt = change.now;
      change.audit({ action: 'guest-changed', subject: guest.alias });
      return guest;
    });
    this.emit({ kind: 'guests' });
    this.emit({ kind: 'gallery', guestId: id });
    return publicGuest(record, this.ledger.clock());
  }

  /** @returns the new templates' ids, in the order given */
  async addFaces(guestId: string, faces: readonly NewFace[]): Promise<string[]> {
    const ids = await this.ledger.change((change) => this.addFacesIn(change, guestId, faces));
    this.emit({ kind: 'gallery', guestId });
    return ids;
  }

  /** The same inside a change that does more. `replacing`: what was enrolled before goes. */
  async addFacesIn(
    change: Change,
    guestId: string,
    faces: readonly NewFace[],
    { replacing = false } = {},
  ): Promise<string[]> {
    faces.forEach(checkFace);
    const guest = findGuest(change.root.guests, guestId);
    refuseExpiredConsent(guest, change.now);
    const held = this.faces.get(guestId) ?? [];
    const before = replacing ? [] : held;
    if (replacing) {
      change.drop(...held.map((face) => face.crop?.object));
    }
    if (before.length + faces.length > mostFacesOfGuest) {
      throw new GuestBookError('invalid', `${mostFacesOfGuest} faces of one guest are enough; remove some first.`);
    }
    const added: Face[] = [];
    for (const { embedding, encoder, quality, pose, crop, source } of faces) {
      added.push({
        id: randomUUID(),
        encoder: { id: encoder.id, version: encoder.version },
        quality,
        ...(pose !== undefined && { pose: { yaw: pose.yaw, pitch: pose.pitch, roll: pose.roll } }),
        source,
        addedAt: change.now,
        embedding: embedding.slice(),
        ...(crop !== undefined &&
          this.keepCrops && {
            crop: {
              object: await change.put(crop.picture, { twin: false }),
              points: crop.points.map(({ x, y }) => ({ x, y })),
            },
          }),
      });
    }
    await this.store(change, guest, [...before, ...added]);
    change.audit({ action: 'faces-added', subject: guest.alias, count: added.length });
    return added.map((face) => face.id);
  }

  async removeFaces(guestId: string, templateIds: readonly string[]): Promise<number> {
    const unwanted = new Set(templateIds);
    const removed = await this.ledger.change(async (change) => {
      const guest = findGuest(change.root.guests, guestId);
      const before = this.faces.get(guestId) ?? [];
      const gone = before.filter((face) => unwanted.has(face.id));
      change.drop(...gone.map((face) => face.crop?.object));
      await this.store(
        change,
        guest,
        before.filter((face) => !unwanted.has(face.id)),
      );
      change.audit({ action: 'faces-removed', subject: guest.alias, count: gone.length });
      return gone.length;
    });
    this.emit({ kind: 'gallery', guestId });
    return removed;
  }

  /** Puts another encoder's embeddings in the place of old ones; crops, quality and pose stay. */
  async reencode(guestId: string, encoder: EncoderId, embeddings: FreshEmbeddings): Promise<void> {
    await this.ledger.change((change) => this.reencodeIn(change, guestId, encoder, embeddings));
    this.emit({ kind: 'gallery', guestId });
  }

  /** The same inside a change that does more. `keepFormer`: what was there is kept beside, for a step back. */
  async reencodeIn(
    change: Change,
    guestId: string,
    encoder: EncoderId,
    embeddings: FreshEmbeddings,
    { keepFormer = false } = {},
  ): Promise<void> {
    const fresh = new Map(embeddings.map(({ templateId, embedding }) => [templateId, embedding]));
    const guest = findGuest(change.root.guests, guestId);
    const faces = (this.faces.get(guestId) ?? []).map((face) => {
      const embedding = fresh.get(face.id);
      if (embedding === undefined) {
        return face;
      }
      const { former: earlier, ...rest } = face;
      // The encoder before a second tuning is the original all the same.
      const former = keepFormer ? (earlier ?? { encoder: face.encoder, embedding: face.embedding }) : undefined;
      const encoded = {
        ...rest,
        encoder: { id: encoder.id, version: encoder.version },
        embedding: embedding.slice(),
        ...(former && { former }),
      };
      checkFace({ ...encoded, crop: undefined });
      return encoded;
    });
    await this.store(change, guest, faces);
    change.audit({ action: 'faces-encoded-again', subject: guest.alias, count: fresh.size });
  }

  /** Puts back what the encoder before made of a guest's faces. */
  async restoreFormerIn(change: Change, guestId: string, encoder: EncoderId): Promise<void> {
    const guest = findGuest(change.root.guests, guestId);
    const held = this.faces.get(guestId) ?? [];
    const faces = held.map(({ former, ...face }) =>
      former?.encoder.id === encoder.id && former.encoder.version === encoder.version
        ? { ...face, encoder: former.encoder, embedding: former.embedding }
        : face,
    );
    if (held.length > 0) {
      await this.store(change, guest, faces);
    }
  }

  facesOf(guestId: string): FaceEntry[] {
    findGuest(this.ledger.root.guests, guestId);
    return (this.faces.get(guestId) ?? []).map(faceEntry);
  }

  /** Everything that is held of a guest's faces, for exports and tuning. */
  held(guestId: string): readonly Face[] {
    return this.faces.get(guestId) ?? [];
  }

  async crop(templateId: string): Promise<Crop | undefined> {
    for (const faces of this.faces.values()) {
      const crop = faces.find((face) => face.id === templateId)?.crop;
      if (crop !== undefined) {
        const picture = await this.ledger.objects.get(crop.object);
        return picture && { picture, points: crop.points };
      }
    }
    return undefined;
  }

  gallery(encoder: EncoderId): GalleryReport {
    const now = this.ledger.clock();
    const gallery: GalleryReport['gallery'][number][] = [];
    const suspended: SuspendedGuest[] = [];
    for (const guest of this.ledger.root.guests) {
      const { id, name } = guest;
      const held = this.faces.get(id) ?? [];
      const templates = held.flatMap(({ id: template, quality, former, ...face }) => {
        const made = [face, former].find(
          (one) => one?.encoder.id === encoder.id && one.encoder.version === encoder.version,
        );
        return made === undefined ? [] : [{ id: template, encoder: made.encoder, embedding: made.embedding, quality }];
      });
      if (isExpired(guest, now)) {
        suspended.push({ id, name, reason: 'consent-expired' });
      } else if (templates.length > 0) {
        gallery.push({ id, name, templates });
      } else if (this.damaged.has(id)) {
        suspended.push({ id, name, reason: 'damaged' });
      } else {
        suspended.push({ id, name, reason: held.length > 0 ? 'other-encoder' : 'no-faces' });
      }
    }
    return { gallery, suspended };
  }

  /** Lets go of everything in memory. */
  clear(): void {
    this.faces.clear();
    this.damaged.clear();
  }

  /** Takes a guest and every face out of the book, as part of a change. */
  forgetIn(change: Change, guestId: string): GuestRecord {
    const guest = findGuest(change.root.guests, guestId);
    change.drop(guest.faces, ...this.held(guestId).map((face) => face.crop?.object));
    change.root.guests = change.root.guests.filter((other) => other.id !== guestId);
    change.afterwards(() => {
      this.faces.delete(guestId);
      this.damaged.delete(guestId);
    });
    return guest;
  }

  private async store(change: Change, guest: GuestRecord, faces: readonly Face[]): Promise<void> {
    change.drop(guest.faces);
    guest.faces = faces.length === 0 ? undefined : await change.put(packFaces(faces));
    guest.faceCount = faces.length;
    guest.cropCount = faces.filter((face) => face.crop !== undefined).length;
    guest.updatedAt = change.now;
    change.afterwards(() => {
      this.faces.set(guest.id, faces);
      this.damaged.delete(guest.id);
    });
  }
}
