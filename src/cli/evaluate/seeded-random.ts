// Looked up once: inside a test's sandbox every access to a global object is slow.
const { imul } = Math;

/** A small generator of repeatable random numbers (mulberry32), so that a test clip is the same in every run. */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** Uniform in 0 … 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = imul(t ^ (t >>> 15), t | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
