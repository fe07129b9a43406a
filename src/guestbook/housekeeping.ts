import { AuditCheck } from './audit.js';
import { unpackDocument } from './document.js';
import { unpackFaces } from './faces.js';
import { isExpired } from './guest-record.js';
import type { Change } from './ledger.js';
import type { ObjectId } from './object-store.js';
import type { Root } from './root.js';
import { scrub } from './scrub.js';
import type { Shelves } from './shelves.js';
import type { AuditEntry, AuditVerdict, HousekeepingReport } from './types.js';

const dayMs = 86_400_000;

/** Removes what has been kept long enough and says who is no longer recognised. */
export async function housekeep(shelves: Shelves): Promise<HousekeepingReport> {
  const { ledger, visits, inbox, logger } = shelves;
  const report = await ledger.change(async (change) => {
    const removed = await visits.expireIn(change);
    const strangersRemoved = inbox.expireIn(change);
    const auditEntriesRemoved = expireAudit(change, shelves.retention.auditDays);
    const suspended = change.root.guests.filter((guest) => isExpired(guest, change.now)).map((guest) => guest.id);
    change.root.lastHousekeepingAt = change.now;
    const count = removed.visits + removed.thumbnails + strangersRemoved;
    change.audit({ action: 'housekeeping', count });
    return {
      at: change.now,
      visitsRemoved: removed.visits,
      thumbnailsRemoved: removed.thumbnails,
      strangersRemoved,
      auditEntriesRemoved,
      suspended,
    };
  });
  // What has expired must be gone from the generation before as well.
  await ledger.change(() => undefined);
  const orphansRemoved = await sweepOrphans(shelves);
  const { mended, lost } = await scrub(shelves);
  logger.info(
    `The guest book was tidied: ${report.visitsRemoved} visits, ${report.thumbnailsRemoved} pictures and ` +
      `${report.strangersRemoved} unknown visitors had been kept long enough.` +
      (report.suspended.length > 0
        ? ` The consent of ${report.suspended.length} guest(s) has run out: they are not recognised until it is renewed.`
        : ''),
  );
  return { ...report, orphansRemoved, filesMended: mended, filesLost: lost };
}

/** Whole chunks go when their last entry is old enough; the chain then begins at an anchor. */
function expireAudit(change: Change, days: number): number {
  const { audit } = change.root;
  const oldest = change.now - days * dayMs;
  let removed = 0;
  while (audit.chunks[0] !== undefined && audit.chunks[0].until < oldest) {
    const { object, from, to, head } = audit.chunks.shift()!;
    change.drop(object);
    audit.anchor = head;
    audit.anchorSequence = to;
    removed += to - from + 1;
  }
  return removed;
}

/** Deletes every file that neither generation of the index refers to. */
export async function sweepOrphans(shelves: Shelves): Promise<number> {
  const { ledger } = shelves;
  return ledger.exclusively(async () => {
    const previous = await ledger.previousRoot();
    const keep = new Set<ObjectId>();
    for (const root of previous === undefined ? [ledger.root] : [ledger.root, previous]) {
      for (const id of await referredTo(shelves, root)) {
        keep.add(id);
      }
    }
    return ledger.objects.sweep(keep);
  });
}

async function referredTo({ ledger, visits }: Shelves, root: Root): Promise<ObjectId[]> {
  const ids: ObjectId[] = [
    ...root.days.map((day) => day.object),
    ...root.inbox.map((stranger) => stranger.object),
    ...root.audit.chunks.map((chunk) => chunk.object),
    ...(await visits.thumbnailsOf(root.days)),
    ...[root.tuning?.encoder?.object, root.tuning?.report].filter((id) => id !== undefined),
  ];
  for (const { faces } of root.guests) {
    if (faces !== undefined) {
      const bytes = await ledger.objects.get(faces);
      ids.push(faces, ...(bytes === undefined ? [] : unpackFaces(bytes).flatMap((face) => face.crop?.object ?? [])));
    }
  }
  return ids;
}

/** Follows the audit log's chain through every chunk. */
export async function verifyAuditChain({ ledger }: Shelves): Promise<AuditVerdict> {
  const { audit } = ledger.root;
  const { chunks, tail } = audit;
  const check = new AuditCheck(audit);
  for (const chunk of chunks) {
    const bytes = await ledger.objects.get(chunk.object);
    if (bytes === undefined) {
      return check.verdict(`entries ${chunk.from} to ${chunk.to} are damaged or missing`);
    }
    const fault = check.follow(unpackDocument(bytes).json as AuditEntry[]);
    if (fault !== undefined) {
      return check.verdict(fault);
    }
  }
  return check.verdict(check.follow(tail));
}
