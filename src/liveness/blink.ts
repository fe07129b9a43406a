import { median, quantile, SampleWindow } from './sample-window.js';

/** Both eyes in one frame. */
export interface EyeSample {
  readonly at: number;
  /** Eye aspect ratios. */
  readonly left: number;
  readonly right: number;
  /** The face was turned away or moved too fast for its eyelids to be believed. */
  readonly doubtful: boolean;
}

/** A closing and opening of both eyes. */
export interface Blink {
  /** When the lids were half down, interpolated between frames. */
  readonly start: number;
  readonly end: number;
  /** The smallest openness, as a share of the eyes' usual openness. */
  readonly depth: number;
}

export interface BlinkOptions {
  /** Openness as a share of its usual value, below which eyes are closed … */
  readonly closed: number;
  /** … and above which they are open again. */
  readonly open: number;
  /** No single eye may stay above this share at the deepest moment: a wink is no blink. */
  readonly eachEye: number;
  /** The dip's depth must also be at least this share of the openness just before and after. */
  readonly localDepth: number;
  readonly shortest: number;
  readonly longest: number;
  /** How long to wait for the eyes to be open again before a closure is judged, ms. */
  readonly settle: number;
  /** The usual openness is this quantile over the memory. */
  readonly baselineShare: number;
  readonly memory: number;
}

export const BLINK_DEFAULTS: BlinkOptions = {
  closed: 0.7,
  open: 0.8,
  eachEye: 0.85,
  localDepth: 0.8,
  shortest: 20,
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

/**
 * Finds blinks in the openness of the eyes, frame by frame: a dip below a share of the eyes' own usual openness, in
 * both eyes, as short as a blink, and open again afterwards. Everything is measured in milliseconds of the frames'
 * timestamps, so the frame rate may vary. A blink is told when the lids have been up again for a moment.
 */
export class BlinkDetector {
  private readonly options: BlinkOptions;
  private readonly window: SampleWindow<EyeSample & { readonly mean: number }>;
  /** Closures that began before this are judged already. */
  private judgedUntil = -Infinity;

  constructor(options: Partial<BlinkOptions> = {}) {
    this.options = { ...BLINK_DEFAULTS, ...options };
    this.window = new SampleWindow(this.options.memory, MAXIMUM_FRAMES);
  }

  /** Frames a second over the memory; undefined before there are enough to tell. */
  get frameRate(): number | undefined {
    const { items } = this.window;
    if (items.length < FEWEST_SAMPLES) {
      return undefined;
    }
    const intervals = items.slice(1).map((item, i) => item.at - items[i]!.at);
    return 1000 / Math.max(1, median(intervals));
  }

  /** Takes the next frame's eyes; returns the blink that it completes, if it does. */
  observe(sample: EyeSample): Blink | undefined {
    const { items } = this.window;
    const last = items.at(-1);
    if (!Number.isFinite(sample.left + sample.right) || (last !== undefined && sample.at <= last.at)) {
      return undefined;
    }
    if (last !== undefined && sample.at - last.at > LONGEST_GAP) {
      this.window.clear();
    }
    this.window.push({ ...sample, mean: (sample.left + sample.right) / 2 });
    const rate = this.frameRate;
    return rate === undefined || rate < MINIMUM_FRAME_RATE ? undefined : this.judge(sample.at);
  }

  private judge(now: number): Blink | undefined {
    const { items } = this.window;
    const { options } = this;
    const usual = quantile(
      items.map(({ mean }) => mean),
      options.baselineShare,
    );
    const dip = this.lastDip(usual, now);
    if (dip === undefined) {
      return undefined;
    }
    const { first, last, deepest } = dip;
    const blink = this.measure(usual, first, last, items[deepest]!.mean / usual);
    this.judgedUntil = items[last]!.at;
    if (blink.end - blink.start < options.shortest || blink.end - blink.start > options.longest) {
      return undefined;
    }
    const around = items.filter(
      ({ at }) =>
        (at < items[first]!.at && at >= items[first]!.at - NEIGHBOURHOOD) ||
        (at > items[last]!.at && at <= items[last]!.at + NEIGHBOURHOOD),
    );
    const eyes = (['left', 'right'] as const).map(
      (eye) => items[deepest]![eye] / median(around.map((item) => item[eye])),
    );
    const doubtful = items.slice(Math.max(0, first - 1), last + 2).some((item) => item.doubtful);
    const shut = eyes.every((share) => share < options.eachEye) && (eyes[0]! + eyes[1]!) / 2 < options.localDepth;
    return shut && !doubtful ? blink : undefined;
  }

  /** The newest closure not judged yet whose eyes have been open again long enough. */
  private lastDip(usual: number, now: number): { first: number; last: number; deepest: number } | undefined {
    const { items } = this.window;
    const { closed, open, settle } = this.options;
    let last = items.length - 1;
    // The time since the lids came up.
    while (last >= 0 && items[last]!.mean >= open * usual) {
      last--;
    }
    if (last < 0 || last === items.length - 1 || items[last]!.at <= this.judgedUntil) {
      return undefined;
    }
    if (now - items[last + 1]!.at < settle) {
      return undefined;
    }
    let first = last;
    let deepest = last;
    while (first > 0 && items[first - 1]!.mean < open * usual) {
      first--;
    }
    for (let i = first; i <= last; i++) {
      deepest = items[i]!.mean < items[deepest]!.mean ? i : deepest;
    }
    // A closure without a beginning may have lasted any time.
    return first > 0 && items[deepest]!.mean < closed * usual ? { first, last, deepest } : undefined;
  }

  /** Start and end of a closure where the openness crosses half-way down, between frames. */
  private measure(usual: number, first: number, last: number, depth: number): Blink {
    const { items } = this.window;
    const level = this.options.open * usual;
    const crossing = (shut: number, openAt: number): number => {
      const a = items[shut]!;
      const b = items[openAt]!;
      const share = b.mean === a.mean ? 0 : (level - a.mean) / (b.mean - a.mean);
      return a.at + Math.max(0, Math.min(1, share)) * (b.at - a.at);
    };
    return { start: crossing(first, first - 1), end: crossing(last, last + 1), depth };
  }
}
