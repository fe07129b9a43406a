import type { AuditEntry, BookSettings, Consent } from './types.js';
import type { ObjectId } from './object-store.js';
import type { TuningRecord } from './tuning.js';
import { GuestBookError } from './errors.js';

/** The version of the index' layout that this code writes. */
export const currentSchema = 1;

/**
 * The book's index: everything small, and the ids of the objects that hold the rest. It is written whole at every
 * change, so it stays small: some 100 kB with 50 guests and 30 days.
 */
export interface Root {
  schema: number;
  /** Counts the changes; says which of two indexes is newer. */
  generation: number;
  createdAt: number;
  writtenAt: number;
  guests: GuestRecord[];
  /** One object per UTC day, oldest first. */
  days: DayRecord[];
  inbox: StrangerRecord[];
  audit: AuditRecord;
  settings: BookSettings;
  tuning?: TuningRecord;
  lastHousekeepingAt?: number;
  /** Objects that this change made superfluous; the generation before still needs them, the next change removes them. */
  dropped: ObjectId[];
}

export interface GuestRecord {
  readonly id: string;
  name: string;
  /** Earlier names; they still stand in old visits. */
  formerNames?: string[];
  relation?: string;
  notes?: string;
  consent: Consent;
  readonly createdAt: number;
  updatedAt: number;
  lastSeenAt?: number;
  /** The random stand-in for this guest in the audit log. */
  readonly alias: string;
  /** The object with the guest's templates. */
  faces?: ObjectId;
  faceCount: number;
  cropCount: number;
}

export interface DayRecord {
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  object: ObjectId;
  visits: number;
  thumbnails: number;
}

export interface StrangerRecord {
  readonly id: string;
  readonly visitId: string;
  readonly seenAt: number;
  cluster: string;
  /** The object with the faces. */
  readonly object: ObjectId;
  readonly faceCount: number;
  /** Set when the household never wants to be asked about this person again. */
  ignored?: true;
}

export interface AuditRecord {
  /** The hash before the first entry that is still kept, and its sequence number minus one. */
  anchor: string;
  anchorSequence: number;
  head: string;
  sequence: number;
  /** Full chunks, oldest first. */
  chunks: AuditChunk[];
  tail: AuditEntry[];
}

/** A run of audit entries that no longer grows. */
export interface AuditChunk {
  readonly object: ObjectId;
  /** Sequence numbers of the first and the last entry. */
  readonly from: number;
  readonly to: number;
  /** When the last entry was made. */
  readonly until: number;
  /** The last entry's hash. */
  readonly head: string;
}

export function emptyRoot(now: number): Root {
  return {
    schema: currentSchema,
    generation: 0,
    createdAt: now,
    writtenAt: now,
    guests: [],
    days: [],
    inbox: [],
    audit: { anchor: '', anchorSequence: 0, head: '', sequence: 0, chunks: [], tail: [] },
    settings: {},
    dropped: [],
  };
}

/** Turns an index of schema n (the place in the list) into one of schema n + 1. */
export type Migration = (root: Record<string, unknown>) => Record<string, unknown>;

/** None yet: schema 1 is the first. `migrations[0]` will turn schema 1 into schema 2. */
export const migrations: readonly Migration[] = [];

/**
 * Brings an index of an older layout to the newest one, step by step.
 *
 * @throws GuestBookError `newer-version` when a newer Doorman wrote it
 */
export function migrate(root: Record<string, unknown>, steps: readonly Migration[] = migrations): Root {
  let schema = Number(root['schema']);
  const newest = steps.length + 1;
  if (!Number.isInteger(schema) || schema < 1 || schema > newest) {
    throw new GuestBookError(
      'newer-version',
      `The guest book was written by a newer version of Doorman (layout ${String(root['schema'])}, ` +
        `this one knows up to ${newest}). Update Doorman.`,
    );
  }
  let migrated = root;
  for (const step of steps.slice(schema - 1)) {
    migrated = { ...step(migrated), schema: ++schema };
  }
  return migrated as unknown as Root;
}
