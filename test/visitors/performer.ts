import type { Box, EyeOpenness, Pose } from '../../src/types.js';
import type { Canvas } from './canvas.js';
import type { Light } from './light.js';

/** Who is in a frame, exactly as drawn. */
export interface Presence {
  readonly name: string;
  readonly kind: 'person' | 'photo';
  /** The face from forehead to chin, px. */
  readonly box: Box;
  readonly pose: Pose;
  /** How far each of the person's own eyes is closed, 0 … 1. */
  readonly closure: EyeOpenness;
}

/** Somebody or something that appears before the camera. */
export interface Performer {
  readonly name: string;
  /** Draws itself as it is at a time (ms of the scene). @returns undefined when it is not there */
  draw(canvas: Canvas, time: number, light: Light): Promise<Presence | undefined>;
}
