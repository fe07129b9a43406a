import type { FaceCrop } from '../encoder/crop.js';
import type { AlignmentPoints } from '../face/landmarks.js';
import type { Point } from '../../types.js';

/** One change of a kept face. The same numbers make the same picture. */
export interface Augmentation {
  readonly mirror: boolean;
  /** Factor on the light, and the exponent of the curve (1 changes nothing). */
  readonly gain: number;
  readonly gamma: number;
  /** Standard deviation of the blur in pixels of the crop; 0 for none. */
  readonly blur: number;
}

/** A random look: mirrored half of the time, light a third to double, blurred in one of two. */
export function drawAugmentation(random: () => number): Augmentation {
  return {
    mirror: random() < 0.5,
    gain: 2 ** (1.5 * random() - 0.9),
    gamma: 2 ** (random() - 0.5),
    blur: random() < 0.5 ? 0 : 0.5 + 2.5 * random(),
  };
}

/** The crop as it would look under another light, out of focus, or in a mirror. */
export function augment(crop: FaceCrop, { mirror, gain, gamma, blur }: Augmentation): FaceCrop {
  const { width, height } = crop;
  const curve = Uint8Array.from({ length: 256 }, (_, value) =>
    Math.max(0, Math.min(255, Math.round(255 * (gain * (value / 255)) ** gamma))),
  );
  let rgb = crop.rgb.map((value) => curve[value]!);
  if (mirror) {
    rgb = mirrored(rgb, width, height);
  }
  if (blur > 0) {
    rgb = blurred(rgb, width, height, blur);
  }
  return { width, height, rgb, points: mirror ? mirroredPoints(crop.points, width) : crop.points };
}

function mirrored(rgb: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + x);
      result.set(rgb.subarray(from, from + 3), 3 * (y * width + width - 1 - x));
    }
  }
  return result;
}

/** What was the right eye is the left one in the mirror. */
function mirroredPoints(points: AlignmentPoints, width: number): AlignmentPoints {
  const flip = ({ x, y }: Point): Point => ({ x: width - 1 - x, y });
  return {
    rightEyeOuter: flip(points.leftEyeOuter),
    rightEyeInner: flip(points.leftEyeInner),
    leftEyeInner: flip(points.rightEyeInner),
    leftEyeOuter: flip(points.rightEyeOuter),
    noseTip: flip(points.noseTip),
    noseBase: flip(points.noseBase),
    rightMouthCorner: flip(points.leftMouthCorner),
    leftMouthCorner: flip(points.rightMouthCorner),
  };
}

/** Gaussian blur, rows then columns; the border's pixels are repeated. */
function blurred(rgb: Uint8Array, width: number, height: number, sigma: number): Uint8Array<ArrayBuffer> {
  const radius = Math.ceil(2.5 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const rows = new Float32Array(rgb.length);
  const result = new Uint8Array(rgb.length);
  const clamp = (value: number, last: number): number => Math.max(0, Math.min(last, value));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let i = 0; i < kernel.length; i++) {
          sum += kernel[i]! * rgb[3 * (y * width + clamp(x + i - radius, width - 1)) + channel]!;
        }
        rows[3 * (y * width + x) + channel] = sum / total;
      }
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let i = 0; i < kernel.length; i++) {
          sum += kernel[i]! * rows[3 * (clamp(y + i - radius, height - 1) * width + x) + channel]!;
        }
        result[3 * (y * width + x) + channel] = Math.round(sum / total);
      }
    }
  }
  return result;
}
