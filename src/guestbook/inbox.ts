import { randomUUID } from 'node:crypto';
import type { EncoderId, Logger } from '../types.js';
import { joined, mean, nearestCluster, unit, type Cluster } from './cluster.js';
import { GuestBookError } from './errors.js';
import { checkFace } from './faces.js';
import type { GuestRegister } from './guests.js';
import type { Change, Ledger } from './ledger.js';
import type { ObjectId } from './object-store.js';
import type { StrangerRecord } from './root.js';
import { packStranger, unpackStranger } from './stranger.js';
import type { BookChange, Crop, InboxCluster, InboxPage, NewFace, NewStranger, Retention } from './types.js';
import type { VisitLog } from './visits.js';

/** How unknown faces are compared; `normalise` turns an encoder's raw output into a unit vector. */
export interface Clustering {
  readonly normalise: (embedding: Float32Array, encoder: EncoderId) => Float32Array;
  /** Largest cosine distance at which two visits are taken for one person. */
  readonly threshold: number;
}

export const plainClustering: Clustering = { normalise: unit, threshold: 0.45 };

const dayMs = 86_400_000;
const mostStrangers = 1000;
const mostFacesOfStranger = 8;
const mostPerPage = 100;

/**
 * Unknown visitors, grouped by person, waiting to be told who they are. Nothing is kept unless the household has
 * switched the inbox on, and then only for some days: these people have agreed to nothing.
 */
export class Inbox {
  private clusters: Map<string, Cluster> | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly guests: GuestRegister,
    private readonly visits: VisitLog,
    private readonly retention: Retention,
    private readonly clustering: Clustering,
    private readonly logger: Logger,
    private readonly emit: (change: BookChange) => void,
  ) {}

  /**
   * Keeps an unknown visitor's best faces.
   *
   * @returns the cluster they fell into; undefined when the inbox is off, or nobody wants to be asked about this person
   */
  async add({ visitId, seenAt, faces }: NewStranger): Promise<string | undefined> {
    if (!this.retention.inbox || faces.length === 0) {
      return undefined;
    }
    faces.forEach(checkFace);
    const best = faces.toSorted((one, other) => other.quality - one.quality).slice(0, mostFacesOfStranger);
    const face = this.centre(best);
    const cluster = await this.ledger.change(async (change) => {
      const clusters = await this.loadClusters();
      const nearest = nearestCluster(clusters.values(), face, this.clustering.threshold);
      if (nearest !== undefined && change.root.inbox.some((one) => one.cluster === nearest.id && one.ignored)) {
        this.keepIgnoredAwake(change, nearest.id, seenAt);
        return undefined;
      }
      const id = nearest?.id ?? randomUUID();
      const kept = best.map(({ crop, ...rest }) => (this.retention.crops ? { ...rest, crop } : rest));
      const object = await change.put(packStranger(kept));
      change.root.inbox.push({ id: randomUUID(), visitId, seenAt, cluster: id, object, faceCount: kept.length });
      this.dropOldest(change);
      change.audit({ action: 'stranger-kept', subject: visitId });
      change.afterwards(() => clusters.set(id, joined(nearest, id, face)));
      return id;
    });
    if (cluster !== undefined) {
      this.emit({ kind: 'inbox' });
    }
    return cluster;
  }

  /** Groups by person, most recently seen first; people nobody wants to be asked about are left out. */
  page(limit: number, before?: string): InboxPage {
    const groups = new Map<string, StrangerRecord[]>();
    for (const stranger of this.ledger.root.inbox) {
      if (stranger.ignored === undefined) {
        groups.set(stranger.cluster, [...(groups.get(stranger.cluster) ?? []), stranger]);
      }
    }
    const clusters = [...groups].map(([id, strangers]) => describeCluster(id, strangers)).toSorted(recentFirst);
    const start = before === undefined ? 0 : clusters.findIndex((cluster) => cluster.id === before) + 1;
    const shown = clusters.slice(start, start + Math.max(1, Math.min(limit, mostPerPage)));
    const last = shown.at(-1);
    return {
      clusters: shown,
      ...(last !== undefined && start + shown.length < clusters.length && { next: last.id }),
    };
  }

  /** The clearest pictures of one person, best first. */
  async crops(clusterId: string, limit = 6): Promise<Crop[]> {
    const faces = await this.facesOf(this.members(this.ledger.root.inbox, clusterId));
    return faces
      .toSorted((one, other) => other.quality - one.quality)
      .flatMap((face) => face.crop ?? [])
      .slice(0, limit);
  }

  /** "This is …": the faces become the guest's, and the visits are labelled so. The guest has agreed already. */
  async assign(clusterId: string, guestId: string): Promise<number> {
    const count = await this.ledger.change(async (change) => {
      const strangers = this.members(change.root.inbox, clusterId);
      const faces = await this.facesOf(strangers);
      await this.guests.addFacesIn(
        change,
        guestId,
        faces.map((face) => ({ ...face, source: 'inbox' as const })),
      );
      for (const { visitId } of strangers) {
        if ((await this.visits.get(visitId)) !== undefined) {
          await this.visits.labelIn(change, visitId, guestId);
        }
      }
      this.removeIn(change, strangers);
      const alias = change.root.guests.find((guest) => guest.id === guestId)?.alias;
      change.audit({ action: 'inbox-assigned', subject: alias, count: faces.length });
      return faces.length;
    });
    this.emit({ kind: 'inbox' });
    this.emit({ kind: 'gallery', guestId });
    return count;
  }

  /** "Not a guest": the faces are deleted. */
  async ignore(clusterId: string): Promise<void> {
    await this.ledger.change((change) => {
      const strangers = this.members(change.root.inbox, clusterId);
      this.removeIn(change, strangers);
      change.audit({ action: 'inbox-ignored', count: strangers.length });
    });
    this.emit({ kind: 'inbox' });
  }

  /**
   * "Never ask again": one mean vector without any picture stays, to know whom not to ask about. It goes like
   * everything in the inbox, some days after the person was last seen.
   */
  async neverAskAgain(clusterId: string): Promise<void> {
    await this.ledger.change(async (change) => {
      const strangers = this.members(change.root.inbox, clusterId);
      const faces = await this.facesOf(strangers);
      const first = faces[0];
      if (first !== undefined) {
        const same = faces.filter((face) => face.embedding.length === first.embedding.length);
        const embedding = mean(same.map((face) => face.embedding));
        const object = await change.put(packStranger([{ ...first, embedding, crop: undefined }]));
        const seenAt = Math.max(...strangers.map((stranger) => stranger.seenAt));
        change.root.inbox.push({
          id: randomUUID(),
          visitId: '',
          seenAt,
          cluster: clusterId,
          object,
          faceCount: 1,
          ignored: true,
        });
      }
      const gone = new Set(strangers.map((stranger) => stranger.id));
      change.root.inbox = change.root.inbox.filter((stranger) => !gone.has(stranger.id));
      change.drop(...strangers.map((stranger) => stranger.object));
      change.audit({ action: 'inbox-ignored', count: strangers.length });
    });
    this.emit({ kind: 'inbox' });
  }

  /** Removes what has been kept long enough; everything, when the inbox was switched off. */
  expireIn(change: Change): number {
    const oldest = change.now - this.retention.inboxDays * dayMs;
    const expired = change.root.inbox.filter((stranger) => !this.retention.inbox || stranger.seenAt < oldest);
    this.removeIn(change, expired);
    return expired.length;
  }

  /** Removes what was kept from these visits. */
  forgetVisitsIn(change: Change, visitIds: ReadonlySet<string>): void {
    this.removeIn(
      change,
      change.root.inbox.filter((stranger) => visitIds.has(stranger.visitId)),
    );
  }

  private members(inbox: readonly StrangerRecord[], clusterId: string): StrangerRecord[] {
    const strangers = inbox.filter((stranger) => stranger.cluster === clusterId && stranger.ignored === undefined);
    if (strangers.length === 0) {
      throw new GuestBookError('not-found', 'This visitor is not in the inbox (any more).');
    }
    return strangers;
  }

  private removeIn(change: Change, strangers: readonly StrangerRecord[]): void {
    if (strangers.length === 0) {
      return;
    }
    const gone = new Set(strangers.map((stranger) => stranger.id));
    change.root.inbox = change.root.inbox.filter((stranger) => !gone.has(stranger.id));
    change.drop(...strangers.map((stranger) => stranger.object));
    change.afterwards(() => (this.clusters = undefined));
  }

  private dropOldest(change: Change): void {
    const surplus = change.root.inbox.length - mostStrangers;
    if (surplus > 0) {
      const oldest = change.root.inbox.toSorted((one, other) => one.seenAt - other.seenAt).slice(0, surplus);
      this.removeIn(change, oldest);
    }
  }

  private keepIgnoredAwake(change: Change, clusterId: string, seenAt: number): void {
    change.root.inbox = change.root.inbox.map((stranger) =>
      stranger.cluster === clusterId ? { ...stranger, seenAt: Math.max(stranger.seenAt, seenAt) } : stranger,
    );
  }

  private centre(faces: readonly NewFace[]): Float32Array {
    const length = faces[0]?.embedding.length;
    const vectors = faces
      .filter((face) => face.embedding.length === length)
      .map((face) => this.clustering.normalise(face.embedding, face.encoder));
    return unit(mean(vectors));
  }

  private async loadClusters(): Promise<Map<string, Cluster>> {
    if (this.clusters === undefined) {
      const clusters = new Map<string, Cluster>();
      for (const stranger of this.ledger.root.inbox) {
        const faces = await this.facesOf([stranger]);
        if (faces.length > 0) {
          const { cluster: id } = stranger;
          clusters.set(id, joined(clusters.get(id), id, this.centre(faces)));
        }
      }
      this.clusters = clusters;
    }
    return this.clusters;
  }

  private async facesOf(strangers: readonly { readonly object: ObjectId }[]): Promise<NewFace[]> {
    const faces: NewFace[] = [];
    for (const { object } of strangers) {
      const bytes = await this.ledger.objects.get(object);
      if (bytes === undefined) {
        this.logger.warn('One unknown visitor of the inbox is damaged in both copies and is left out.');
      } else {
        faces.push(...unpackStranger(bytes));
      }
    }
    return faces;
  }
}

function describeCluster(id: string, strangers: readonly StrangerRecord[]): InboxCluster {
  const times = strangers.map((stranger) => stranger.seenAt);
  return {
    id,
    visits: strangers
      .map(({ visitId, seenAt, faceCount }) => ({ visitId, seenAt, faces: faceCount }))
      .toSorted((one, other) => other.seenAt - one.seenAt),
    firstSeenAt: Math.min(...times),
    lastSeenAt: Math.max(...times),
  };
}

function recentFirst(one: InboxCluster, other: InboxCluster): number {
  return other.lastSeenAt - one.lastSeenAt || (one.id < other.id ? -1 : 1);
}
