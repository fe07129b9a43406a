import type { Frame } from '../types.js';

/** Cells across the picture; a face of 60 px in 1920 is five cells wide. */
export const GRID_WIDTH = 160;

/** Samples per cell and direction: enough to average the sensor's noise away, few enough to cost nothing. */
export const SAMPLES = 3;

/** A picture's brightness on a coarse grid. */
export interface LuminanceGrid {
  readonly width: number;
  readonly height: number;
  /** 0 … 255, row by row. */
  readonly cells: Float32Array;
}

/** Width and height of the grid for a frame of this size; cells are nearly square. */
export function gridSize(width: number, height: number): { width: number; height: number } {
  const columns = Math.min(GRID_WIDTH, width);
  return { width: columns, height: Math.max(1, Math.min(height, Math.round((height * columns) / width))) };
}

/** Fills `grid` with the mean of a few samples per cell. Reads the Y plane, or the green channel of RGB. */
export function sampleLuminance(frame: Frame, grid: LuminanceGrid): void {
  const { data, width, height } = frame;
  if (frame.format === 'i420' && width === grid.width && height === grid.height) {
    grid.cells.set(data.subarray(0, width * height));
    return;
  }
  const pixelStep = frame.format === 'rgb24' ? 3 : 1;
  const channel = frame.format === 'rgb24' ? 1 : 0;
  const columns = samplePositions(width, grid.width).map((x) => x * pixelStep + channel);
  const rows = samplePositions(height, grid.height);
  const { cells } = grid;
  for (let gridY = 0, cell = 0; gridY < grid.height; gridY++) {
    const row0 = rows[gridY * SAMPLES]! * width * pixelStep;
    const row1 = rows[gridY * SAMPLES + 1]! * width * pixelStep;
    const row2 = rows[gridY * SAMPLES + 2]! * width * pixelStep;
    for (let gridX = 0; gridX < grid.width; gridX++, cell++) {
      let sum = 0;
      for (let sample = gridX * SAMPLES; sample < gridX * SAMPLES + SAMPLES; sample++) {
        const column = columns[sample]!;
        sum += data[row0 + column]! + data[row1 + column]! + data[row2 + column]!;
      }
      cells[cell] = sum / (SAMPLES * SAMPLES);
    }
  }
}

const positions = new Map<string, Int32Array>();

/** Pixel positions of each cell's samples along one direction, evenly spread. */
function samplePositions(pixels: number, cells: number): Int32Array {
  const key = `${pixels}/${cells}`;
  const known = positions.get(key);
  if (known !== undefined) {
    return known;
  }
  const made = Int32Array.from({ length: cells * SAMPLES }, (_, index) =>
    Math.min(pixels - 1, Math.floor(((index + 0.5) * pixels) / (cells * SAMPLES))),
  );
  positions.set(key, made);
  return made;
}
