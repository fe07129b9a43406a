import type { Frame } from '../types.js';
import { FramePool } from './frame-pool.js';

export type FrameListener = (frame: Frame) => void | Promise<void>;

/**
 * Hands frames to listeners that may be slow: while they work only the newest frame waits, older ones are dropped.
 * Knows who still needs which buffer of the pool.
 */
export class NewestFrame {
  readonly pool = new FramePool();
  /** How many frames nobody saw. */
  dropped = 0;
  private newest: Frame | undefined;
  private waiting: Frame | undefined;
  private busy = false;

  constructor(private readonly deliver: FrameListener) {}

  /** The newest frame; its pixels stay as they are until the event loop has turned. */
  get latest(): Frame | undefined {
    return this.newest;
  }

  /** Takes over the caller's hold on the frame's buffer. */
  offer(frame: Frame): void {
    this.pool.retain(frame.data);
    this.drop(this.newest);
    this.newest = frame;
    if (!this.busy) {
      void this.run(frame);
      return;
    }
    if (this.waiting !== undefined) {
      this.drop(this.waiting);
      this.dropped++;
    }
    this.waiting = frame;
  }

  /** Forgets all frames but those being worked on. */
  clear(): void {
    this.drop(this.newest);
    this.drop(this.waiting);
    this.newest = undefined;
    this.waiting = undefined;
  }

  private async run(first: Frame): Promise<void> {
    this.busy = true;
    let frame: Frame | undefined = first;
    while (frame !== undefined) {
      await this.deliver(frame);
      this.drop(frame);
      frame = this.waiting;
      this.waiting = undefined;
    }
    this.busy = false;
  }

  private drop(frame: Frame | undefined): void {
    if (frame !== undefined) {
      this.pool.release(frame.data);
    }
  }
}
