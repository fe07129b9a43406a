import type { FaceQuality, Frame, Pose, QualityFault } from '../../types.js';
import { invert, scaleOf } from '../image/geometry.js';
import { sample, type PixelFormat } from '../image/sample.js';
import { arcfaceAlignment } from '../encoder/alignment.js';
import { alignmentPoints, fivePoints, MESH_POINTS, type Mesh } from './landmarks.js';

/**
 * What a face must have to be judged. Sizes in frame pixels, brightness and contrast in 0 … 255, angles in radians.
 * Size, sharpness and light were measured on simulated visits: down to here frames still help to name guests (one visit
 * in forty has no better ones) and strangers score no higher for it.
 */
export const QUALITY_LIMITS = {
  size: 30,
  /** See {@link sharpnessOf}. */
  sharpness: 0.005,
  dark: 16,
  bright: 248,
  /** Standard deviation of luma over the aligned face. */
  contrast: 7,
  yaw: 0.75,
  pitch: 0.65,
  /** Share of mesh points that may lie outside the frame. */
  outside: 0.04,
  /** The mesh's confidence. */
  confidence: 0.6,
} as const;

/** What a face must have besides to be enrolled: all later looks are held against it. */
const ENROLMENT_LIMITS = { size: 44, sharpness: 0.012, dark: 28, bright: 232, contrast: 11 } as const;
/** From here on more brings nothing: the score's factor is 1. */
const IDEAL = { size: 110, sharpness: 0.08, contrast: 35, yaw: 0.2, pitch: 0.25 } as const;

const CROP = 112;
const FORMAT: PixelFormat = { order: 'rgb', mean: [0, 0, 0], scale: 1 };
/** The face itself, without hair and background, inside the aligned 112 × 112 picture. */
const FACE: Readonly<Record<'left' | 'top' | 'right' | 'bottom', number>> = {
  left: 24,
  top: 30,
  right: 88,
  bottom: 104,
};

function lumaOf(picture: Float32Array): Float32Array {
  const luma = new Float32Array(picture.length / 3);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = 0.299 * picture[3 * i]! + 0.587 * picture[3 * i + 1]! + 0.114 * picture[3 * i + 2]!;
  }
  return luma;
}

/** Mean and standard deviation over the face. */
function exposureOf(luma: Float32Array): { brightness: number; contrast: number } {
  let [sum, squares, count] = [0, 0, 0];
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let x = FACE.left; x < FACE.right; x++) {
      const value = luma[y * CROP + x]!;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  const brightness = sum / count;
  return { brightness, contrast: Math.sqrt(Math.max(0, squares / count - brightness * brightness)) };
}

/**
 * Variance of the Laplacian over the variance of luma, so that neither light nor complexion counts (after
 * Pech-Pacheco et al. 2000). Measured on the aligned face, so that a small face counts as a blurred one.
 */
function sharpnessOf(luma: Float32Array, contrast: number): number {
  let [sum, squares, count] = [0, 0, 0];
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let x = FACE.left; x < FACE.right; x++) {
      const i = y * CROP + x;
      const laplacian = luma[i - 1]! + luma[i + 1]! + luma[i - CROP]! + luma[i + CROP]! - 4 * luma[i]!;
      sum += laplacian;
      squares += laplacian * laplacian;
      count++;
    }
  }
  return (squares / count - (sum / count) ** 2) / (contrast * contrast + 1);
}

/** 0 at the limit, 1 from the ideal on. */
const ramp = (value: number, limit: number, ideal: number): number =>
  Math.min(1, Math.max(0, (value - limit) / (ideal - limit)));

function outsideShare(mesh: Mesh, frame: Frame): number {
  let outside = 0;
  for (let i = 0; i < MESH_POINTS; i++) {
    const [x, y] = [mesh[3 * i]!, mesh[3 * i + 1]!];
    if (x < 0 || y < 0 || x > frame.width - 1 || y > frame.height - 1) {
      outside++;
    }
  }
  return outside / MESH_POINTS;
}

/** Measures a face and names every reason not to judge it. */
export function judgeQuality(frame: Frame, mesh: Mesh, pose: Pose, confidence: number): FaceQuality {
  const points = fivePoints(alignmentPoints(mesh));
  const size = 2 * Math.hypot(points[1]!.x - points[0]!.x, points[1]!.y - points[0]!.y);
  const toFrame = invert(arcfaceAlignment(points, CROP, 1));
  const usable = Number.isFinite(scaleOf(toFrame));
  const luma = usable ? lumaOf(sample(frame, toFrame, CROP, FORMAT)) : new Float32Array(CROP * CROP);
  const { brightness, contrast } = exposureOf(luma);
  const sharpness = sharpnessOf(luma, contrast);
  const limits = QUALITY_LIMITS;
  const picture = { size, sharpness, brightness, contrast };
  const faults: QualityFault[] = [
    ...(confidence < limits.confidence || !usable ? (['uncertain'] as const) : []),
    ...(outsideShare(mesh, frame) > limits.outside ? (['cut-off'] as const) : []),
    ...(Math.abs(pose.yaw) > limits.yaw || Math.abs(pose.pitch) > limits.pitch ? (['turned-away'] as const) : []),
    ...pictureFaults(picture, limits),
  ];
  // A face just good enough to be enrolled, or less, keeps half its weight in each respect.
  const least = ENROLMENT_LIMITS;
  const parts = [
    ramp(size, least.size, IDEAL.size),
    ramp(Math.log(sharpness + 1e-6), Math.log(least.sharpness), Math.log(IDEAL.sharpness)),
    ramp(contrast, least.contrast, IDEAL.contrast),
    ramp(-Math.abs(pose.yaw), -limits.yaw, -IDEAL.yaw),
    ramp(-Math.abs(pose.pitch), -limits.pitch, -IDEAL.pitch),
  ];
  const score = parts.reduce((product, part) => product * (0.5 + 0.5 * part), Math.min(1, confidence));
  return { score, faults, ...picture };
}

type Picture = Pick<FaceQuality, 'size' | 'sharpness' | 'brightness' | 'contrast'>;

function pictureFaults(
  { size, sharpness, brightness, contrast }: Picture,
  limits: Readonly<Record<keyof typeof ENROLMENT_LIMITS, number>>,
): QualityFault[] {
  const checks: readonly (readonly [QualityFault, boolean])[] = [
    ['too-small', size < limits.size],
    ['too-dark', brightness < limits.dark],
    ['too-bright', brightness > limits.bright],
    ['low-contrast', contrast < limits.contrast],
    ['blurred', sharpness < limits.sharpness],
  ];
  return checks.filter(([, failed]) => failed).map(([fault]) => fault);
}

/** Every reason not to enrol a face: those not to judge it, and what a template needs besides. */
export function enrolmentFaults(quality: FaceQuality): QualityFault[] {
  return [...new Set([...quality.faults, ...pictureFaults(quality, ENROLMENT_LIMITS)])];
}
