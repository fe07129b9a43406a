import type { Frame } from '../types.js';
import { FramePool } from './frame-pool.js';
import type { Sight } from './sight.js';

export type SightListener = (sight: Sight) => void | Promise<void>;

/**
 * Hands sights to listeners that may be slow: while they work only the newest one waits, older ones are dropped.
 * Knows who still needs which buffer of the pool.
 */
export class NewestSight {
  readonly pool = new FramePool();
  /** How many sights nobody saw. */
  dropped = 0;
  private newest: Frame | undefined;
  private waiting: Sight | undefined;
  private busy = false;

  constructor(private readonly deliver: SightListener) {}

  /** The newest whole picture; its pixels stay as they are until the event loop has turned. */
  get latest(): Frame | undefined {
    return this.newest;
  }

  /** Takes over the caller's hold on the pictures' buffers. */
  offer(sight: Sight): void {
    if (sight.whole !== undefined) {
      this.pool.retain(sight.whole.data);
      this.drop(this.newest);
      this.newest = sight.whole;
    }
    if (!this.busy) {
      void this.run(sight);
      return;
    }
    if (this.waiting !== undefined) {
      this.dropBoth(this.waiting);
      this.dropped++;
    }
    this.waiting = sight;
  }

  /** Forgets all pictures but those being worked on. */
  clear(): void {
    this.drop(this.newest);
    this.newest = undefined;
    if (this.waiting !== undefined) {
      this.dropBoth(this.waiting);
      this.waiting = undefined;
    }
  }

  private async run(first: Sight): Promise<void> {
    this.busy = true;
    let sight: Sight | undefined = first;
    while (sight !== undefined) {
      await this.deliver(sight);
      this.dropBoth(sight);
      sight = this.waiting;
      this.waiting = undefined;
    }
    this.busy = false;
  }

  private dropBoth({ glance, whole }: Sight): void {
    this.drop(glance);
    this.drop(whole);
  }

  private drop(frame: Frame | undefined): void {
    if (frame !== undefined) {
      this.pool.release(frame.data);
    }
  }
}
