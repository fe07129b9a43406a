import { largestArchive } from '../guestbook/archive.js';
import type { GuestBook } from '../guestbook/book.js';
import type { ImportReport, VisitPage } from '../guestbook/types.js';
import type { EncoderId } from '../types.js';
import type { Answer, BookHandlers } from './protocol.js';
import { Transfers } from './transfers.js';
import { embeddingFromWire, embeddingToWire, faceFromWire, toBase64 } from './wire-faces.js';

export interface BookHandlersOptions {
  readonly book: GuestBook;
  /** The encoder in use, once it is known: says whose faces are usable. */
  readonly encoder: () => EncoderId | undefined;
}

/** Everything the guest book answers by itself, and what to call when a connection has ended. */
export function bookHandlers({ book, encoder }: BookHandlersOptions): {
  readonly handlers: BookHandlers;
  readonly connectionClosed: (connection: string) => void;
} {
  const transfers = new Transfers(largestArchive);
  return {
    handlers: { ...guestHandlers(book, encoder), ...visitHandlers(book), ...careHandlers(book, encoder, transfers) },
    connectionClosed: (connection) => transfers.endAllOf(connection),
  };
}

type GuestPart = 'guests' | 'guest-add' | 'guest-change' | 'faces' | 'faces-add' | 'faces-remove';
type FacePart = 'faces-encode-again' | 'gallery' | 'face-picture';

function guestHandlers(
  book: GuestBook,
  encoder: () => EncoderId | undefined,
): Pick<BookHandlers, GuestPart | FacePart> {
  return {
    guests: () => {
      const current = encoder();
      const suspended = current === undefined ? [] : book.galleryReport(current).suspended;
      return Promise.resolve({ guests: book.guests(), suspended: [...suspended] });
    },
    'guest-add': async (wanted) => ({ guest: await book.addGuest(wanted) }),
    'guest-change': async ({ id, patch }) => ({ guest: await book.updateGuest(id, patch) }),
    faces: ({ guestId }) => Promise.resolve({ faces: book.faces(guestId) }),
    'faces-add': async ({ guestId, faces }) => ({ ids: await book.addFaces(guestId, faces.map(faceFromWire)) }),
    'faces-remove': async ({ guestId, templateIds }) => ({ removed: await book.removeFaces(guestId, templateIds) }),
    'faces-encode-again': async ({ guestId, encoder: id, embeddings }) => {
      const fresh = embeddings.map(({ templateId, embedding }) => ({
        templateId,
        embedding: embeddingFromWire(embedding),
      }));
      await book.reencodeFaces(guestId, id, fresh);
      return {};
    },
    gallery: ({ guestId, encoder: id }) => {
      const templates = book.galleryFor(id).find((guest) => guest.id === guestId)?.templates ?? [];
      return Promise.resolve({
        templates: templates.map((template) => ({
          id: template.id,
          embedding: embeddingToWire(template.embedding),
          quality: template.quality,
        })),
      });
    },
    'face-picture': async ({ templateId }) => {
      const crop = await book.crop(templateId);
      return crop === undefined ? {} : { picture: toBase64(crop.picture), points: [...crop.points] };
    },
  };
}

type VisitPart = 'visits' | 'visit' | 'visit-picture' | 'visit-label';
type InboxPart = 'inbox' | 'inbox-pictures' | 'inbox-assign' | 'inbox-ignore';

function visitHandlers(book: GuestBook): Pick<BookHandlers, VisitPart | InboxPart> {
  return {
    visits: async (page) => visitPage(await book.visits(page)),
    visit: async ({ id }) => {
      const visit = await book.visit(id);
      return visit === undefined ? {} : { visit: visit as Answer<'visits'>['visits'][number] };
    },
    'visit-picture': async ({ id }) => {
      const thumbnail = await book.visitThumbnail(id);
      return thumbnail === undefined ? {} : { picture: toBase64(thumbnail) };
    },
    'visit-label': async ({ id, actualGuestId }) => {
      await book.labelVisit(id, { actualGuestId });
      return {};
    },
    inbox: async (page) => {
      const { clusters, next } = book.inbox(page);
      const { retention } = await book.privacy();
      return {
        enabled: retention.inbox,
        clusters: clusters.map((cluster) => ({ ...cluster, visits: [...cluster.visits] })),
        ...(next !== undefined && { next }),
      };
    },
    'inbox-pictures': async ({ clusterId, limit }) => {
      const crops = await book.inboxCrops(clusterId, limit);
      return { pictures: crops.map((crop) => toBase64(crop.picture)) };
    },
    'inbox-assign': async ({ clusterId, guestId }) => ({ faces: await book.assignInbox(clusterId, guestId) }),
    'inbox-ignore': async ({ clusterId, never }) => {
      await (never ? book.neverAskAgain(clusterId) : book.ignore(clusterId));
      return {};
    },
  };
}

function careHandlers(
  book: GuestBook,
  encoder: () => EncoderId | undefined,
  transfers: Transfers,
): Omit<BookHandlers, GuestPart | FacePart | VisitPart | InboxPart> {
  return {
    settings: () => Promise.resolve({ settings: book.settings() }),
    'settings-change': async (patch) => ({ settings: await book.updateSettings(patch) }),
    privacy: () => book.privacy(),
    'tuned-encoder': () => {
      const file = book.tunedEncoder();
      return Promise.resolve(file === undefined ? {} : { file: toBase64(file) });
    },
    forget: async ({ guestId }) => {
      await book.forget(guestId);
      return {};
    },
    'forget-everything': async () => {
      await book.forgetEverything();
      return {};
    },
    'audit-verify': () => book.verifyAudit(),
    'export-start': async ({ passphrase }, { connection }) => {
      const archive = await book.exportArchive(passphrase);
      return { transfer: transfers.offer(archive, connection), bytes: archive.byteLength };
    },
    'export-piece': ({ transfer, offset }, { connection }) =>
      Promise.resolve(transfers.fetch(transfer, offset, connection)),
    'import-start': ({ bytes }, { connection }) => Promise.resolve({ transfer: transfers.expect(bytes, connection) }),
    'import-piece': ({ transfer, offset, piece }, { connection }) =>
      Promise.resolve({ received: transfers.accept(transfer, offset, piece, connection) }),
    'import-finish': async ({ transfer, passphrase, mode }, { connection }) => {
      const archive = transfers.finish(transfer, connection);
      return importAnswer(await book.importArchive(archive, passphrase, mode, { encoder: encoder() }));
    },
    'transfer-cancel': ({ transfer }, { connection }) => {
      transfers.cancel(transfer, connection);
      return Promise.resolve({});
    },
  };
}

/** A list needs no receipts; `visit` gives them one by one. */
function visitPage({ visits, next }: VisitPage): Answer<'visits'> {
  const light = visits.map(({ receipt: _receipt, ...visit }) => visit);
  return { visits: light as Answer<'visits'>['visits'], ...(next !== undefined && { next }) };
}

function importAnswer(report: ImportReport): Answer<'import-finish'> {
  return { ...report, refused: [...report.refused] };
}
