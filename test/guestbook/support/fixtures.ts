import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { GuestBook, type OpenOptions } from '../../../src/guestbook/book.js';
import type { Consent, NewFace, NewVisit } from '../../../src/guestbook/types.js';
import type { Logger } from '../../../src/types.js';
import { keepSecret, noteLine } from '../../support/secrets.js';

export const encoder = { id: 'test-encoder', version: '1' };
export const keyText = 'a1'.repeat(32);
keepSecret(keyText);
export const key = Buffer.from(keyText, 'hex');
/** 2026-01-15, noon. */
export const noon = Date.UTC(2026, 0, 15, 12);
export const dayMs = 86_400_000;

export const consent: Consent = { by: 'the guest', purpose: 'to be recognised at the door', at: noon - dayMs };

/** A logger that remembers what was said. */
export function recorder(): Logger & { lines: string[] } {
  const lines: string[] = [];
  const note =
    (level: string) =>
    (...text: unknown[]): void => {
      const line = text.map(String).join(' ');
      lines.push(`${level}: ${line}`);
      noteLine(line);
    };
  return { lines, debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
}

const mounts: string[] = [];
const folders: string[] = [];
const books: GuestBook[] = [];

afterEach(async () => {
  await Promise.all(books.splice(0).map((book) => book.close()));
  mounts.splice(0).forEach((place) => execFileSync('umount', ['-l', place]));
  folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

/** A folder that is gone after the test. */
export function temporaryFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'doorman-test-'));
  folders.push(folder);
  return folder;
}

/** A small file system of its own, where this machine lets us make one; gone after the test. */
export function tinyDisk(size: string): string | undefined {
  const place = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place], { stdio: 'ignore' });
  } catch {
    console.info('No file system can be mounted here (that takes root): this part was left out.');
    return undefined;
  }
  mounts.push(place);
  return place;
}

/** Opens a book with the tests' key and a standing clock; closed after the test. */
export async function openBook(folder: string, options: Partial<OpenOptions> = {}): Promise<GuestBook> {
  const book = await GuestBook.open({
    folder,
    key: { kind: 'text', text: keyText, origin: 'the test' },
    logger: recorder(),
    clock: () => noon,
    ...options,
  });
  books.push(book);
  return book;
}

/** Numbers that look like nothing else, reproducibly. */
export function embedding(seed: number, length = 128): Float32Array {
  let state = seed * 2_654_435_761 + 1;
  return Float32Array.from({ length }, () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 2_147_483_648 - 1;
  });
}

/** The beginning of a JPEG of the given size, followed by bytes that can be searched for. */
export function jpeg(width: number, height: number, marker: string): Uint8Array {
  const header = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc00011080000000003012200021101031101', 'hex');
  header.writeUInt16BE(height, 25);
  header.writeUInt16BE(width, 27);
  return Uint8Array.from(Buffer.concat([header, Buffer.from(marker.repeat(20))]));
}

export const points = [
  { x: 30, y: 40 },
  { x: 60, y: 40 },
  { x: 45, y: 70 },
];

export function face(seed: number, marker?: string): NewFace {
  return {
    embedding: embedding(seed),
    encoder,
    quality: 0.8,
    pose: { yaw: 0.1, pitch: 0, roll: 0 },
    source: 'photo',
    ...(marker !== undefined && { crop: { picture: jpeg(100, 100, marker), points } }),
  };
}

/** A visit that was decided for a guest, or for nobody. */
export function visit(id: string, startedAt: number, of?: { id: string; name: string }): NewVisit {
  const guest = of && { id: of.id, name: of.name };
  const best = guest && { guestId: guest.id, name: guest.name, distance: 0.6, tau: 0.9 };
  const identification = {
    ...(guest && { guest }),
    ...(best && { best }),
    confidence: 0.9,
    frames: 7,
    reasons: guest ? [`near ${guest.name}`] : ['nobody is near enough'],
  };
  const liveness = {
    state: 'live' as const,
    score: 0.9,
    blinks: 1,
    reasons: ['a blink'],
    signs: { blink: true, parallax: false, expression: false },
  };
  return {
    id,
    doorbell: 'Front door',
    startedAt,
    decidedAt: startedAt + 900,
    decision: {
      outcome: guest ? 'guest' : 'unknown',
      ...(guest && { guest }),
      identification,
      liveness,
      verified: false,
      reasons: guest ? liveness.reasons : identification.reasons,
    },
    receipt: {
      inputs: { identification, liveness, policy: 'require', elapsed: 3000, settled: false },
      versions: { doorman: '0.1.0' },
    },
  };
}

/** Every file under a folder, as paths. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** Whether any of the needles stands in any file, as it is on disk. */
export function foundIn(folder: string, needles: readonly Uint8Array[]): string[] {
  return filesUnder(folder).filter((path) => {
    const bytes = readFileSync(path);
    return needles.some((needle) => bytes.includes(Buffer.from(needle)));
  });
}
