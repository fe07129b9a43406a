import type { Box, FaceObservation } from '../types.js';

/** A face followed over frames. */
export interface Track {
  readonly id: number;
  readonly startedAt: number;
  observation: FaceObservation;
  lastSeenAt: number;
}

export interface TrackedFace {
  readonly track: Track;
  readonly observation: FaceObservation;
}

/** A face unseen for this long is gone; a nod or a hand before the face is shorter. */
const LOST_AFTER_MS = 1500;

/** Two boxes belong together when their centres lie closer than this many face widths … */
const MAXIMUM_STEP = 0.9;

/** … and neither is this many times as large as the other. */
const MAXIMUM_GROWTH = 1.8;

/**
 * Follows faces by place and size: at some ten frames a second a face at the door moves by less than its own
 * width between two frames. Who it is plays no part here; the visits check that with the embeddings.
 */
export class FaceTracker {
  private tracks: Track[] = [];
  private nextId = 1;

  /** The tracks that are alive. */
  get current(): readonly Track[] {
    return this.tracks;
  }

  /** Assigns the faces of one frame, nearest pairs first, and opens tracks for those that fit none. */
  observe(timestamp: number, observations: readonly FaceObservation[]): TrackedFace[] {
    const pairs = observations
      .flatMap((observation) =>
        this.tracks.map((track) => ({ observation, track, step: step(track.observation.box, observation.box) })),
      )
      .filter(({ step }) => step < MAXIMUM_STEP)
      .sort((a, b) => a.step - b.step);
    const assigned = new Map<FaceObservation, Track>();
    const taken = new Set<Track>();
    for (const { observation, track } of pairs) {
      if (!assigned.has(observation) && !taken.has(track)) {
        assigned.set(observation, track);
        taken.add(track);
      }
    }
    return observations.map((observation) => {
      const track = assigned.get(observation) ?? this.open(timestamp, observation);
      track.observation = observation;
      track.lastSeenAt = timestamp;
      return { track, observation };
    });
  }

  /** Takes out and returns the tracks that were not seen for too long. */
  expire(timestamp: number): Track[] {
    const lost = this.tracks.filter((track) => timestamp - track.lastSeenAt > LOST_AFTER_MS);
    this.tracks = this.tracks.filter((track) => !lost.includes(track));
    return lost;
  }

  /** Forgets a track whose face is followed elsewhere. */
  drop(track: Track): void {
    this.tracks = this.tracks.filter((other) => other !== track);
  }

  /** Ends a track at once and follows its face under a new one: another person has taken its place. */
  split(track: Track, timestamp: number): Track {
    this.tracks = this.tracks.filter((other) => other !== track);
    return this.open(timestamp, track.observation);
  }

  private open(timestamp: number, observation: FaceObservation): Track {
    const track: Track = { id: this.nextId++, startedAt: timestamp, observation, lastSeenAt: timestamp };
    this.tracks.push(track);
    return track;
  }
}

/** How far apart two boxes are, in face widths; infinite when their sizes do not fit. */
function step(a: Box, b: Box): number {
  const growth = Math.max(a.width, b.width) / Math.max(1, Math.min(a.width, b.width));
  if (growth > MAXIMUM_GROWTH) {
    return Infinity;
  }
  const dx = a.x + a.width / 2 - b.x - b.width / 2;
  const dy = a.y + a.height / 2 - b.y - b.height / 2;
  return Math.hypot(dx, dy) / ((a.width + b.width) / 2);
}
