// Looked up once: inside a test's sandbox every access to a global object is slow.
const { floor, imul, min } = Math;

/** A small repeatable source of chance (mulberry32): the same seed gives the same people on every machine. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
    this.unit();
    this.unit();
  }

  /** 0 … 1, uniform. */
  unit(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = imul(t ^ (t >>> 15), t | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** Uniform within `middle` ± `spread`. */
  around(middle: number, spread: number): number {
    return this.between(middle - spread, middle + spread);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** A source of its own, for somebody who draws at their own pace. */
  fork(): Chance {
    return new Chance(floor(this.unit() * 2 ** 31));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[min(choices.length - 1, floor(this.unit() * choices.length))]!;
  }
}
