import type { WorkerHealth } from './messages.js';

/** This share of the frames left out in two reports running (ten seconds) means that the machine does not keep up. */
const TOO_MANY = 0.5;
const REPORTS = 2;

/** A decision that took longer, ms, … */
const LATE_MS = 3000;
/** … while this share of the frames was left out, came late because of the machine. */
const MANY = 0.25;

/** It keeps up again when so few were left out for half a minute. */
const FEW = 0.2;
const CALM_REPORTS = 6;

const remedy = 'set "framesPerSecond" lower, or give a smaller stream as "detectUrl".';
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Tells when a machine is too slow for its doorbell, and what that costs: once, and once when it is over. Pure. */
export class LoadWatch {
  private overloaded = false;
  private reports = 0;

  /** @returns what is to be said now, if anything */
  observe({ droppedShare, framesPerSecond, frameTime }: WorkerHealth): string | undefined {
    const isOther = this.overloaded ? droppedShare <= FEW : droppedShare >= TOO_MANY;
    this.reports = isOther ? this.reports + 1 : 0;
    if (this.reports < (this.overloaded ? CALM_REPORTS : REPORTS)) {
      return undefined;
    }
    this.reports = 0;
    this.overloaded = !this.overloaded;
    if (!this.overloaded) {
      return 'This machine keeps up with the camera again.';
    }
    const cost = frameTime === undefined ? '' : `; a frame with a face takes ${Math.round(frameTime)} ms`;
    return (
      `This machine is too slow: ${percent(droppedShare)} of the frames are left out and ` +
      `${framesPerSecond.toFixed(1)} a second are looked at${cost}. Names come later than usual; ${remedy}`
    );
  }

  /**
   * A visit may be shorter than two reports.
   *
   * @param waited from the first usable face before the camera to the decision, ms
   * @param droppedShare of the frames of the last seconds
   * @returns what is to be said now, if anything
   */
  decided(waited: number, droppedShare: number): string | undefined {
    if (this.overloaded || waited <= LATE_MS || droppedShare < MANY) {
      return undefined;
    }
    this.overloaded = true;
    this.reports = 0;
    return (
      `This machine is too slow: a decision took ${(waited / 1000).toFixed(1)} s, and ${percent(droppedShare)} of the ` +
      `frames were left out meanwhile; ${remedy}`
    );
  }
}
