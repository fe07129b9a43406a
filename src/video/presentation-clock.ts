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
