import type {
  Embedding,
  FaceObservation,
  Identification,
  LivenessPolicy,
  LivenessVerdict,
  Probe,
  Visit,
  VisitDecision,
  VisitEvent,
} from '../types.js';
import { isReplaced, whoCameBack, type Recognition } from './reunion.js';
import { FaceTracker, type Track, type TrackedFace } from './tracker.js';
import { Visitor, type LivenessObserver } from './visitor.js';

/** What the visits need from the other pure rooms; the pipeline hands it in. */
export interface VisitRules extends Recognition {
  readonly doorbell: string;
  readonly policy: LivenessPolicy;
  /** A visitor away for longer than this has ended the visit, ms. */
  readonly gap: number;
  decide(input: {
    readonly identification: Identification;
    readonly liveness: LivenessVerdict;
    readonly policy: LivenessPolicy;
    readonly elapsed: number;
    readonly settled: boolean;
  }): VisitDecision | undefined;
  judge(): LivenessObserver;
  newId(): string;
}

/** A face that was seen once may be a pattern in the hedge. */
const ANNOUNCE_AFTER_MS = 250;

/** A face too small or too dark to judge still is a person at the door after this time. */
const ANNOUNCE_UNUSABLE_AFTER_MS = 1500;

/** So many looks must disagree, none agreeing, before somebody else is believed to have taken the place. */
const DISSENT = 2;

/** … or so many of which none agrees. */
const DOUBT = 6;

/** A face that was not seen for this long may be the one that appeared elsewhere. */
const STALE_MS = 150;

/**
 * The visits at one doorbell. For every frame: `see` the faces, `learn` the embeddings of those it asks for,
 * then `settle` what follows. Each visitor gets exactly one decision. Time comes in with the frames.
 */
export class Visits {
  private readonly tracker = new FaceTracker();
  private readonly visitors = new Map<Track, Visitor>();
  private absent: Visitor[] = [];

  constructor(private readonly rules: VisitRules) {}

  /** The faces being followed, so that vision need not search for them. */
  get faces(): readonly FaceObservation[] {
    return this.tracker.current.map((track) => track.observation);
  }

  get busy(): boolean {
    return this.visitors.size > 0 || this.absent.length > 0;
  }

  /** Follows the faces of a frame; returns those worth encoding. */
  see(timestamp: number, observations: readonly FaceObservation[]): TrackedFace[] {
    const faces = this.tracker.observe(timestamp, observations);
    for (const { track, observation } of faces) {
      this.visitorOf(track, timestamp).see(observation);
    }
    return faces.filter(({ track, observation }) => this.visitors.get(track)?.wantsEmbedding(observation) === true);
  }

  /** Adds one encoded look of a face that `see` asked for. Returns the id of the visit it belongs to. */
  learn({ track, observation }: TrackedFace, embedding: Embedding): string {
    const visitor = this.visitorOf(track, observation.timestamp);
    const probe: Probe = { embedding, quality: observation.quality.score };
    visitor.encoded(observation.timestamp);
    const same = this.resembles(visitor, probe, observation.timestamp);
    if (same === true) {
      visitor.agree([probe], observation.timestamp);
      return isReplaced(visitor, this.rules)
        ? this.takeOver(track, visitor, visitor.newest, observation.timestamp).id
        : visitor.id;
    }
    visitor.doubt(probe, same === false);
    const { doubtful } = visitor;
    const looks = doubtful.map((doubt) => doubt.probe);
    // Looks too poor to tell alone may tell together; but never with one among them that is somebody else's.
    if (doubtful.every(({ dissents }) => !dissents)) {
      if (this.rules.samePerson(visitor.probes, looks) === true) {
        visitor.agree(looks, observation.timestamp);
        return visitor.id;
      }
    }
    const dissenting = doubtful.filter(({ dissents }) => dissents).length;
    return dissenting >= DISSENT || doubtful.length >= DOUBT
      ? this.takeOver(track, visitor, looks, observation.timestamp).id
      : visitor.id;
  }

  /** What has become of the visits by now. Also to be called when no frame comes. */
  settle(timestamp: number): VisitEvent[] {
    const events: VisitEvent[] = [];
    for (const track of this.tracker.expire(timestamp)) {
      this.leave(track);
    }
    for (const [track, visitor] of this.visitors) {
      if (!this.reunite(track, visitor)) {
        this.announce(visitor, timestamp, events);
        this.decide(visitor, timestamp, false, events);
      }
    }
    this.absent = this.absent.filter((visitor) => {
      const over = timestamp - visitor.lastSeenAt > this.rules.gap;
      if (over) {
        this.end(visitor, timestamp, events);
      }
      return !over;
    });
    return events;
  }

  /** The button was pressed: it belongs to whoever is at the door, a named guest before others. */
  press(at: number): VisitEvent {
    const present = [...this.visitors.values()].sort((a, b) => b.lastSeenAt - a.lastSeenAt);
    const visitor = present.find(({ decision }) => decision?.guest !== undefined) ?? present[0];
    if (visitor === undefined) {
      return { type: 'pressed', at };
    }
    visitor.pressedAt = at;
    return { type: 'pressed', at, visit: visitor.visit() };
  }

  /** Ends everything, for example because the camera is gone for good. */
  close(timestamp: number): VisitEvent[] {
    const events: VisitEvent[] = [];
    for (const visitor of [...this.visitors.values(), ...this.absent]) {
      this.end(visitor, timestamp, events);
    }
    this.visitors.clear();
    this.absent = [];
    return events;
  }

  private visitorOf(track: Track, timestamp: number): Visitor {
    let visitor = this.visitors.get(track);
    if (visitor === undefined) {
      visitor = new Visitor(this.rules.newId(), this.rules.doorbell, timestamp, () => this.rules.judge());
      this.visitors.set(track, visitor);
    }
    return visitor;
  }

  private leave(track: Track): void {
    const visitor = this.visitors.get(track);
    if (visitor !== undefined) {
      this.visitors.delete(track);
      visitor.away = true;
      this.absent.push(visitor);
    }
  }

  /** Another person has stepped into a track's place: they begin a visit of their own. */
  private takeOver(track: Track, visitor: Visitor, probes: readonly Probe[], timestamp: number): Visitor {
    visitor.doubtful = [];
    this.leave(track);
    const successor = this.visitorOf(this.tracker.split(track, timestamp), timestamp);
    successor.see(track.observation);
    const newest = probes.slice(-1);
    // The looks before may be of several people: only those of the newest one are theirs.
    const theirs = probes.slice(0, -1).filter((probe) => this.rules.samePerson(newest, [probe]) === true);
    successor.agree([...theirs, ...newest], timestamp);
    return successor;
  }

  /** Whether a look shows a visitor, as seen so far and as seen just before; a visitor's first look always does. */
  private resembles(visitor: Visitor, probe: Probe, timestamp: number): boolean | undefined {
    if (visitor.probes.length === 0) {
      return true;
    }
    const same = this.rules.samePerson(visitor.probes, [probe]);
    const before = visitor.lookedLike(timestamp);
    const changed = same === true && before.length > 0 && this.rules.samePerson(before, [probe]) === false;
    return changed ? false : same;
  }

  /** Whether a face that is new on the picture belongs to a visit that was interrupted, or may yet. */
  private reunite(track: Track, visitor: Visitor): boolean {
    const stale = [...this.visitors].filter(
      ([, other]) => other !== visitor && visitor.lastSeenAt - other.lastSeenAt > STALE_MS,
    );
    const away = [...this.absent, ...stale.map(([, other]) => other)];
    if (visitor.announced || away.length === 0) {
      return false;
    }
    const earlier = whoCameBack(visitor, away, this.rules);
    if (earlier instanceof Visitor) {
      this.absent = this.absent.filter((other) => other !== earlier);
      for (const [left] of stale.filter(([, other]) => other === earlier)) {
        this.visitors.delete(left);
        this.tracker.drop(left);
      }
      earlier.absorb(visitor);
      this.visitors.set(track, earlier);
      return true;
    }
    return earlier === 'unclear';
  }

  private announce(visitor: Visitor, timestamp: number, events: VisitEvent[]): void {
    const after = visitor.firstUsableAt === undefined ? ANNOUNCE_UNUSABLE_AFTER_MS : ANNOUNCE_AFTER_MS;
    if (!visitor.announced && visitor.lastSeenAt - visitor.startedAt >= after && timestamp >= visitor.startedAt) {
      visitor.announced = true;
      events.push({ type: 'started', visit: visitor.visit() });
    }
  }

  private decide(visitor: Visitor, timestamp: number, settled: boolean, events: VisitEvent[]): void {
    if (visitor.decision !== undefined || (!visitor.announced && !settled)) {
      return;
    }
    // A name is told only of somebody who is still there.
    if (!settled && visitor.withheld && !visitor.agrees(visitor.lastSeenAt)) {
      return;
    }
    const identification = this.rules.identify(visitor.probes);
    visitor.identification = identification;
    const inputs = {
      policy: this.rules.policy,
      elapsed: visitor.firstUsableAt === undefined ? 0 : timestamp - visitor.firstUsableAt,
      settled,
    };
    const { guest } = identification;
    if (guest !== undefined && !visitor.isWitnessed((probes) => this.rules.identify(probes).guest?.id === guest.id)) {
      visitor.forgetLife();
    }
    const liveness = visitor.verdict(timestamp);
    const decision = this.rules.decide({ identification, liveness, ...inputs });
    if (decision === undefined) {
      if (identification.guest !== undefined && !visitor.withheld) {
        visitor.withheld = true;
        events.push({ type: 'withheld', visit: visitor.visit() });
      }
      return;
    }
    visitor.decision = decision;
    visitor.decidedAt = timestamp;
    const visit: Visit & { decision: VisitDecision } = { ...visitor.visit(), decision };
    events.push({
      type: 'decided',
      visit,
      inputs,
      ...(visitor.box !== undefined && !settled && { face: visitor.box }),
    });
  }

  private end(visitor: Visitor, timestamp: number, events: VisitEvent[]): void {
    if (!visitor.announced) {
      // A glimpse that never became a person: nobody was told, so nothing ends.
      return;
    }
    this.decide(visitor, timestamp, true, events);
    events.push({ type: 'ended', visit: { ...visitor.visit(), endedAt: timestamp } });
  }
}
