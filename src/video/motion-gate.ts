import type { Box, Frame } from '../types.js';
import { Background } from './background.js';
import { gridSize, sampleLuminance, type LuminanceGrid } from './luminance-grid.js';
import { groupCells, paddedRegions } from './motion-regions.js';

export interface MotionGateOptions {
  /** Regions that never count (a street, a tree), in fractions of the picture. */
  readonly ignoreRegions?: readonly Box[];
  /** How long the gate stays open after the last movement, in ms. */
  readonly holdMs?: number;
}

export interface Motion {
  /** Whether something is there that usually is not. */
  readonly active: boolean;
  /** Whether this very frame shows something: the first sign, before anything counts as there. */
  readonly stirred: boolean;
  /** Where, in pixels of the frame, padded so that a moving person's head is inside. Empty when not active. */
  readonly regions: readonly Box[];
  /** The changed share of the picture, 0 … 1. */
  readonly level: number;
}

const HOLD_MS = 3000;

/** So many frames in a row must show something: a single odd frame (a flash, a decoding error) opens nothing. */
const OPEN_FRAMES = 2;

/** After a longer gap, or a step back in time, the background is learnt anew. */
const MAX_GAP_MS = 30_000;

/**
 * Tells frames that are worth a look from those of an empty porch, for well under a millisecond each. Brightness on a
 * coarse grid is compared with a learnt background; see `Background` for what is learnt. Pure: time is the frames'.
 */
export class MotionGate {
  private readonly ignoreRegions: readonly Box[];
  private readonly holdMs: number;
  private grid: LuminanceGrid | undefined;
  private background: Background | undefined;
  private frameSize = '';
  private lastTime = 0;
  private lastSeen = -Infinity;
  private inARow = 0;
  private regions: readonly Box[] = [];

  constructor(options: MotionGateOptions = {}) {
    this.ignoreRegions = options.ignoreRegions ?? [];
    this.holdMs = options.holdMs ?? HOLD_MS;
  }

  /** Looks at the next frame. The first one is taken for the empty porch. */
  observe(frame: Frame): Motion {
    const elapsed = frame.timestamp - this.lastTime;
    this.lastTime = frame.timestamp;
    const size = `${frame.width}x${frame.height}`;
    if (this.grid === undefined || this.background === undefined || this.frameSize !== size) {
      this.frameSize = size;
      return this.begin(frame);
    }
    if (elapsed < 0 || elapsed > MAX_GAP_MS) {
      return this.begin(frame);
    }
    sampleLuminance(frame, this.grid);
    this.background.observe(this.grid.cells, elapsed);
    const level = this.background.changedCells / this.grid.cells.length;
    const groups = level === 0 ? [] : groupCells(this.background.changed, this.grid.width, this.grid.height);
    this.inARow = groups.length === 0 ? 0 : this.inARow + 1;
    if (this.inARow >= OPEN_FRAMES) {
      this.lastSeen = frame.timestamp;
      this.regions = paddedRegions(
        groups.map((group) => this.toPixels(group, frame)),
        frame,
      );
    }
    const active = frame.timestamp - this.lastSeen < this.holdMs;
    return { active, stirred: this.inARow > 0, regions: active ? this.regions : [], level };
  }

  private begin(frame: Frame): Motion {
    const { width, height } = gridSize(frame.width, frame.height);
    this.grid = { width, height, cells: new Float32Array(width * height) };
    sampleLuminance(frame, this.grid);
    this.background = new Background(this.grid.cells, this.mask(width, height));
    this.lastSeen = -Infinity;
    this.inARow = 0;
    this.regions = [];
    return { active: false, stirred: false, regions: [], level: 0 };
  }

  /** 1 for cells whose centre lies in an ignored region. */
  private mask(width: number, height: number): Uint8Array {
    return Uint8Array.from({ length: width * height }, (_, cell) => {
      const x = ((cell % width) + 0.5) / width;
      const y = (Math.floor(cell / width) + 0.5) / height;
      return this.ignoreRegions.some(
        (region) => x >= region.x && x < region.x + region.width && y >= region.y && y < region.y + region.height,
      )
        ? 1
        : 0;
    });
  }

  private toPixels(box: Box, frame: Frame): Box {
    const { width, height } = gridSize(frame.width, frame.height);
    const [scaleX, scaleY] = [frame.width / width, frame.height / height];
    return { x: box.x * scaleX, y: box.y * scaleY, width: box.width * scaleX, height: box.height * scaleY };
  }
}
