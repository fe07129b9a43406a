/** What a snapshot request is answered with, best first. */
export type SnapshotChoice =
  /** The labelled picture of the event that just happened. */
  | { readonly kind: 'event' }
  /** The newest frame of the running reader, or the stream's newest key frame. */
  | { readonly kind: 'newest' }
  /** The last picture there was, with its age written on it. */
  | { readonly kind: 'older'; readonly label: string }
  /** Nothing was ever seen: words, and why. */
  | { readonly kind: 'words'; readonly text: string; readonly reason?: string };

/** What is at hand when a snapshot is asked for; times in ms since the epoch. */
export interface SnapshotSituation {
  readonly now: number;
  readonly name: string;
  /** Until when the event's picture is shown first. */
  readonly eventUntil?: number;
  readonly newest: boolean;
  readonly olderTakenAt?: number;
  readonly online: boolean;
  /** Why the camera is offline, one sentence. */
  readonly reason?: string;
}

/**
 * The longest wait for a frame. HAP-NodeJS warns at 8 s, hub and phone give up earlier, and drawing and sending take
 * time as well.
 */
export const FRAME_WAIT_MS = 3500;

/** The decoder's newest frame is normally there in a moment; after this the stream's key frame is decoded as well. */
export const NEWEST_WAIT_MS = 1000;

/** How long after an event its labelled picture is shown first: phones ask within two or three seconds of the ring. */
export const EVENT_SHOWN_MS = 10_000;

/** Which answer to give. Pure. */
export function chooseSnapshot(situation: SnapshotSituation): SnapshotChoice {
  if (situation.eventUntil !== undefined && situation.now < situation.eventUntil) {
    return { kind: 'event' };
  }
  if (situation.newest) {
    return { kind: 'newest' };
  }
  const why = situation.online ? 'no new picture' : 'camera offline';
  if (situation.olderTakenAt !== undefined) {
    return { kind: 'older', label: `${ageInWords(situation.now - situation.olderTakenAt)} (${why})` };
  }
  const { name, online, reason } = situation;
  return {
    ...{ kind: 'words', text: `${name}: ${online ? 'no picture yet' : 'camera offline'}` },
    ...(!online && reason !== undefined && { reason }),
  };
}

/** An age for people: "8 seconds ago", "2 hours ago". */
export function ageInWords(ms: number): string {
  const steps: readonly (readonly [number, string])[] = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ];
  for (const [unit, word] of steps) {
    const count = Math.floor(ms / unit);
    if (count >= 1) {
      return `${count} ${word}${count === 1 ? '' : 's'} ago`;
    }
  }
  return 'just now';
}
