/** Clocks of camera and host part by some 50 ppm at most; this much the estimate may creep upwards, in ms per ms. */
const MAX_DRIFT = 0.0002;

/** A picture this much later or earlier than expected means that the stream's time has jumped. */
const JUMP_MS = 5000;

/**
 * Sets a stream's presentation times to the wall clock. Pictures arrive late in varying measure (network, decoder,
 * a busy thread), never early; so the least delay seen so far ties the two clocks together, and the spacing between
 * frames stays the camera's own.
 */
export class PresentationClock {
  private offset: number | undefined;
  private lastArrival = 0;

  /**
   * @param presentation the stream's time in ms
   * @param arrival the wall clock in ms since the epoch
   * @returns the capture time in ms since the epoch, without the constant part of the delay
   */
  toWallClock(presentation: number, arrival: number): number {
    const offset = arrival - presentation;
    if (this.offset === undefined || Math.abs(offset - this.offset) > JUMP_MS) {
      this.offset = offset;
    } else {
      const crept = this.offset + Math.max(0, arrival - this.lastArrival) * MAX_DRIFT;
      this.offset = Math.min(offset, crept);
    }
    this.lastArrival = arrival;
    return presentation + this.offset;
  }
}

/** Only so long after connecting are pictures looked at for being a backlog, in ms. */
const CATCHING_UP_MS = 3000;

/**
 * Right after connecting, ffmpeg hands out at once what it collected while it learnt what the stream is: pictures of
 * the past, of which nobody can say when they were taken. The first is worth having, the rest is skipped.
 */
export class Backlog {
  private firstArrival: number | undefined;
  private last = { presentation: 0, arrival: 0 };

  /** Whether this picture came much sooner after the last one than it was taken after it. Both times in ms. */
  isBacklog(presentation: number, arrival: number): boolean {
    const { last } = this;
    this.last = { presentation, arrival };
    if (this.firstArrival === undefined) {
      this.firstArrival = arrival;
      return false;
    }
    return (
      arrival - this.firstArrival < CATCHING_UP_MS && arrival - last.arrival < (presentation - last.presentation) / 2
    );
  }
}
