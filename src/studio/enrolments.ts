import { randomUUID } from 'node:crypto';
import type { GuestBook } from '../guestbook/book.js';
import { GuestBookError } from '../guestbook/errors.js';
import { mostFacesOfGuest } from '../guestbook/rules.js';
import type { FaceSource, NewFace } from '../guestbook/types.js';
import type { EncoderId, FaceEvidence, Logger } from '../types.js';
import { UiLinkError, type Answer, type Asked, type Call } from '../ui-link/protocol.js';
import { enrolAtDoorbell, type LiveDoorbell } from './live.js';
import { resultOf, type EnrolmentResult } from './result.js';
import type { Studio } from './studio.js';
import type { Training } from './training.js';
import type { ReceivedFile, Uploads } from './uploads.js';
import { reasonOf } from './words.js';

/** Enrolments under way at once; the page has one. */
const MOST_ENROLMENTS = 4;
/** An enrolment nobody has touched for so long is given up. */
const FORGOTTEN_MS = 15 * 60_000;

interface Enrolment {
  readonly id: string;
  readonly guestId: string;
  readonly faces: NewFace[];
  readonly given: AbortController;
  timer: NodeJS.Timeout;
}

export interface EnrolmentsOptions {
  readonly book: GuestBook;
  readonly studio: Studio;
  readonly uploads: Uploads;
  readonly training: Training;
  readonly doorbells: readonly LiveDoorbell[];
  readonly logger: Logger;
}

/**
 * Enrolments under way: what was taken waits in memory, and goes into the book with `finish`. Each belongs to the
 * connection that began it, and is given up when that ends first.
 */
export class Enrolments {
  private readonly enrolments = new Map<string, Enrolment>();

  constructor(private readonly options: EnrolmentsOptions) {}

  /** @throws GuestBookError `guest-unknown`, `consent-missing`; UiLinkError `busy` */
  start({ guestId }: Asked<'enrol-start'>, call: Call): Answer<'enrol-start'> {
    const { name, consentState } = this.options.book.guest(guestId);
    if (consentState !== 'valid') {
      throw new GuestBookError(
        'consent-missing',
        `${name}'s consent has run out: ask again and record it, then enrol.`,
      );
    }
    if (this.enrolments.size >= MOST_ENROLMENTS) {
      throw new UiLinkError('busy', 'Several enrolments are under way already; finish or abandon one of them.');
    }
    const id = randomUUID();
    this.enrolments.set(id, {
      id,
      guestId,
      faces: [],
      given: new AbortController(),
      timer: this.expiry(id),
    });
    call.signal.addEventListener('abort', () => void this.giveUp(id), { once: true });
    return { enrolment: id };
  }

  async file({ enrolment, name, kind, bytes }: Asked<'enrol-file'>): Promise<Answer<'enrol-file'>> {
    const { given } = this.find(enrolment);
    const { uploads } = this.options;
    const file = await uploads.begin(enrolment, name, kind, bytes);
    if (given.signal.aborted) {
      await uploads.dropAllOf(enrolment);
      throw givenUp();
    }
    return { file };
  }

  /** Takes a piece; the last one is answered when the file has been looked at. */
  async piece({ enrolment, file, offset, piece }: Asked<'enrol-piece'>, call: Call): Promise<Answer<'enrol-piece'>> {
    const found = this.find(enrolment);
    const { received, file: whole } = await this.options.uploads.accept(enrolment, file, offset, piece);
    if (whole === undefined) {
      return { received };
    }
    try {
      return { received, results: await this.look(found, whole, call) };
    } finally {
      await whole.remove();
    }
  }

  async live({ enrolment, doorbell }: Asked<'enrol-live'>, call: Call): Promise<Answer<'enrol-live'>> {
    const found = this.find(enrolment);
    const { doorbells } = this.options;
    const place = doorbells.find(({ name }) => name === doorbell);
    if (place === undefined) {
      throw new UiLinkError('not-found', `There is no doorbell called ${doorbell}; reload the page.`);
    }
    let taken = 0;
    await enrolAtDoorbell(place, found.given.signal, (progress, evidence, encoder) => {
      this.touch(found);
      call.progress(progress);
      if (evidence !== undefined) {
        this.keep(found, evidence, encoder, 'live');
        taken++;
      }
    });
    return { taken };
  }

  /** Writes what was taken into the book, then trains. Both go on when the asker leaves. */
  async finish({ enrolment }: Asked<'enrol-finish'>, call: Call): Promise<Answer<'enrol-finish'>> {
    const { book, training, logger } = this.options;
    const found = this.find(enrolment);
    const { guestId, faces } = found;
    if (faces.length === 0) {
      throw new UiLinkError('invalid', 'No picture could be taken yet, so there is nothing to learn from.');
    }
    const writing = faces.splice(0);
    try {
      await book.addFaces(guestId, writing);
    } catch (error) {
      // Nothing was written: the enrolment stays as it was, to be tried again.
      faces.unshift(...writing);
      throw error;
    }
    await this.giveUp(enrolment);
    try {
      const { warnings } = await training.run((progress) => call.progress(progress));
      return { templates: writing.length, warnings };
    } catch (error) {
      logger.warn(`The faces are enrolled, but training failed: ${reasonOf(error)}`);
      return { templates: writing.length, warnings: [`Training failed: ${reasonOf(error)}`] };
    }
  }

  /** Resolves when everything that had come is removed; nothing happens when it is over already. */
  async cancel({ enrolment }: Asked<'enrol-cancel'>): Promise<Answer<'enrol-cancel'>> {
    await this.giveUp(enrolment);
    return {};
  }

  /** Gives up the enrolments of a guest, or all. */
  async giveUpAllOf(guestId?: string): Promise<void> {
    const concerned = [...this.enrolments.values()].filter(
      (enrolment) => guestId === undefined || enrolment.guestId === guestId,
    );
    await Promise.all(concerned.map(({ id }) => this.giveUp(id)));
  }

  private async look(enrolment: Enrolment, file: ReceivedFile, call: Call): Promise<EnrolmentResult[]> {
    const { studio } = this.options;
    const kind: FaceSource = file.path.endsWith('.mp4') ? 'video' : 'photo';
    const { signal } = enrolment.given;
    const results: Promise<EnrolmentResult>[] = [];
    const taken: FaceEvidence[] = [];
    try {
      const encoder = await studio.run('encoder', {}, { signal });
      await studio.run(
        'look',
        { file: file.path, name: file.name },
        {
          signal,
          partial: (look) => {
            const result = resultOf(look);
            results.push(result);
            if (look.taken !== undefined) {
              taken.push(look.taken);
            }
            this.touch(enrolment);
            const done = results.length;
            void result.then((ready) => call.progress({ done, result: ready }));
          },
        },
      );
      taken.forEach((face) => this.keep(enrolment, face, encoder, kind));
      return await Promise.all(results);
    } catch (error) {
      throw signal.aborted
        ? givenUp()
        : new UiLinkError('failed', `${file.name} could not be looked at: ${reasonOf(error)}`);
    }
  }

  private keep(enrolment: Enrolment, face: FaceEvidence, { id, version }: EncoderId, source: FaceSource): void {
    if (enrolment.faces.length >= mostFacesOfGuest) {
      return;
    }
    const { embedding, quality, pose, crop } = face;
    enrolment.faces.push({ embedding, encoder: { id, version }, quality: quality.score, pose, crop, source });
  }

  private find(id: string): Enrolment {
    const enrolment = this.enrolments.get(id);
    if (enrolment === undefined) {
      throw givenUp();
    }
    this.touch(enrolment);
    return enrolment;
  }

  private touch(enrolment: Enrolment): void {
    clearTimeout(enrolment.timer);
    if (this.enrolments.has(enrolment.id)) {
      enrolment.timer = this.expiry(enrolment.id);
    }
  }

  private expiry(id: string): NodeJS.Timeout {
    return setTimeout(() => void this.giveUp(id), FORGOTTEN_MS).unref();
  }

  private async giveUp(id: string): Promise<void> {
    const enrolment = this.enrolments.get(id);
    if (enrolment === undefined) {
      return;
    }
    clearTimeout(enrolment.timer);
    this.enrolments.delete(id);
    enrolment.given.abort(givenUp());
    try {
      await this.options.uploads.dropAllOf(id);
    } catch (error) {
      this.options.logger.warn(`An unfinished upload could not be removed: ${reasonOf(error)}`);
    }
  }
}

const givenUp = (): UiLinkError => new UiLinkError('not-found', 'This enrolment is over; begin it again.');
