import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { UiLinkError } from '../ui-link/protocol.js';

/** Files on their way in at once. */
const MOST_FILES = 4;
/** Their announced sizes together, bytes. */
const MOST_BYTES = 512 * 1024 * 1024;
const LONGEST_NAME = 80;

interface Upload {
  readonly owner: string;
  /** As people know it; on disk it has a name of our own. */
  readonly name: string;
  readonly path: string;
  readonly file: FileHandle;
  readonly bytes: number;
  received: number;
  /** A piece is being written. */
  busy: boolean;
}

/** A file that has arrived whole. `remove` must be called when it is done with. */
export interface ReceivedFile {
  readonly path: string;
  readonly name: string;
  remove(): Promise<void>;
}

/**
 * Photos and films on their way in, in private files (0600 in a folder of 0700) that go when they have been looked
 * at, when their enrolment ends, and, after a crash, with the next start.
 */
export class Uploads {
  private readonly uploads = new Map<string, Upload>();
  private prepared: Promise<void> | undefined;
  private clearing: Promise<void> = Promise.resolve();

  /** @param folder of our own: what lies in it is removed */
  constructor(private readonly folder: string) {}

  /** Removes everything, also what a crash has left behind. */
  clear(): Promise<void> {
    this.clearing = Promise.all([...this.uploads.keys()].map((id) => this.drop(id))).then(() => {
      this.prepared = undefined;
      return rm(this.folder, { recursive: true, force: true });
    });
    return this.clearing;
  }

  /** Room for a file. @throws UiLinkError `busy` */
  async begin(owner: string, name: string, kind: 'photo' | 'video', bytes: number): Promise<string> {
    const all = [...this.uploads.values()];
    if (all.length >= MOST_FILES || all.reduce((sum, upload) => sum + upload.bytes, bytes) > MOST_BYTES) {
      throw new UiLinkError('busy', 'Too many files are on their way at once; wait for the others.');
    }
    await this.clearing.catch(() => undefined);
    await (this.prepared ??= this.prepare());
    const id = randomUUID();
    const path = join(this.folder, `${id}.${kind === 'video' ? 'mp4' : 'jpg'}`);
    const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
      throw notWritten(error);
    });
    this.uploads.set(id, { owner, name: plainName(name), path, file, bytes, received: 0, busy: false });
    return id;
  }

  /** Takes the next piece. @returns bytes received so far, and the file when it is whole */
  async accept(
    owner: string,
    id: string,
    offset: number,
    piece: string,
  ): Promise<{ received: number; file?: ReceivedFile }> {
    const upload = this.uploads.get(id);
    if (upload?.owner !== owner) {
      throw new UiLinkError('not-found', 'This file was given up; send it again.');
    }
    const part = Buffer.from(piece, 'base64');
    if (upload.busy || offset !== upload.received || offset + part.length > upload.bytes) {
      throw new UiLinkError('invalid', `The piece does not follow: ${upload.received} of ${upload.bytes} bytes came.`);
    }
    upload.busy = true;
    try {
      await upload.file.write(part, 0, part.length, offset);
    } catch (error) {
      await this.drop(id);
      throw notWritten(error);
    }
    upload.busy = false;
    upload.received += part.length;
    if (upload.received < upload.bytes || !this.uploads.delete(id)) {
      return { received: upload.received };
    }
    await upload.file.close();
    const { path, name } = upload;
    return { received: upload.received, file: { path, name, remove: () => rm(path, { force: true }) } };
  }

  async dropAllOf(owner: string): Promise<void> {
    await Promise.all([...this.uploads].filter(([, upload]) => upload.owner === owner).map(([id]) => this.drop(id)));
  }

  private async drop(id: string): Promise<void> {
    const upload = this.uploads.get(id);
    if (upload !== undefined) {
      this.uploads.delete(id);
      await upload.file.close().catch(() => undefined);
      await rm(upload.path, { force: true });
    }
  }

  private async prepare(): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      this.prepared = undefined;
      throw notWritten(error);
    }
  }
}

/** The last part of a name or path, without what is no letter to be read. */
export function plainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const plain = last.replace(/\p{C}/gu, '').trim();
  return plain === '' ? 'the file' : plain.slice(-LONGEST_NAME);
}

function notWritten(error: unknown): UiLinkError {
  const { code } = error as { code?: unknown };
  const why = code === 'ENOSPC' ? 'the disk is full' : String(code ?? error);
  return new UiLinkError('failed', `The file could not be stored for looking at it (${why}).`, { cause: error });
}
