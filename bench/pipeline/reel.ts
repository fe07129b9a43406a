import type { Frame } from '../../src/types.js';
import { toI420 } from '../../test/vision/support/frames.js';
import { lights, Scene, type Performer } from '../../test/visitors/index.js';

export const FRAMES_PER_SECOND = 10;

/** Daylight with the noise of a small sensor, without which an empty porch would cost a decoder next to nothing. */
export const daylight = { ...lights.day, noise: 2 };

export const FULL_HD = { width: 1920, height: 1080 } as const;

/** A scene's frames as a camera delivers them (i420), drawn when first asked for and kept. */
export class Reel {
  private readonly scene: Scene;
  private readonly frames: Promise<Frame>[] = [];

  constructor(performers: readonly Performer[], size: { readonly width: number; readonly height: number } = FULL_HD) {
    this.scene = new Scene(performers, { ...size, light: daylight });
  }

  /** @param index frames are 100 ms apart */
  async frame(index: number): Promise<Frame> {
    // The scene has one canvas: frames are drawn one after the other.
    for (let at = this.frames.length; at <= index; at++) {
      const before = this.frames[at - 1];
      this.frames.push((before ?? Promise.resolve()).then(() => this.draw(at)));
    }
    return this.frames[index]!;
  }

  async all(count: number): Promise<Frame[]> {
    await this.frame(count - 1);
    return Promise.all(this.frames.slice(0, count));
  }

  private async draw(index: number): Promise<Frame> {
    return toI420((await this.scene.frame((1000 * index) / FRAMES_PER_SECOND)).frame);
  }
}
