import type { Frame } from '../../types.js';
import { pickSurface, type Surface } from './photo-surface.js';
import { SeededRandom } from './seeded-random.js';

/**
 * What somebody does with a printed photo before a camera. `re-encoding` moves it like `shake` and leaves the
 * bad compression to whoever encodes the frames; `combined` does several things at once.
 */
export const ATTACK_KINDS = [
  'shake',
  'pan',
  'rotation',
  'tilt',
  'bend',
  'zoom',
  'flicker',
  're-encoding',
  'combined',
] as const;

export type AttackKind = (typeof ATTACK_KINDS)[number];

/** A picture to hold before the camera, rgb24. */
export type Still = Pick<Frame, 'width' | 'height' | 'data'>;

export interface AttackClip {
  readonly kind: AttackKind;
  readonly seed: number;
  readonly seconds: number;
  readonly fps: number;
  /** Size of the frames in px. */
  readonly width: number;
  readonly height: number;
}

/** Where the sheet is and what light falls on it at one moment. Lengths in sheet widths, angles in radians. */
interface Moment {
  x: number;
  y: number;
  distance: number;
  yaw: number;
  pitch: number;
  roll: number;
  /** 1 / radius of the bend; 0 is flat. */
  curvature: number;
  gain: number;
}

/**
 * Films a photo: a sheet of paper carrying the still, moved in front of a pinhole camera in true perspective,
 * with sensor noise. The same clip is made for the same seed.
 *
 * @returns the clip's frames, rgb24, timestamps from 0.
 */
export function* filmPhoto(still: Still, clip: AttackClip): Generator<Frame> {
  const random = new SeededRandom(clip.seed);
  const script = writeScript(clip, random);
  const background = 60 + Math.floor(random.next() * 120);
  const focal = clip.width * (0.6 + 0.5 * random.next());
  const bendAxis = random.next() < 0.5 ? 0 : random.next() * Math.PI;
  const noise = noiseTable(1 + 3 * random.next(), random);
  const frames = Math.round(clip.seconds * clip.fps);
  for (let n = 0; n < frames; n++) {
    const seconds = n / clip.fps;
    const data = new Uint8Array(clip.width * clip.height * 3).fill(background);
    const moment = script(seconds);
    const surface = pickSurface({ ...moment, bendAxis, aspect: still.height / still.width });
    paint(data, clip, still, surface, focal, moment.gain);
    addNoise(data, noise, random);
    yield { format: 'rgb24', width: clip.width, height: clip.height, data, timestamp: seconds * 1000 };
  }
}

/** A course over time between −1 and 1: three sines of unrelated frequencies. */
function wander(random: SeededRandom, slow: number, fast: number): (seconds: number) => number {
  const parts = [0.6, 0.3, 0.1].map((weight) => ({
    weight,
    omega: 2 * Math.PI * (slow + (fast - slow) * random.next()),
    phase: 2 * Math.PI * random.next(),
  }));
  return (seconds) => parts.reduce((sum, p) => sum + p.weight * Math.sin(p.omega * seconds + p.phase), 0);
}

function writeScript(clip: AttackClip, random: SeededRandom): (seconds: number) => Moment {
  const distance = 1.2 + random.next();
  const strength = 0.5 + random.next();
  // Nobody holds a sheet quite still: every clip trembles a little.
  const tremble = Array.from({ length: 6 }, () => wander(random, 0.3, 3));
  const course = Array.from({ length: 6 }, () => wander(random, 0.1, 0.7));
  const fast = Array.from({ length: 3 }, () => wander(random, 1.5, 6));
  const flicker = 2 + 10 * random.next();
  const does = (kind: AttackKind) => clip.kind === kind || clip.kind === 'combined';
  const shakes = does('shake') || clip.kind === 're-encoding';
  return (t) => {
    const moment: Moment = {
      x: 0.015 * tremble[0]!(t),
      y: 0.015 * tremble[1]!(t),
      distance: distance * (1 + 0.01 * tremble[2]!(t)),
      yaw: 0.04 * tremble[3]!(t),
      pitch: 0.04 * tremble[4]!(t),
      roll: 0.02 * tremble[5]!(t),
      curvature: 0,
      gain: 1,
    };
    if (shakes) {
      moment.x += 0.12 * strength * fast[0]!(t);
      moment.y += 0.1 * strength * fast[1]!(t);
      moment.roll += 0.06 * strength * fast[2]!(t);
    }
    if (does('pan')) {
      moment.x += 0.5 * strength * course[0]!(t);
      moment.y += 0.15 * strength * course[1]!(t);
    }
    if (does('rotation')) {
      moment.roll += 0.5 * strength * course[2]!(t);
    }
    if (does('tilt')) {
      moment.yaw += 0.65 * strength * course[3]!(t);
      moment.pitch += 0.45 * strength * course[4]!(t);
    }
    if (does('bend')) {
      moment.curvature = 1.6 * strength * course[5]!(t);
      moment.yaw += 0.25 * strength * course[3]!(t);
    }
    if (does('zoom')) {
      moment.distance *= 1 + 0.3 * strength * course[0]!(t * 1.5);
    }
    if (does('flicker')) {
      moment.gain = 1 + 0.35 * strength * Math.sin(2 * Math.PI * flicker * t);
    }
    return moment;
  };
}

/** The sheet is sought on a grid this fine (px), and painted only in the squares where it, or its edge, may be. */
const SQUARE = 8;

function paint(data: Uint8Array, clip: AttackClip, still: Still, surface: Surface, focal: number, gain: number): void {
  const { width, height } = clip;
  const hit = { u: 0, v: 0 };
  const [columns, rows] = [Math.ceil(width / SQUARE) + 1, Math.ceil(height / SQUARE) + 1];
  const hits = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const found = surface((column * SQUARE - width / 2) / focal, (row * SQUARE - height / 2) / focal, hit);
      hits[row * columns + column] = found ? 1 : 0;
    }
  }
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      if (hits[at]! + hits[at + 1]! + hits[at + columns]! + hits[at + columns + 1]! > 0) {
        paintSquare(data, clip, still, surface, focal, gain, column * SQUARE, row * SQUARE);
      }
    }
  }
}

/** Looks along every pixel's ray for the sheet and takes its colour there, between the still's pixels. */
function paintSquare(
  data: Uint8Array,
  { width, height }: AttackClip,
  still: Still,
  surface: Surface,
  focal: number,
  gain: number,
  left: number,
  top: number,
): void {
  const hit = { u: 0, v: 0 };
  const source = still.data;
  const stride = still.width * 3;
  const [right, bottom] = [Math.min(left + SQUARE, width), Math.min(top + SQUARE, height)];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      if (!surface((column + 0.5 - width / 2) / focal, (row + 0.5 - height / 2) / focal, hit)) {
        continue;
      }
      const x = (hit.u + 0.5) * still.width - 0.5;
      const y = hit.v * still.width + still.height / 2 - 0.5;
      if (x < 0 || y < 0 || x >= still.width - 1 || y >= still.height - 1) {
        continue;
      }
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      const [fx, fy] = [x - x0, y - y0];
      const from = y0 * stride + x0 * 3;
      const to = (row * width + column) * 3;
      for (let c = 0; c < 3; c++) {
        const above = source[from + c]! * (1 - fx) + source[from + 3 + c]! * fx;
        const under = source[from + stride + c]! * (1 - fx) + source[from + stride + 3 + c]! * fx;
        data[to + c] = Math.min(255, gain * (above * (1 - fy) + under * fy));
      }
    }
  }
}

// Looked up once: inside a test's sandbox every access to a global object is slow.
const { round } = Math;

/** Its length is prime, so that rows of no picture repeat it. */
const NOISE_LENGTH = 262_147;

/** A sensor's noise, to be read from anywhere: roughly normal, of this standard deviation. */
function noiseTable(deviation: number, random: SeededRandom): Int8Array {
  const noise = new Int8Array(NOISE_LENGTH);
  for (let i = 0; i < noise.length; i++) {
    noise[i] = round(deviation * (random.next() + random.next() - 1) * 2.4);
  }
  return noise;
}

function addNoise(data: Uint8Array, noise: Int8Array, random: SeededRandom): void {
  let at = Math.floor(random.next() * noise.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]! + noise[at]!;
    data[i] = value < 0 ? 0 : value > 255 ? 255 : value;
    at = at + 1 === noise.length ? 0 : at + 1;
  }
}
