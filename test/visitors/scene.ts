import type { Frame } from '../../src/types.js';
import type { Canvas } from './canvas.js';
import { lights, type Light } from './light.js';
import type { Performer, Presence } from './performer.js';
import { porch } from './porch.js';
import { Chance } from './random.js';

export interface SceneOptions {
  /** px; default 1920 × 1080 */
  readonly width?: number;
  readonly height?: number;
  readonly light?: Light;
}

/** A frame with what is in it. `rgb`: 3 bytes a pixel; valid until the next frame is rendered. */
export interface RenderedFrame {
  readonly time: number;
  readonly rgb: Uint8Array;
  readonly present: readonly Presence[];
}

/** The porch and who comes to it. */
export class Scene {
  readonly width: number;
  readonly height: number;
  readonly light: Light;
  performers: readonly Performer[];
  private background: Promise<Canvas> | undefined;
  private readonly canvas: Canvas;
  private readonly noise: Int8Array | undefined;

  constructor(performers: readonly Performer[] = [], options: SceneOptions = {}) {
    const { width = 1920, height = 1080, light = lights.day } = options;
    this.width = width;
    this.height = height;
    this.light = light;
    this.performers = performers;
    this.canvas = { width, height, rgb: new Uint8ClampedArray(3 * width * height) };
    this.noise = light.noise === 0 ? undefined : noiseTable(light.noise);
  }

  /** The picture at a time (ms); those further away (smaller) are drawn first if they are named first. */
  async render(time: number): Promise<RenderedFrame> {
    this.background ??= porch(this.width, this.height, this.light);
    this.canvas.rgb.set((await this.background).rgb);
    const present: Presence[] = [];
    for (const performer of this.performers) {
      const presence = await performer.draw(this.canvas, time, this.light);
      if (presence !== undefined) {
        present.push(presence);
      }
    }
    this.addNoise(time);
    const { rgb } = this.canvas;
    return { time, rgb: new Uint8Array(rgb.buffer, rgb.byteOffset, rgb.length), present };
  }

  /** The picture as the rooms of the plugin take it; its bytes are the caller's to keep. */
  async frame(
    time: number,
    timestamp = time,
  ): Promise<{ readonly frame: Frame; readonly present: readonly Presence[] }> {
    const { rgb, present } = await this.render(time);
    return {
      frame: { format: 'rgb24', width: this.width, height: this.height, data: rgb.slice(), timestamp },
      present,
    };
  }

  private addNoise(time: number): void {
    const { noise, canvas } = this;
    if (noise === undefined) {
      return;
    }
    let at = Math.floor(new Chance(Math.round(time) + 1).unit() * noise.length);
    for (let i = 0; i < canvas.rgb.length; i += 3) {
      const value = noise[at]!;
      at = at + 1 === noise.length ? 0 : at + 1;
      canvas.rgb[i]! += value;
      canvas.rgb[i + 1]! += value;
      canvas.rgb[i + 2]! += value;
    }
  }
}

/** Gaussian noise to read from anywhere; its length is prime to any picture's width. */
function noiseTable(deviation: number): Int8Array {
  const by = new Chance(99);
  return Int8Array.from({ length: 65_537 }, () => {
    const sum = by.unit() + by.unit() + by.unit() + by.unit() - 2;
    return Math.round(sum * Math.sqrt(3) * deviation);
  });
}
