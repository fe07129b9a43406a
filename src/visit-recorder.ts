import { withoutGuest } from './guestbook/anonymise.js';
import type { GuestBook } from './guestbook/book.js';
import type { NewVisit } from './guestbook/types.js';
import type { Logger, VisitEvent } from './types.js';
import type { WorkerHost } from './worker/host.js';
import type { FromWorker } from './worker/messages.js';

export interface VisitRecorderOptions {
  readonly book: GuestBook;
  /** What decides, for the receipt. */
  readonly classifier: string;
  readonly doorbell: string;
  readonly logger: Logger;
}

type WorkerEvent = Extract<FromWorker, { type: 'event' }>;

/** What an event came with, and the worker that it came from. */
export interface EventCircumstances extends Pick<WorkerEvent, 'picture' | 'evidence'> {
  readonly ready: WorkerHost['ready'];
}

/** Writes one doorbell's visits into the guest book, one after the other; a write that fails is said and costs no ring. */
export class VisitRecorder {
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly options: VisitRecorderOptions) {}

  /** A decision is kept at once, and the visit once more when it has ended. */
  record(event: VisitEvent, circumstances: EventCircumstances): void {
    const { doorbell, logger } = this.options;
    this.queue = this.queue.then(() =>
      this.write(event, circumstances).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        logger.error(`${doorbell}: the visit could not be written into the guest book: ${reason}`);
      }),
    );
  }

  /** Resolves when everything so far is written. */
  finish(): Promise<void> {
    return this.queue;
  }

  private async write(event: VisitEvent, { picture, evidence, ready }: EventCircumstances): Promise<void> {
    const { book, classifier } = this.options;
    if (event.type === 'ended') {
      // The decision is in the book already, perhaps without a guest who was forgotten meanwhile.
      const { decision: _decision, ...end } = event.visit;
      await book.recordVisit(end);
      return;
    }
    if (event.type !== 'decided') {
      return;
    }
    const { identification, liveness } = event.visit.decision;
    const encoder = ready?.encoder;
    const versions = {
      classifier,
      ...(encoder !== undefined && { encoder: `${encoder.id} ${encoder.version}` }),
      ...(ready !== undefined && { engine: ready.engine }),
    };
    const receipt = { inputs: { identification, liveness, ...event.inputs }, versions };
    const { visit } = withoutForgotten({ visit: { ...event.visit, receipt } }, book.guests());
    await book.recordVisit(visit, picture);
    if (encoder !== undefined && evidence !== undefined && evidence.length > 0) {
      await book.addStranger({
        visitId: event.visit.id,
        seenAt: event.visit.startedAt,
        faces: evidence.map(({ embedding, quality, pose, crop }) => ({
          embedding,
          encoder: { id: encoder.id, version: encoder.version },
          quality: quality.score,
          pose,
          crop,
          source: 'inbox' as const,
        })),
      });
    }
  }
}

/** A guest who was forgotten while the visit ran is not written down again. */
function withoutForgotten<T extends { readonly visit: NewVisit }>(record: T, guests: readonly { id: string }[]): T {
  const { guest, possiblyPhotoOf, identification } = record.visit.decision ?? {};
  const { best, second } = identification ?? {};
  const mentioned = [
    guest,
    possiblyPhotoOf,
    best && { id: best.guestId, name: best.name },
    second && { id: second.guestId, name: second.name },
  ];
  return mentioned.reduce<T>(
    (kept, person) =>
      person === undefined || guests.some(({ id }) => id === person.id)
        ? kept
        : withoutGuest(kept, person.id, [person.name]),
    record,
  );
}
