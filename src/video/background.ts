/** Bound once: looking a global up in these loops costs more than what it does. */
const { abs, exp, max, min } = Math;

/** Time constants in ms: how fast the picture of the empty porch follows what is there. */
const FOLLOW_MS = 4000;
/** Where something stands that was not there: a person is never absorbed within a visit, a parked car is in the end. */
const ABSORB_MS = 90_000;
const NOISE_MS = 20_000;

/** A cell differs when it does so by this many times its usual flicker, and by no less than the floor (of 255). */
const NOISE_FACTOR = 5;
const FLOOR = 7;
/** Flicker beyond this, as of a branch in the wind, does not make a cell blinder. */
const MAX_NOISE = 30;
/** Before anything is learnt, cells are taken to flicker so much, as if that had been seen so many times. */
const ASSUMED_NOISE = 5;
const ASSUMED_FRAMES = 6;

/** This share of the picture changed at once: the light, not a visitor, unless it keeps moving. */
const GLOBAL_SHARE = 0.7;
/** Below this mean change from frame to frame (of 255) the picture stands still. */
const STILL = 1.5;
/** A picture that changed all over and then stood still for so long is the new background. */
const ADOPT_MS = 800;

/** A cell that is off by more (of 255) tells nothing about the light. */
const FIT_TOLERANCE = 12;
/** Every so many cells are asked for the light; no divisor of the grid’s width, so that all columns are. */
const FIT_STEP = 3;

/** What the light has done to the whole picture. */
interface Light {
  readonly gain: number;
  readonly offset: number;
}

/**
 * The empty porch, learnt: what each cell usually shows and how much it usually flickers. Exposure and passing clouds
 * are taken out first, by fitting one gain and one offset to the whole picture.
 */
export class Background {
  /** 1 where the picture differs from the background, else 0. */
  readonly changed: Uint8Array;
  changedCells = 0;
  private readonly mean: Float32Array;
  private readonly noise: Float32Array;
  private readonly previous: Float32Array;
  private stillAfterChangeMs = 0;
  private frames = 0;
  private light: Light = { gain: 1, offset: 0 };

  /** @param masked 1 for cells that are never looked at */
  constructor(
    first: Float32Array,
    private readonly masked: Uint8Array,
  ) {
    this.mean = Float32Array.from(first);
    this.previous = Float32Array.from(first);
    this.noise = new Float32Array(first.length).fill(ASSUMED_NOISE);
    this.changed = new Uint8Array(first.length);
  }

  /** Compares and learns. `elapsedMs` is the time since the last call. */
  observe(cells: Float32Array, elapsedMs: number): void {
    const { gain, offset } = this.fitLight(cells);
    // At first plain averages, so that one grainy frame is soon outvoted.
    this.frames++;
    const follow = max(1 - exp(-elapsedMs / FOLLOW_MS), 1 / (this.frames + 1));
    const absorb = 1 - exp(-elapsedMs / ABSORB_MS);
    const learnNoise = max(1 - exp(-elapsedMs / NOISE_MS), 1 / (this.frames + ASSUMED_FRAMES));
    const { mean, noise, previous, changed, masked } = this;
    let count = 0;
    let movement = 0;
    for (let i = 0; i < cells.length; i++) {
      if (masked[i] === 1) {
        continue;
      }
      const value = cells[i]!;
      const expected = gain * mean[i]! + offset;
      const difference = value - expected;
      const flicker = abs(value - previous[i]!);
      const isChanged = abs(difference) > FLOOR + NOISE_FACTOR * min(noise[i]!, MAX_NOISE);
      changed[i] = isChanged ? 1 : 0;
      count += changed[i]!;
      movement += flicker;
      mean[i]! += (value - mean[i]!) * (isChanged ? absorb : follow);
      noise[i]! += (flicker - noise[i]!) * learnNoise;
      previous[i] = value;
    }
    this.changedCells = count;
    this.adoptNewLight(cells, count / cells.length, movement / cells.length, elapsedMs);
  }

  /** After an infrared filter's click, or a lamp, the whole picture is another and then still. */
  private adoptNewLight(cells: Float32Array, share: number, movement: number, elapsedMs: number): void {
    if (share < GLOBAL_SHARE) {
      this.stillAfterChangeMs = 0;
      return;
    }
    this.stillAfterChangeMs = movement < STILL ? this.stillAfterChangeMs + elapsedMs : 0;
    if (this.stillAfterChangeMs >= ADOPT_MS) {
      this.mean.set(cells);
      this.changed.fill(0);
      this.changedCells = 0;
      this.stillAfterChangeMs = 0;
    }
  }

  /**
   * Least squares of the picture on the background, over the cells that fit what held for the last frame. When too few
   * do, the light has changed: then over all cells, and once more without those that do not fit.
   */
  private fitLight(cells: Float32Array): Light {
    const again = this.regress(cells, this.light, FIT_TOLERANCE);
    this.light =
      again ??
      this.regress(cells, this.regress(cells, this.light, Infinity) ?? this.light, FIT_TOLERANCE) ??
      this.light;
    return this.light;
  }

  private regress(cells: Float32Array, guess: Light, tolerance: number): Light | undefined {
    const { mean, masked } = this;
    const { gain: guessGain, offset: guessOffset } = guess;
    let n = 0;
    let sumX = 0;
    let sumY = 0;
    let sumXX = 0;
    let sumXY = 0;
    for (let i = 0; i < cells.length; i += FIT_STEP) {
      const x = mean[i]!;
      const y = cells[i]!;
      // Clipped cells follow no gain.
      if (masked[i] === 1 || y > 250 || y < 4 || abs(y - guessGain * x - guessOffset) > tolerance) {
        continue;
      }
      n++;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumXY += x * y;
    }
    if (n < cells.length / FIT_STEP / (tolerance === Infinity ? 5 : 3)) {
      return undefined;
    }
    const variance = n * sumXX - sumX * sumX;
    const slope = variance > n * n * 4 ? (n * sumXY - sumX * sumY) / variance : 1;
    const gain = min(2, max(0.5, slope));
    return { gain, offset: (sumY - gain * sumX) / n };
  }
}
