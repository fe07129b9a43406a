import { describe, expect, it } from '@jest/globals';
import { appendAudit, AuditCheck } from '../../src/guestbook/audit.js';
import { emptyRoot } from '../../src/guestbook/root.js';
import type { AuditRecord } from '../../src/guestbook/root.js';
import type { AuditEntry } from '../../src/guestbook/types.js';

function log(): AuditRecord {
  const { audit } = emptyRoot(0);
  appendAudit(audit, { action: 'guest-added', subject: 'alias-1' }, 10);
  appendAudit(audit, { action: 'faces-added', subject: 'alias-1', count: 5 }, 20);
  appendAudit(audit, { action: 'exported', count: 1 }, 30);
  appendAudit(audit, { action: 'guest-forgotten', subject: 'alias-1' }, 40);
  return audit;
}

describe('the audit log’s chain', () => {
  const entries = log().tail;
  const changed = (at: number, patch: Partial<AuditEntry>): AuditEntry[] =>
    entries.map((entry, index) => (index === at ? { ...entry, ...patch } : entry));

  it.each<[string, readonly AuditEntry[], string | undefined]>([
    ['as it was written', entries, undefined],
    ['with another time', changed(1, { at: 21 }), 'entry 2 was changed'],
    ['with another count', changed(1, { count: 4 }), 'entry 2 was changed'],
    ['with another action', changed(2, { action: 'imported' }), 'entry 3 was changed'],
    ['with another subject', changed(0, { subject: 'alias-2' }), 'entry 1 was changed'],
    ['without its first entry', entries.slice(1), 'entry 1 is missing'],
    ['without one in the middle', entries.filter((_, at) => at !== 2), 'entry 3 is missing'],
    ['without its last entry', entries.slice(0, 3), 'entry 4 is missing'],
    ['with two exchanged', [entries[0]!, entries[2]!, entries[1]!, entries[3]!], 'entry 2 is missing'],
  ])('%s', (_what, shown, fault) => {
    const audit = log();
    const check = new AuditCheck(audit);
    const verdict = check.verdict(check.follow(shown));
    expect(verdict).toEqual(fault === undefined ? { whole: true, entries: 4 } : { whole: false, entries: 4, fault });
  });

  it('goes on from an anchor when its beginning has expired', () => {
    const audit = log();
    const [first, ...rest] = audit.tail;
    const shortened = { ...audit, anchor: first!.hash, anchorSequence: 1, tail: rest };
    const check = new AuditCheck(shortened);
    expect(check.verdict(check.follow(rest))).toEqual({ whole: true, entries: 3 });
  });
});
