import type { Pose } from '../../src/types.js';
import { layPatch, type Canvas } from './canvas.js';
import { flatSurface, type Surface } from './head-shape.js';
import { lights, type Light } from './light.js';
import type { Performer, Presence } from './performer.js';
import { straight, type Appearance, type Portrait } from './portrait.js';
import { clearPatch, drawSurface, project, type Stand } from './raster.js';
import { opaqueTexture, type Texture } from './texture.js';

/** A photo's way of being held: like an appearance, and the sheet turns as a plane. */
export type PhotoMotion = (
  time: number,
) => { readonly x: number; readonly y: number; readonly size: number; readonly pose?: Pose } | undefined;

const sheet = { width: 400, height: 500, faceX: 200, faceY: 220, face: 190 } as const;

/** A printed portrait or a tablet held up to the camera: all points of the face lie in one plane. */
export class Photo implements Performer {
  private readonly surface: Surface = flatSurface(sheet.width, sheet.height);

  private constructor(
    readonly name: string,
    private readonly texture: Texture,
    private readonly motion: PhotoMotion,
  ) {}

  /** @param motion where the face's middle is (px), the face's width (px) and the sheet's tilt; undefined: hidden */
  static async of(
    name: string,
    portrait: Portrait,
    motion: PhotoMotion,
    taken: Pick<Appearance, 'pose' | 'expression'> = {},
  ): Promise<Photo> {
    const rgb = new Uint8ClampedArray(3 * sheet.width * sheet.height).fill(205);
    const { faceX: x, faceY: y, face: size } = sheet;
    await portrait.drawOn(
      { width: sheet.width, height: sheet.height, rgb },
      { x, y, size, ...taken, light: lights.day },
    );
    return new Photo(name, opaqueTexture(new Uint8Array(rgb.buffer), sheet.width, sheet.height), motion);
  }

  draw(canvas: Canvas, time: number, light: Light): Promise<Presence | undefined> {
    const held = this.motion(time);
    if (held === undefined) {
      return Promise.resolve(undefined);
    }
    const { x, y, size, pose = straight } = held;
    const scale = size / sheet.face;
    const reach = Math.ceil(0.75 * Math.hypot(sheet.width, sheet.height) * scale);
    const [left, top] = [Math.floor(x) - reach, Math.floor(y) - reach];
    const fine = size > 130 ? 1 : 2;
    const patch = clearPatch(2 * reach * fine, 2 * reach * fine);
    const off = { x: (sheet.width / 2 - sheet.faceX) * scale, y: (sheet.height / 2 - sheet.faceY) * scale };
    const stand: Stand = { scale: scale * fine, x: (x + off.x - left) * fine, y: (y + off.y - top) * fine, pose };
    drawSurface(patch, this.surface, this.texture, stand, light);
    layPatch(canvas, patch, left, top, fine);
    const half = size * 0.5;
    const corners = [-1, 1].flatMap((sx) =>
      [-0.9, 1.4].map((sy) =>
        project(
          { ...stand, scale, x: x + off.x, y: y + off.y },
          (sx * half - off.x) / scale,
          (sy * half - off.y) / scale,
          0,
        ),
      ),
    );
    const [xs, ys] = [corners.map(([cx]) => cx), corners.map(([, cy]) => cy)];
    const box = {
      x: Math.min(...xs),
      y: Math.min(...ys),
      width: Math.max(...xs) - Math.min(...xs),
      height: Math.max(...ys) - Math.min(...ys),
    };
    return Promise.resolve({ name: this.name, kind: 'photo', box, pose, closure: { left: 0, right: 0 } });
  }
}

/** Held in a hand that is never still: shaken, panned and tilted, but flat. Places in px, times in ms. */
export function heldInHand(at: { x: number; y: number; size: number; from?: number; until?: number }): PhotoMotion {
  const { x, y, size, from = 0, until = Infinity } = at;
  return (time) => {
    if (time < from || time >= until) {
      return undefined;
    }
    const wave = (period: number): number => Math.sin((2 * Math.PI * time) / period);
    return {
      x: x + size * (0.25 * wave(3700) + 0.02 * wave(310)),
      y: y + size * (0.08 * wave(2900) + 0.02 * wave(270)),
      size: size * (1 + 0.05 * wave(4300)),
      pose: { yaw: 0.4 * wave(3300), pitch: 0.15 * wave(2500), roll: 0.08 * wave(4100) },
    };
  };
}
