import type { EncoderId, GuestTemplates, Clock, Logger, Embedding } from '../types.js';
import type { GalleryReport, Guest, GuestPatch, HousekeepingReport, ImportReport, InboxPage } from './types.js';
import type {
  AuditVerdict,
  BookChange,
  BookSettings,
  Crop,
  FaceEntry,
  NewFace,
  NewGuest,
  NewStranger,
} from './types.js';
import type { NewVisit, PrivacySummary, Retention, StoredVisit, VisitPage } from './types.js';
import { defaultRetention } from './types.js';
import { unpackArchive } from './archive.js';
import { exportBook, importBook, type ImportMode, type ImportOptions } from './transfer.js';
import { forgetGuest, removeEverything } from './forget.js';
import type { GuestRegister } from './guests.js';
import { housekeep, sweepOrphans, verifyAuditChain } from './housekeeping.js';
import { plainClustering, type Clustering, type Inbox } from './inbox.js';
import type { KeySource } from './key.js';
import type { Ledger } from './ledger.js';
import { openShelves, type Shelves } from './shelves.js';
import { check, settingsRule } from './rules.js';
import type { Promotion } from './tuning.js';
import type { VisitLog } from './visits.js';

export interface OpenOptions {
  /** Usually `<Homebridge's storage>/doorman`; made when missing. */
  readonly folder: string;
  readonly key: KeySource;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly retention?: Partial<Retention>;
  readonly clustering?: Clustering;
  /** What holds the book, for the message that a second process gets. */
  readonly holder?: string;
}

type Listener = (change: BookChange) => void;

/**
 * The guest book: who may be recognised, by what, and who was at the door. Everything in it is encrypted, has a
 * consent and an end. One process writes (see `BookLock`); every method that changes something resolves when the
 * change is safely on disk, and rejects with a `GuestBookError` whose message is meant for people.
 */
export class GuestBook {
  private readonly listeners = new Set<Listener>();
  private everythingForgotten = false;

  private constructor(
    private readonly shelves: Shelves,
    private readonly logger: Logger,
  ) {
    shelves.emit = (change) => this.emit(change);
  }

  /**
   * Opens the book, or begins a new one.
   *
   * @throws GuestBookError `locked`, `key-lost`, `key-unusable`, `damaged`, `newer-version`, `folder-unusable`
   */
  static async open(options: OpenOptions): Promise<GuestBook> {
    const { folder, key, logger, clock = Date.now, clustering = plainClustering, holder = 'another program' } = options;
    const retention = { ...defaultRetention, ...options.retention };
    const shelves = await openShelves({ folder, key, logger, clock, clustering, holder, retention });
    const book = new GuestBook(shelves, logger);
    if (shelves.foundRemains && !shelves.readOnly) {
      const removed = await sweepOrphans(shelves);
      logger.debug(`The guest book was not closed last time; ${removed} unfinished files were removed.`);
    }
    return book;
  }

  /** Set when the folder cannot be written to: everything can be read, nothing changed. */
  get readOnly(): boolean {
    return this.shelves.readOnly;
  }

  guests(): Guest[] {
    return this.register.list();
  }

  /** @throws GuestBookError `guest-unknown` */
  guest(id: string): Guest {
    return this.register.get(id);
  }

  /** @throws GuestBookError `consent-missing`, `name-taken`, `invalid` */
  addGuest(guest: NewGuest): Promise<Guest> {
    return this.register.add(guest);
  }

  renameGuest(id: string, name: string): Promise<Guest> {
    return this.register.update(id, { name });
  }

  updateGuest(id: string, patch: GuestPatch): Promise<Guest> {
    return this.register.update(id, patch);
  }

  /** @returns the templates' ids in the order given; @throws GuestBookError `consent-missing` when consent ran out */
  addFaces(guestId: string, faces: readonly NewFace[]): Promise<string[]> {
    return this.register.addFaces(guestId, faces);
  }

  /** @returns how many were removed */
  removeFaces(guestId: string, templateIds: readonly string[]): Promise<number> {
    return this.register.removeFaces(guestId, templateIds);
  }

  /** The faces of a guest without embeddings and pictures. */
  faces(guestId: string): FaceEntry[] {
    return this.register.facesOf(guestId);
  }

  /** Replaces embeddings after the encoder was changed or tuned. */
  reencodeFaces(
    guestId: string,
    encoder: EncoderId,
    embeddings: readonly { readonly templateId: string; readonly embedding: Embedding }[],
  ): Promise<void> {
    return this.register.reencode(guestId, encoder, embeddings);
  }

  /** Guests who may be recognised now, with what this very encoder made of them. */
  galleryFor(encoder: EncoderId): readonly GuestTemplates[] {
    return this.register.gallery(encoder).gallery;
  }

  /** The same, with everybody who is left out and why. */
  galleryReport(encoder: EncoderId): GalleryReport {
    return this.register.gallery(encoder);
  }

  /** The aligned picture behind a template; undefined when none is kept. */
  crop(templateId: string): Promise<Crop | undefined> {
    return this.register.crop(templateId);
  }

  recordVisit(visit: NewVisit, thumbnail?: Uint8Array): Promise<void> {
    return this.visitLog.record(visit, thumbnail);
  }

  /** Newest first; `before` is a page's `next`. */
  visits({ limit, before }: { limit: number; before?: string }): Promise<VisitPage> {
    return this.visitLog.page(limit, before);
  }

  /** Every kept visit, newest first, read day by day. */
  allVisits(): AsyncGenerator<StoredVisit> {
    return this.visitLog.all();
  }

  visit(id: string): Promise<StoredVisit | undefined> {
    return this.visitLog.get(id);
  }

  visitThumbnail(id: string): Promise<Uint8Array | undefined> {
    return this.visitLog.thumbnail(id);
  }

  /** Notes who it really was; null: nobody known. */
  labelVisit(id: string, label: { actualGuestId: string | null }): Promise<void> {
    return this.visitLog.label(id, label.actualGuestId);
  }

  /** @returns the cluster; undefined when the inbox is off or this person is not to be asked about */
  addStranger(stranger: NewStranger): Promise<string | undefined> {
    return this.strangers.add(stranger);
  }

  inbox({ limit, before }: { limit: number; before?: string } = { limit: 50 }): InboxPage {
    return this.strangers.page(limit, before);
  }

  inboxCrops(clusterId: string, limit?: number): Promise<Crop[]> {
    return this.strangers.crops(clusterId, limit);
  }

  /** @returns how many faces the guest got */
  assignInbox(clusterId: string, guestId: string): Promise<number> {
    return this.strangers.assign(clusterId, guestId);
  }

  ignore(clusterId: string): Promise<void> {
    return this.strangers.ignore(clusterId);
  }

  neverAskAgain(clusterId: string): Promise<void> {
    return this.strangers.neverAskAgain(clusterId);
  }

  settings(): BookSettings {
    return this.ledger.root.settings;
  }

  async updateSettings(patch: BookSettings): Promise<BookSettings> {
    const wanted = check(settingsRule, patch, 'settings');
    const settings = await this.ledger.change((change) => {
      change.root.settings = { ...change.root.settings, ...wanted };
      change.audit({ action: 'settings-changed' });
      return change.root.settings;
    });
    this.emit({ kind: 'settings' });
    return settings;
  }

  /** The tuned encoder in force, as a file; undefined when the original is. */
  tunedEncoder(): Uint8Array | undefined {
    return this.shelves.tuning.encoder;
  }

  /** What the last tuning found; undefined before the first. */
  tuningReport(): Promise<unknown> {
    return this.shelves.tuning.report();
  }

  keepTuningReport(report: unknown): Promise<void> {
    return this.shelves.tuning.keepReport(report);
  }

  /** Puts a tuned encoder in force, with every face as it sees it: all at once, or not at all. */
  promoteEncoder(promotion: Promotion): Promise<void> {
    return this.shelves.tuning.promote(promotion);
  }

  /** Back to the original encoder, as it was. @returns false when it is in force already */
  stepBackEncoder(): Promise<boolean> {
    return this.shelves.tuning.stepBack();
  }

  /** Removes every trace of a guest, in every generation of every file. */
  async forget(guestId: string): Promise<void> {
    const tuned = this.tunedEncoder() !== undefined;
    await forgetGuest(this.shelves, guestId);
    if (tuned) {
      this.shelves.tuning.announce();
    }
    this.emit({ kind: 'forgotten', guestId });
    this.emit({ kind: 'guests' });
    this.emit({ kind: 'gallery', guestId });
  }

  /** Whether everything was forgotten: nothing can be kept any more before the next start. */
  get isForgotten(): boolean {
    return this.everythingForgotten;
  }

  /** Removes the whole book with its key; afterwards it is closed, and its folder is as before installation. */
  async forgetEverything(): Promise<void> {
    this.everythingForgotten = true;
    await removeEverything(this.shelves);
    this.emit({ kind: 'everything-forgotten' });
  }

  /** Retention, sweep and the check for expired consents; see `Housekeeper` for when. */
  async housekeeping(): Promise<HousekeepingReport> {
    const report = await housekeep(this.shelves);
    if (report.suspended.length > 0) {
      this.emit({ kind: 'gallery' });
    }
    if (report.visitsRemoved > 0 || report.thumbnailsRemoved > 0) {
      this.emit({ kind: 'visits' });
    }
    if (report.strangersRemoved > 0) {
      this.emit({ kind: 'inbox' });
    }
    return report;
  }

  lastHousekeepingAt(): number | undefined {
    return this.ledger.root.lastHousekeepingAt;
  }

  verifyAudit(): Promise<AuditVerdict> {
    return verifyAuditChain(this.shelves);
  }

  /** Notes that somebody connected to the plugin's socket. */
  noteSocketOpened(): Promise<void> {
    return this.ledger.change((change) => change.audit({ action: 'socket-opened' }));
  }

  /** Every guest who may still be known, with faces, crops and settings, locked with a passphrase. */
  exportArchive(passphrase: string): Promise<Uint8Array> {
    return exportBook(this.shelves, passphrase);
  }

  /** @throws GuestBookError `wrong-passphrase`, `invalid` */
  async importArchive(
    bytes: Uint8Array,
    passphrase: string,
    mode: ImportMode,
    options?: ImportOptions,
  ): Promise<ImportReport> {
    const report = await importBook(this.shelves, unpackArchive(bytes, passphrase), mode, options);
    this.emit({ kind: 'guests' });
    this.emit({ kind: 'gallery' });
    return report;
  }

  async privacy(): Promise<PrivacySummary> {
    const { guests, days, inbox, audit, lastHousekeepingAt } = this.ledger.root;
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
    return {
      guests: guests.length,
      templates: sum(guests.map((guest) => guest.faceCount)),
      crops: sum(guests.map((guest) => guest.cropCount)),
      visits: sum(days.map((day) => day.visits)),
      thumbnails: sum(days.map((day) => day.thumbnails)),
      strangers: inbox.filter((stranger) => stranger.ignored === undefined).length,
      auditEntries: audit.sequence - audit.anchorSequence,
      bytes: (await this.ledger.objects.size()).bytes,
      retention: this.shelves.retention,
      keyOrigin: this.shelves.keyOrigin,
      ...(lastHousekeepingAt !== undefined && { lastHousekeepingAt }),
    };
  }

  /** @returns a function that ends the subscription */
  on(_event: 'changed', listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Finishes what is under way and lets the next process in. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.everythingForgotten) {
      await this.shelves.close('The guest book is closed.');
    }
    this.listeners.clear();
  }

  private get ledger(): Ledger {
    return this.shelves.ledger;
  }

  private get register(): GuestRegister {
    return this.shelves.guests;
  }

  private get visitLog(): VisitLog {
    return this.shelves.visits;
  }

  private get strangers(): Inbox {
    return this.shelves.inbox;
  }

  /** A listener that fails is its own trouble, never the book's. */
  private emit(change: BookChange): void {
    for (const listener of this.listeners) {
      try {
        listener(change);
      } catch (error) {
        this.logger.warn('Something that follows the guest book failed; the book is not affected.');
        this.logger.debug(String(error instanceof Error ? error.stack : error));
      }
    }
  }
}
