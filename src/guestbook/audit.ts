import { createHash } from 'node:crypto';
import type { AuditAction, AuditEntry, AuditVerdict } from './types.js';
import type { AuditRecord } from './root.js';

/** What an audit entry says, without its place in the chain. */
export interface AuditFact {
  readonly action: AuditAction;
  readonly subject?: string;
  readonly count?: number;
}

/** Entries kept in the index before they move to an object of their own. */
export const tailLimit = 200;

/** The chain's link: SHA-256 over the hash before and every field of the entry. */
export function auditHash(before: string, entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256')
    .update(
      JSON.stringify([before, entry.sequence, entry.at, entry.action, entry.subject ?? null, entry.count ?? null]),
    )
    .digest('hex');
}

/** Appends to the chain's tail, in place. */
export function appendAudit(audit: AuditRecord, fact: AuditFact, at: number): void {
  const entry = { sequence: audit.sequence + 1, at, ...fact };
  const hash = auditHash(audit.head, entry);
  audit.tail.push({ ...entry, hash });
  audit.head = hash;
  audit.sequence = entry.sequence;
}

/** Follows the chain from its anchor to its head. */
export class AuditCheck {
  private before: string;
  private sequence: number;

  constructor(private readonly audit: AuditRecord) {
    this.before = audit.anchor;
    this.sequence = audit.anchorSequence;
  }

  /** The next entries in order; returns what is wrong with them, if anything. */
  follow(entries: readonly AuditEntry[]): string | undefined {
    for (const entry of entries) {
      if (entry.sequence !== this.sequence + 1) {
        return `entry ${this.sequence + 1} is missing`;
      }
      if (entry.hash !== auditHash(this.before, entry)) {
        return `entry ${entry.sequence} was changed`;
      }
      this.before = entry.hash;
      this.sequence = entry.sequence;
    }
    return undefined;
  }

  verdict(fault?: string): AuditVerdict {
    const entries = this.audit.sequence - this.audit.anchorSequence;
    const broken =
      fault ??
      (this.before === this.audit.head && this.sequence === this.audit.sequence
        ? undefined
        : `entry ${this.sequence + 1} is missing`);
    return broken === undefined ? { whole: true, entries } : { whole: false, entries, fault: broken };
  }
}
