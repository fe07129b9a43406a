import { randomUUID } from 'node:crypto';
import type { GuestBook } from '../../src/guestbook/book.js';
import type { NewFace, NewVisit } from '../../src/guestbook/types.js';

/** The household the guest book is sized for. */
export const household = { guests: 50, templates: 40, dimensions: 1152, days: 30, visitsPerDay: 100 } as const;

export const encoder = { id: 'bench', version: '1' } as const;

/** A picture of the usual size of a crop: a JPEG header, then noise. Only its header is ever looked at. */
export function cropPicture(bytes: number): Uint8Array {
  const header = Buffer.from('ffd8ffc0001108007000700301220002110103110100', 'hex');
  const picture = Buffer.alloc(bytes, 0x5a);
  header.copy(picture);
  return picture;
}

export function face(seed: number): NewFace {
  const embedding = Float32Array.from({ length: household.dimensions }, (_, at) => Math.sin(seed * 31 + at * 7));
  const points = Array.from({ length: 8 }, (_, at) => ({ x: 40 + at, y: 60 + at }));
  return { embedding, encoder, quality: 0.8, source: 'photo', crop: { picture: cropPicture(12_000), points } };
}

/** A decided visit with everything a receipt holds. */
export function visit(startedAt: number, guest: { id: string; name: string } | undefined): NewVisit {
  const candidate = { guestId: guest?.id ?? randomUUID(), name: guest?.name ?? 'Somebody', distance: 0.612, tau: 0.9 };
  const identification = {
    ...(guest && { guest }),
    best: candidate,
    second: { ...candidate, distance: 1.121 },
    confidence: 0.97,
    frames: 9,
    reasons: ['near enough to the mean of the guest’s faces', 'the next guest is farther by 0.51'],
  };
  const liveness = {
    state: 'live' as const,
    score: 0.93,
    blinks: 1,
    reasons: ['a blink of 180 ms', 'the head turned by 11°, as a head does and a picture does not'],
    signs: { blink: true, parallax: true, expression: false },
  };
  return {
    id: randomUUID(),
    doorbell: 'Front door',
    startedAt,
    decidedAt: startedAt + 900,
    endedAt: startedAt + 12_000,
    decision: {
      outcome: guest === undefined ? 'unknown' : 'guest',
      ...(guest && { guest }),
      identification,
      liveness,
      verified: false,
      reasons: liveness.reasons,
    },
    receipt: {
      inputs: { identification, liveness, policy: 'require', elapsed: 900, settled: false },
      versions: { doorman: '0.1.0', encoder: 'bench 1', classifier: 'calibrated 1' },
    },
  };
}

/** Fills a book with the whole household. @param now the household's last moment, ms since the epoch */
export async function moveIn(book: GuestBook, now: number): Promise<void> {
  const consent = { by: 'the guest', purpose: 'to be recognised at the door', at: now - 86_400_000 };
  for (let at = 0; at < household.guests; at++) {
    const { id } = await book.addGuest({ name: `Guest ${at + 1}`, consent });
    await book.addFaces(
      id,
      Array.from({ length: household.templates }, (_, number) => face(at * 1000 + number)),
    );
  }
  const guests = book.guests();
  for (let back = household.days - 1; back >= 0; back--) {
    for (let number = 0; number < household.visitsPerDay; number++) {
      const guest = guests[(back + number) % (guests.length + 10)];
      const startedAt = now - back * 86_400_000 - number * 600_000;
      await book.recordVisit(visit(startedAt, guest && { id: guest.id, name: guest.name }), cropPicture(8000));
    }
  }
}
