import { join } from 'node:path';
import { GuestBook } from '../../src/guestbook/book.js';
import type { Guest, NewFace, NewVisit } from '../../src/guestbook/types.js';
import type { Logger, Pose } from '../../src/types.js';
import { bookFolder } from '../../src/ui-link/socket-place.js';
import { portraitOf, stillOf, strangers, type CastName } from '../visitors/index.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export const keyFile = (storage: string): string => join(storage, 'key');

/** The guest book that the plugin will open in this storage folder, opened before it. */
export function openHouseholdBook(storage: string): Promise<GuestBook> {
  return GuestBook.open({
    folder: bookFolder(storage),
    key: { kind: 'file', path: keyFile(storage) },
    logger: silent,
    retention: { inbox: true },
    holder: 'the test',
  });
}

/** What names may contain, and must not do. */
export const hostileName = '<img src=x onerror="document.title=1">';

const faces: readonly CastName[] = ['Anna', 'Ben', 'Clara', 'David'];
const names = ['Anna Berger', 'Ben Okafor', 'Clara Rossi', hostileName];

const encoder = { id: 'seeded', version: '1' };

/** The angles of an enrolment, radians. */
export const poses: readonly Pose[] = [
  { yaw: 0, pitch: 0, roll: 0 },
  { yaw: 0.4, pitch: 0, roll: 0 },
  { yaw: -0.4, pitch: 0, roll: 0 },
  { yaw: 0, pitch: 0.3, roll: 0 },
  { yaw: 0, pitch: -0.3, roll: 0 },
];

/** One small aligned face of each, drawn once: the book keeps whatever it is given. */
const drawn = new Map<string, Promise<Buffer>>();

function faceOf(who: CastName | number, pose: Pose): Promise<Buffer> {
  const key = `${who} ${pose.yaw} ${pose.pitch}`;
  const known = drawn.get(key) ?? drawFace(who, pose);
  drawn.set(key, known);
  return known;
}

async function drawFace(who: CastName | number, pose: Pose): Promise<Buffer> {
  const still = await stillOf(portraitOf(who), { width: 160, height: 160, size: 112, pose });
  return still.jpeg();
}

/** The scene that a visit's thumbnail shows. */
async function sceneOf(who: CastName | number): Promise<Buffer> {
  const still = await stillOf(portraitOf(who), { width: 480, height: 270, size: 62, background: 'porch' });
  return still.jpeg();
}

/** This person's alone, nearly the same in every picture. */
function embedding(seed: number, look: number): Float32Array {
  let state = seed * 2_654_435_761 + 1;
  return Float32Array.from({ length: 64 }, (_, at) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 2_147_483_648 - 1 + 0.02 * Math.sin(look * 7.1 + at);
  });
}

async function facesOf(
  who: CastName | number,
  seed: number,
  looks: readonly Pose[],
  source: NewFace['source'],
): Promise<NewFace[]> {
  return Promise.all(
    looks.map(async (pose, look) => ({
      embedding: embedding(seed, look),
      encoder,
      quality: 0.9 - look * 0.1,
      pose,
      source,
      crop: {
        picture: await faceOf(who, pose),
        points: [
          { x: 62, y: 60 },
          { x: 98, y: 60 },
          { x: 80, y: 80 },
          { x: 66, y: 98 },
          { x: 94, y: 98 },
        ],
      },
    })),
  );
}

export interface Household {
  readonly guests: readonly Guest[];
}

/**
 * Fills a guest book as a household would over weeks.
 *
 * @param size so many guests; the first few with pictures, one with a hostile name
 */
export async function fill(book: GuestBook, size: { guests: number; visits: number }): Promise<Household> {
  const guests: Guest[] = [];
  for (let at = 0; at < size.guests; at++) {
    const guest = await book.addGuest({
      name: names[at] ?? `Guest ${String(at + 1).padStart(2, '0')}`,
      relation: at === 0 ? 'sister' : 'friend',
      consent: { by: at === 2 ? 'her mother' : 'the guest', purpose: 'to be recognised at the door', at: Date.now() },
    });
    const who = faces[at];
    if (who !== undefined) {
      await book.addFaces(guest.id, await facesOf(who, at + 1, poses.slice(0, at === 0 ? 5 : 2), 'photo'));
    }
    guests.push(guest);
  }
  const pictures = await Promise.all([strangers[0], ...faces.slice(0, 3)].map(sceneOf));
  for (let at = 0; at < size.visits; at++) {
    await book.recordVisit(visit(at, size.visits, guests), at > size.visits - 12 ? pictures[at % 4] : undefined);
  }
  for (const [index, which] of [0, 1, 0].entries()) {
    await book.addStranger({
      visitId: `stranger-${index}`,
      seenAt: Date.now() - index * 3_600_000,
      faces: await facesOf(strangers[which]!, 21 + which, poses.slice(0, 2), 'inbox'),
    });
  }
  return { guests };
}

/** A visit of the last two weeks: most are named, some unknown, some undecided. */
function visit(at: number, all: number, guests: readonly Guest[]): NewVisit {
  const startedAt = Date.now() - (all - at) * Math.floor((14 * 86_400_000) / all) - 60_000;
  const outcome = at % 5 === 0 ? 'unknown' : at % 7 === 0 ? 'undecided' : 'guest';
  const { id, name } = guests[at % Math.min(3, guests.length)]!;
  const other = guests[(at + 1) % Math.min(3, guests.length)]!;
  const near = { guestId: id, name, distance: outcome === 'guest' ? 0.62 : 1.12, tau: 0.94 };
  const identification = {
    ...(outcome === 'guest' && { guest: { id, name } }),
    best: near,
    second: { guestId: other.id, name: other.name, distance: 1.21, tau: 0.94 },
    confidence: 0.97,
    frames: 7,
    reasons: [outcome === 'guest' ? 'nearer than any stranger' : 'farther than the threshold'],
  };
  const liveness = {
    state: outcome === 'undecided' ? ('undecided' as const) : ('live' as const),
    score: 0.9,
    blinks: 1,
    reasons: ['a blink was seen'],
    signs: { blink: true, parallax: true, expression: false },
  };
  return {
    id: `visit-${at}`,
    doorbell: 'Front Door',
    startedAt,
    decidedAt: startedAt + 900,
    endedAt: startedAt + 20_000,
    ...(at % 3 === 0 && { pressedAt: startedAt + 2000 }),
    decision: {
      outcome,
      ...(outcome === 'guest' && { guest: { id, name } }),
      identification,
      liveness,
      verified: false,
      reasons: identification.reasons,
    },
    receipt: {
      inputs: { identification, liveness, policy: 'require', elapsed: 900, settled: true },
      versions: { classifier: 'calibrated', encoder: 'fusion 1' },
    },
  };
}
