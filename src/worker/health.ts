import type { Frame } from '../types.js';
import type { WorkerHealth } from './messages.js';

/** The median is taken over so many of the last frames with a face. */
const REMEMBERED = 50;

/** Counts what a doorbell's worker does between two reports. */
export class HealthMeter {
  online = false;
  private frames = 0;
  private dropped = 0;
  /** The interval before this one. */
  private before = { frames: 0, lost: 0 };
  private since = performance.now();
  private size: { width: number; height: number } | undefined;
  private readonly frameTimes: number[] = [];

  /**
   * @param whole the frame, when it was looked at as a whole
   * @param faceTime ms spent on this frame, when it showed a face
   */
  frame(whole: Frame | undefined, faceTime: number | undefined): void {
    this.frames++;
    this.size = whole === undefined ? this.size : { width: whole.width, height: whole.height };
    if (faceTime !== undefined) {
      this.frameTimes.push(faceTime);
      if (this.frameTimes.length > REMEMBERED) {
        this.frameTimes.shift();
      }
    }
  }

  /** Share of the frames left out since the report before the last one. @param dropped frames dropped since the beginning */
  recentlyDropped(dropped: number): number {
    return share(this.before.lost + dropped - this.dropped, this.before.frames + this.frames);
  }

  /** What has happened since the last report. @param dropped frames dropped since the beginning */
  report(dropped: number): WorkerHealth {
    const now = performance.now();
    const seconds = (now - this.since) / 1000;
    const lost = dropped - this.dropped;
    const health: WorkerHealth = {
      online: this.online,
      framesPerSecond: this.frames / seconds,
      droppedShare: share(lost, this.frames),
      ...(this.frameTimes.length > 0 && { frameTime: median(this.frameTimes) }),
      ...(this.size !== undefined && { frameSize: this.size }),
    };
    this.before = { frames: this.frames, lost };
    this.frames = 0;
    this.dropped = dropped;
    this.since = now;
    return health;
  }
}

const share = (lost: number, seen: number): number => (lost === 0 ? 0 : lost / (lost + seen));

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
