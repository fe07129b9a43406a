import type { GuestBook } from '../guestbook/book.js';
import type { AuditVerdict, BookSettings, Crop, FaceEntry, Guest, GuestPatch } from '../guestbook/types.js';
import type { ImportReport, NewFace, NewGuest, PrivacySummary, StoredVisit, VisitPage } from '../guestbook/types.js';
import type { ImportMode, ImportOptions } from '../guestbook/transfer.js';
import type { Embedding, EncoderId, GuestTemplates } from '../types.js';
import type { UiLinkClient } from './client.js';
import { fitting } from './fitting.js';
import { cropFromWire, embeddingFromWire, embeddingToWire, faceToWire, fromBase64, toBase64 } from './wire-faces.js';
import { largestPiece } from './values.js';

/** The guest book as the command uses it: through the running plugin, or opened by the command itself. */
export interface BookAccess {
  guests(): Promise<Guest[]>;
  addGuest(guest: NewGuest): Promise<Guest>;
  updateGuest(id: string, patch: GuestPatch): Promise<Guest>;
  faces(guestId: string): Promise<FaceEntry[]>;
  addFaces(guestId: string, faces: readonly NewFace[]): Promise<string[]>;
  removeFaces(guestId: string, templateIds: readonly string[]): Promise<number>;
  reencodeFaces(guestId: string, encoder: EncoderId, embeddings: readonly FreshEmbedding[]): Promise<void>;
  galleryFor(encoder: EncoderId): Promise<readonly GuestTemplates[]>;
  crop(templateId: string): Promise<Crop | undefined>;
  visits(page: { limit: number; before?: string }): Promise<VisitPage>;
  visit(id: string): Promise<StoredVisit | undefined>;
  settings(): Promise<BookSettings>;
  updateSettings(patch: BookSettings): Promise<BookSettings>;
  privacy(): Promise<PrivacySummary>;
  /** The tuned encoder in force, as a file. */
  tunedEncoder(): Promise<Uint8Array | undefined>;
  forget(guestId: string): Promise<void>;
  forgetEverything(): Promise<void>;
  verifyAudit(): Promise<AuditVerdict>;
  exportArchive(passphrase: string): Promise<Uint8Array>;
  importArchive(
    bytes: Uint8Array,
    passphrase: string,
    mode: ImportMode,
    options?: ImportOptions,
  ): Promise<ImportReport>;
}

export interface FreshEmbedding {
  readonly templateId: string;
  readonly embedding: Embedding;
}

/** The book in this very process. */
export function localBook(book: GuestBook): BookAccess {
  return {
    guests: () => Promise.resolve(book.guests()),
    addGuest: (guest) => book.addGuest(guest),
    updateGuest: (id, patch) => book.updateGuest(id, patch),
    faces: (guestId) => attempt(() => book.faces(guestId)),
    addFaces: (guestId, faces) => book.addFaces(guestId, faces),
    removeFaces: (guestId, templateIds) => book.removeFaces(guestId, templateIds),
    reencodeFaces: (guestId, encoder, embeddings) => book.reencodeFaces(guestId, encoder, embeddings),
    galleryFor: (encoder) => Promise.resolve(book.galleryFor(encoder)),
    crop: (templateId) => book.crop(templateId),
    visits: (page) => book.visits(page),
    visit: (id) => book.visit(id),
    settings: () => Promise.resolve(book.settings()),
    updateSettings: (patch) => book.updateSettings(patch),
    privacy: () => book.privacy(),
    tunedEncoder: () => Promise.resolve(book.tunedEncoder()),
    forget: (guestId) => book.forget(guestId),
    forgetEverything: () => book.forgetEverything(),
    verifyAudit: () => book.verifyAudit(),
    exportArchive: (passphrase) => book.exportArchive(passphrase),
    importArchive: (bytes, passphrase, mode, options) => book.importArchive(bytes, passphrase, mode, options),
  };
}

/** The book in the plugin's process, over the link. What does not fit one message goes in several. */
export function remoteBook(client: UiLinkClient): BookAccess {
  return {
    guests: async () => (await client.ask('guests', {})).guests,
    addGuest: async (guest) => (await client.ask('guest-add', guest)).guest,
    updateGuest: async (id, patch) => (await client.ask('guest-change', { id, patch })).guest,
    faces: async (guestId) => (await client.ask('faces', { guestId })).faces,
    addFaces: async (guestId, faces) => {
      const ids: string[] = [];
      for (const batch of fitting(faces.map(faceToWire), 50)) {
        ids.push(...(await client.ask('faces-add', { guestId, faces: batch })).ids);
      }
      return ids;
    },
    removeFaces: async (guestId, ids) => (await client.ask('faces-remove', { guestId, templateIds: [...ids] })).removed,
    reencodeFaces: async (guestId, { id, version }, embeddings) => {
      const wire = embeddings.map(({ templateId, embedding }) => ({
        templateId,
        embedding: embeddingToWire(embedding),
      }));
      for (const batch of fitting(wire, 200)) {
        await client.ask('faces-encode-again', { guestId, encoder: { id, version }, embeddings: batch });
      }
    },
    galleryFor: (encoder) => remoteGallery(client, { id: encoder.id, version: encoder.version }),
    crop: async (templateId) => {
      const { picture, points } = await client.ask('face-picture', { templateId });
      return picture === undefined || points === undefined ? undefined : cropFromWire({ picture, points });
    },
    visits: (page) => client.ask('visits', page),
    visit: async (id) => (await client.ask('visit', { id })).visit,
    settings: async () => (await client.ask('settings', {})).settings,
    updateSettings: async (patch) => (await client.ask('settings-change', patch)).settings,
    privacy: () => client.ask('privacy', {}),
    tunedEncoder: async () => {
      const { file } = await client.ask('tuned-encoder', {});
      return file === undefined ? undefined : fromBase64(file);
    },
    forget: async (guestId) => {
      await client.ask('forget', { guestId });
    },
    forgetEverything: async () => {
      await client.ask('forget-everything', { confirm: 'forget everything' });
    },
    verifyAudit: () => client.ask('audit-verify', {}),
    exportArchive: (passphrase) => fetchArchive(client, passphrase),
    importArchive: async (bytes, passphrase, mode) => {
      const { transfer } = await client.ask('import-start', { bytes: bytes.byteLength });
      for (let offset = 0; offset < bytes.byteLength; offset += largestPiece) {
        const piece = toBase64(bytes.subarray(offset, offset + largestPiece));
        await client.ask('import-piece', { transfer, offset, piece });
      }
      return client.ask('import-finish', { transfer, passphrase, mode });
    },
  };
}

async function remoteGallery(client: UiLinkClient, encoder: EncoderId): Promise<GuestTemplates[]> {
  const { guests } = await client.ask('guests', {});
  const gallery: GuestTemplates[] = [];
  for (const { id, name } of guests) {
    const { templates } = await client.ask('gallery', { guestId: id, encoder });
    if (templates.length > 0) {
      gallery.push({
        id,
        name,
        templates: templates.map((template) => ({
          ...template,
          encoder,
          embedding: embeddingFromWire(template.embedding),
        })),
      });
    }
  }
  return gallery;
}

async function fetchArchive(client: UiLinkClient, passphrase: string): Promise<Uint8Array> {
  const { transfer, bytes } = await client.ask('export-start', { passphrase });
  const archive = new Uint8Array(bytes);
  for (let offset = 0; ;) {
    const { piece, last } = await client.ask('export-piece', { transfer, offset });
    const part = fromBase64(piece);
    archive.set(part, offset);
    offset += part.length;
    if (last) {
      return archive;
    }
  }
}

function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
