import type { Box, Pose } from '../../src/types.js';
import { anatomy, middle, type Anatomy } from './anatomy.js';
import { layPatch, type Canvas } from './canvas.js';
import { drawBody } from './body.js';
import { backLayerSvg, bodyCanvas, bodySvg, faceSvg, glassesSvg } from './draw-face.js';
import { neutral, quantized, type Expression } from './expression.js';
import { backSurface, faceSurface, glassesSurface, pivot, type Surface } from './head-shape.js';
import { lights, type Light } from './light.js';
import type { Person } from './person.js';
import { clearPatch, drawSurface, project, type Stand } from './raster.js';
import { textureOf, type Texture } from './texture.js';

/** How a person stands before the camera. */
export interface Appearance {
  /** The middle of the head at eye level when it looks straight ahead, px of the picture. */
  readonly x: number;
  readonly y: number;
  /** The face's width across the cheekbones for a face of usual width, px. */
  readonly size: number;
  readonly pose?: Pose;
  readonly expression?: Expression;
  readonly light?: Light;
}

export const straight: Pose = { yaw: 0, pitch: 0, roll: 0 };
/** Px of the drawing across the usual face. */
const faceWidth = 224;
/** Half the drawing's part that a turned head can reach, px of the drawing. */
const reach = { left: 215, up: 265, down: 250 } as const;
/** Drawings kept per person. */
const kept = 60;

/** Draws one person, at any size, turned and lit in any way. Drawings of expressions are kept. */
export class Portrait {
  readonly anatomy: Anatomy;
  private readonly face: Surface;
  private readonly back: Surface;
  private readonly glasses: Surface | undefined;
  private readonly textures = new Map<string, Promise<Texture>>();

  constructor(readonly person: Person) {
    this.anatomy = anatomy(person);
    this.face = faceSurface(person, this.anatomy);
    this.back = backSurface(this.anatomy);
    this.glasses = person.glasses.style === 'none' ? undefined : glassesSurface(person, this.anatomy);
  }

  /** Draws the person over what the canvas shows. @returns the face from forehead to chin, px, cut at no border */
  async drawOn(canvas: Canvas, appearance: Appearance): Promise<Box> {
    const { x, y, size, pose = straight, expression = neutral, light = lights.day } = appearance;
    const night = light.name === 'infrared';
    const scale = size / faceWidth;
    const body = await this.texture(`body ${night}`, () => bodySvg(this.person), night);
    drawBody(
      canvas,
      body,
      light,
      scale,
      x - bodyCanvas.neckX * scale,
      y + (this.anatomy.chin - pivot.y - bodyCanvas.chinY) * scale,
    );
    const drawn = quantized(expression);
    const [back, face, glasses] = await Promise.all([
      this.texture(`back ${night}`, () => backLayerSvg(this.person, this.anatomy), night),
      this.texture(`${JSON.stringify(drawn)} ${night}`, () => faceSvg(this.person, this.anatomy, drawn), night),
      this.glasses && this.texture(`glasses ${night}`, () => glassesSvg(this.person, this.anatomy), night),
    ]);
    const fine = size > 130 ? 1 : 2;
    const left = Math.floor(x - reach.left * scale);
    const top = Math.floor(y - reach.up * scale);
    const patch = clearPatch(
      fine * Math.ceil(2 * reach.left * scale + 1),
      fine * Math.ceil((reach.up + reach.down) * scale + 1),
    );
    // A pixel's middle is half a pixel from its corner.
    const stand: Stand = { scale: scale * fine, x: (x - left) * fine - 0.5, y: (y - top) * fine - 0.5, pose };
    drawSurface(patch, this.back, back, stand, light);
    drawSurface(patch, this.face, face, stand, light);
    if (this.glasses !== undefined && glasses !== undefined) {
      drawSurface(patch, this.glasses, glasses, stand, light);
    }
    layPatch(canvas, patch, left, top, fine);
    return this.box({ scale, x, y, pose });
  }

  /** Where the face from forehead to chin is seen. */
  box(stand: Stand): Box {
    const { points, texels } = this.face;
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < points.length / 3; i++) {
      const row = texels[2 * i + 1]!;
      const inside = Math.abs(texels[2 * i]! - middle) <= this.anatomy.half;
      if (inside && row >= this.anatomy.brow - 25 && row <= this.anatomy.chin) {
        const [x, y] = project(stand, points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!);
        [left, right] = [Math.min(left, x), Math.max(right, x)];
        [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      }
    }
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  private texture(key: string, draw: () => string, night: boolean): Promise<Texture> {
    let texture = this.textures.get(key);
    if (texture === undefined) {
      const { seed, age } = this.person;
      texture = textureOf(draw(), night, 0.7 + 0.8 * age, seed);
      if (this.textures.size >= kept) {
        this.textures.delete([...this.textures.keys()].find((old) => old.startsWith('{')) ?? key);
      }
    } else {
      // Used again: now the newest.
      this.textures.delete(key);
    }
    this.textures.set(key, texture);
    return texture;
  }
}
