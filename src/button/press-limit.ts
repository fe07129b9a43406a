/** A token bucket: so many at once, and one more for every `refillMs` that pass. */
export class PressLimit {
  private tokens: number;
  private filledAt: number;

  constructor(
    private readonly burst: number,
    private readonly refillMs: number,
    now: number,
  ) {
    this.tokens = burst;
    this.filledAt = now;
  }

  /** Takes one if there is one. `now` in ms. */
  take(now: number): boolean {
    this.refill(now);
    if (this.tokens < 1) {
      return false;
    }
    this.tokens -= 1;
    return true;
  }

  /** Seconds until there is one again, at least 1. */
  retryAfter(now: number): number {
    this.refill(now);
    return Math.max(1, Math.ceil(((1 - this.tokens) * this.refillMs) / 1000));
  }

  private refill(now: number): void {
    this.tokens = Math.min(this.burst, this.tokens + Math.max(0, now - this.filledAt) / this.refillMs);
    this.filledAt = now;
  }
}
