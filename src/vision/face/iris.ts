import type { Frame } from '../../types.js';
import type { Session } from '../engine/engine.js';
import { cropTransform, transform } from '../image/geometry.js';
import { sampleInto, type PixelFormat } from '../image/sample.js';
import { LEFT_EYE, meshPoint, midpoint, RIGHT_EYE, type Mesh } from './landmarks.js';

const SIZE = 64;
const FORMAT: PixelFormat = { order: 'rgb', mean: [0, 0, 0], scale: 1 / 255 };
/** The eye crop's side over the distance of the eye's corners (MediaPipe Iris). */
const SCALE = 2.3;
/** Values per eye: 71 contour points and 5 of the iris, three coordinates each. */
const VALUES = 76 * 3;
/** Where the network's contour keeps the eyelids: the lower lid from corner to corner, then the upper one. */
const LOWER_LID = 0;
const UPPER_LID = 9;

/** Refines the eyelids of a mesh with MediaPipe's iris network: only so do blinks become visible. */
export class EyelidRefiner {
  private readonly input = new Float32Array(2 * SIZE * SIZE * 3);

  constructor(private readonly session: Session) {}

  /**
   * Moves the mesh's eyelid points, in place.
   * @param angle the face's roll in the frame, radians
   */
  async refine(frame: Frame, mesh: Mesh, angle: number): Promise<void> {
    const eyes = [RIGHT_EYE, LEFT_EYE].map((eye) => {
      const [outer, inner] = [meshPoint(mesh, eye.outer), meshPoint(mesh, eye.inner)];
      const side = SCALE * Math.hypot(outer.x - inner.x, outer.y - inner.y);
      return { eye, toFrame: cropTransform(midpoint(outer, inner), side, angle, SIZE) };
    });
    const length = SIZE * SIZE * 3;
    eyes.forEach(({ toFrame }, i) => sampleInto(frame, toFrame, SIZE, SIZE, FORMAT, this.input, i * length, 0));
    // The network knows the person's right eye only; the left one is shown to it in a mirror.
    mirrorRows(this.input.subarray(length), SIZE);
    const points = (await this.session.run(this.input, [2, SIZE, SIZE, 3])).points!;
    eyes.forEach(({ eye, toFrame }, i) => {
      const mirrored = i === 1;
      const move = (meshIndex: number, contourIndex: number): void => {
        const at = i * VALUES + 3 * contourIndex;
        const x = mirrored ? SIZE - 1 - points[at]! : points[at]!;
        const moved = transform(toFrame, { x, y: points[at + 1]! });
        mesh[3 * meshIndex] = moved.x;
        mesh[3 * meshIndex + 1] = moved.y;
      };
      eye.lower.forEach((meshIndex, k) => move(meshIndex, LOWER_LID + k));
      eye.upper.forEach((meshIndex, k) => move(meshIndex, UPPER_LID + k));
    });
  }
}

/** Mirrors a picture of `size` pixels a row and three channels left to right, in place. */
export function mirrorRows(picture: Float32Array, size: number): void {
  for (let row = 0; row < picture.length; row += 3 * size) {
    for (let left = 0, right = size - 1; left < right; left++, right--) {
      for (let channel = 0; channel < 3; channel++) {
        const [a, b] = [row + 3 * left + channel, row + 3 * right + channel];
        const kept = picture[a]!;
        picture[a] = picture[b]!;
        picture[b] = kept;
      }
    }
  }
}
