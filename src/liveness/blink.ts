import { median, quantile, SampleWindow } from './sample-window.js';

/** Both eyes in one frame. */
export interface EyeSample {
  readonly at: number;
  /** Eye aspect ratios. */
  readonly left: number;
  readonly right: number;
  /** Whether the face held still enough for its eyelids to be believed. */
  readonly steady: boolean;
}

/** A closing and opening of both eyes. */
export interface Blink {
  /** When the lids crossed the level at which eyes count as open, interpolated between frames. */
  readonly start: number;
  readonly end: number;
  /** The smallest openness, as a share of the eyes' usual openness. */
  readonly depth: number;
}

export interface BlinkOptions {
  /** Openness as a share of its usual value, below which eyes are closed … */
  readonly closed: number;
  /** … and above which they are open again … */
  readonly open: number;
  /** … or when they have come back by this share of the way they went down: so two blinks in a row are two. */
  readonly recovered: number;
  /** Each eye must fall below this share of its own openness before and after: a wink is no blink … */
  readonly eachEye: number;
  /** … and both together below this. */
  readonly bothEyes: number;
  /** How much the eyes were closed, summed over time (ms of full closure): more than a wavering mesh can do … */
  readonly closure: number;
  /** … also counted in frames: a single frame's dip is no blink unless frames are far apart. */
  readonly closureFrames: number;
  /** The dip must be this many times as deep as the signal's usual jumps from frame to frame. */
  readonly overNoise: number;
  readonly longest: number;
  /** How long to wait after the eyes opened before a closure is judged, ms. */
  readonly settle: number;
  /** The usual openness is this quantile over the memory. */
  readonly baselineShare: number;
  readonly memory: number;
}

export const BLINK_DEFAULTS: BlinkOptions = {
  closed: 0.7,
  open: 0.8,
  recovered: 0.3,
  eachEye: 0.8,
  bothEyes: 0.72,
  closure: 20,
  closureFrames: 0.35,
  overNoise: 4,
  longest: 600,
  settle: 150,
  baselineShare: 0.5,
  memory: 3000,
};

/** Fewer frames a second than this miss too many blinks to say anything. */
export const MINIMUM_FRAME_RATE = 7;
/** A longer hole in the signal starts it anew: anything may have happened meanwhile. */
const LONGEST_GAP = 400;
/** Frames are kept for the memory at up to this rate. */
const MAXIMUM_FRAMES = 200;
/** A face must have been watched this long before its first blink counts. */
const FEWEST_SAMPLES = 5;
/** What counts as just before and just after a closure, ms. */
const NEIGHBOURHOOD = 400;

type KeptSample = EyeSample & { readonly mean: number };

/** A stretch of frames below the level of open eyes: indices of its first, last and deepest frame. */
interface Dip {
  readonly first: number;
  readonly last: number;
  readonly deepest: number;
}

/**
 * Finds blinks in the openness of the eyes, frame by frame: a dip below a share of the eyes' own usual openness, in
 * both eyes, as short as a blink, and open again afterwards. Everything is measured in milliseconds of the frames'
 * timestamps, so the frame rate may vary. A blink is told when the lids have been up again for a moment.
 */
export class BlinkDetector {
  private readonly options: BlinkOptions;
  private readonly window: SampleWindow<KeptSample>;
  /** Closures that ended before this are judged already. */
  private judgedUntil = -Infinity;

  constructor(options: Partial<BlinkOptions> = {}) {
    this.options = { ...BLINK_DEFAULTS, ...options };
    this.window = new SampleWindow(this.options.memory, MAXIMUM_FRAMES);
  }

  /** Frames a second over the memory; undefined before there are enough to tell. */
  get frameRate(): number | undefined {
    const { items } = this.window;
    return items.length < FEWEST_SAMPLES ? undefined : 1000 / this.interval;
  }

  /** Takes the next frame's eyes; returns the blink that it completes, if it does. */
  observe(sample: EyeSample): Blink | undefined {
    const last = this.window.items.at(-1);
    if (!Number.isFinite(sample.left + sample.right) || (last !== undefined && sample.at <= last.at)) {
      return undefined;
    }
    if (last !== undefined && sample.at - last.at > LONGEST_GAP) {
      this.window.clear();
    }
    this.window.push({ ...sample, mean: (sample.left + sample.right) / 2 });
    const rate = this.frameRate;
    if (rate === undefined || rate < MINIMUM_FRAME_RATE) {
      return undefined;
    }
    const { items } = this.window;
    const means = items.map(({ mean }) => mean);
    const usual = quantile(means, this.options.baselineShare);
    const dip = this.nextDip(usual, sample.at);
    if (dip === undefined) {
      return undefined;
    }
    this.judgedUntil = items[dip.last]!.at;
    return this.judge(dip, usual);
  }

  /** The usual time between frames, ms. */
  private get interval(): number {
    const { items } = this.window;
    return Math.max(1, median(items.slice(1).map((item, i) => item.at - items[i]!.at)));
  }

  /** The oldest closure not judged yet after which the eyes opened long enough ago. */
  private nextDip(usual: number, now: number): Dip | undefined {
    const { items } = this.window;
    const { closed, open, recovered, settle } = this.options;
    // A closure without a beginning may have lasted any time: the first frame is never part of one.
    let first = 1;
    while (first < items.length) {
      const falls = items[first]!.mean < items[first - 1]!.mean;
      if (!falls || items[first]!.mean >= open * usual || items[first]!.at <= this.judgedUntil) {
        first++;
        continue;
      }
      let last = first;
      let deepest = first;
      const opened = () => Math.min(open * usual, items[deepest]!.mean + recovered * (usual - items[deepest]!.mean));
      while (last + 1 < items.length && items[last + 1]!.mean < opened()) {
        last++;
        deepest = items[last]!.mean < items[deepest]!.mean ? last : deepest;
      }
      if (last + 1 >= items.length || now - items[last + 1]!.at < settle) {
        return undefined;
      }
      if (items[deepest]!.mean < closed * usual) {
        return { first, last, deepest };
      }
      first = last + 1;
    }
    return undefined;
  }

  /** Whether a dip is a blink: short, in both eyes, deep against what surrounds it and against the signal's noise. */
  private judge(dip: Dip, usual: number): Blink | undefined {
    const { items } = this.window;
    const { options } = this;
    const { first, last, deepest } = dip;
    const start = this.crossing(first, first - 1, usual);
    const end = this.crossing(last, last + 1, usual);
    if (end - start > options.longest) {
      return undefined;
    }
    if (items.slice(first - 1, last + 2).some(({ steady }) => !steady)) {
      return undefined;
    }
    const around = items.filter(
      ({ at, mean }) =>
        mean >= options.open * usual && at >= items[first]!.at - NEIGHBOURHOOD && at <= items[last]!.at + NEIGHBOURHOOD,
    );
    if (around.length === 0) {
      return undefined;
    }
    const open = {
      left: median(around.map(({ left }) => left)),
      right: median(around.map(({ right }) => right)),
      mean: median(around.map(({ mean }) => mean)),
    };
    const left = items[deepest]!.left / open.left;
    const right = items[deepest]!.right / open.right;
    if (Math.max(left, right) > options.eachEye || (left + right) / 2 > options.bothEyes) {
      return undefined;
    }
    const closure = this.closure(dip, open.mean);
    if (closure < Math.max(options.closure, options.closureFrames * this.interval)) {
      return undefined;
    }
    if (open.mean - items[deepest]!.mean < options.overNoise * this.noise(dip)) {
      return undefined;
    }
    return { start, end, depth: items[deepest]!.mean / usual };
  }

  /** Time at which the openness passes the level of open eyes between a frame inside a dip and one outside. */
  private crossing(inside: number, outside: number, usual: number): number {
    const a = this.window.items[inside]!;
    const b = this.window.items[outside]!;
    const share = b.mean === a.mean ? 0 : (this.options.open * usual - a.mean) / (b.mean - a.mean);
    return a.at + Math.max(0, Math.min(1, share)) * (b.at - a.at);
  }

  /** Closure summed over a dip and the frames beside it, in ms of completely closed eyes. */
  private closure({ first, last }: Dip, open: number): number {
    const { items } = this.window;
    let sum = 0;
    for (let i = first - 1; i <= last + 1; i++) {
      const from = items[Math.max(0, i - 1)]!.at;
      const to = items[Math.min(items.length - 1, i + 1)]!.at;
      sum += (Math.max(0, 1 - items[i]!.mean / open) * (to - from)) / 2;
    }
    return sum;
  }

  /** How far the openness usually jumps from one frame to the next outside the dip. */
  private noise({ first, last }: Dip): number {
    const { items } = this.window;
    const jumps: number[] = [];
    for (let i = 1; i < items.length; i++) {
      if (i < first - 1 || i > last + 2) {
        jumps.push(Math.abs(items[i]!.mean - items[i - 1]!.mean));
      }
    }
    return jumps.length === 0 ? 0 : median(jumps);
  }
}
