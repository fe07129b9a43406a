import type { Box } from '../types.js';

/** Groups smaller than this many cells are leaves, rain and insects. */
const MIN_CELLS = 8;
/** Cells this near to each other belong to one thing: a dark coat before a dark door breaks into pieces. */
const REACH = 2;
/** Most regions that are told; the largest ones. */
const MAX_REGIONS = 4;

/** A group of changed cells, in cells. */
interface Group extends Box {
  readonly cells: number;
}

/** Finds what changed as boxes in cells, the largest first; a cell without changed neighbours is noise. */
export function groupCells(changed: Uint8Array, width: number, height: number): Group[] {
  const seen = new Uint8Array(changed.length);
  const stack: number[] = [];
  const groups: Group[] = [];
  for (let start = 0; start < changed.length; start++) {
    if (changed[start] === 0 || seen[start] === 1) {
      continue;
    }
    let [left, right, top, bottom, cells] = [width, 0, height, 0, 0];
    seen[start] = 1;
    stack.push(start);
    for (let cell = stack.pop(); cell !== undefined; cell = stack.pop()) {
      const x = cell % width;
      const y = (cell - x) / width;
      cells++;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      for (let ny = Math.max(0, y - REACH); ny <= Math.min(height - 1, y + REACH); ny++) {
        for (let nx = Math.max(0, x - REACH); nx <= Math.min(width - 1, x + REACH); nx++) {
          const neighbour = ny * width + nx;
          if (changed[neighbour] === 1 && seen[neighbour] === 0) {
            seen[neighbour] = 1;
            stack.push(neighbour);
          }
        }
      }
    }
    if (cells >= MIN_CELLS) {
      groups.push({ x: left, y: top, width: right - left + 1, height: bottom - top + 1, cells });
    }
  }
  return groups.sort((a, b) => b.cells - a.cells).slice(0, MAX_REGIONS);
}

/**
 * Grows each box so that the whole head is inside even where only a part of it moved, clips it to the picture and
 * joins boxes that overlap.
 */
export function paddedRegions(boxes: readonly Box[], frame: { width: number; height: number }): Box[] {
  const least = frame.width * 0.04;
  const grown = boxes.map((box) => {
    const sideways = Math.max(least, box.width * 0.25);
    const upwards = Math.max(least, box.height * 0.25);
    return clipped(
      box.x - sideways,
      box.y - upwards,
      box.x + box.width + sideways,
      box.y + box.height + upwards,
      frame,
    );
  });
  return grown.reduce<Box[]>((joined, box) => join(joined, box), []);
}

function join(boxes: readonly Box[], box: Box): Box[] {
  const touching = boxes.find(
    (other) =>
      box.x < other.x + other.width &&
      other.x < box.x + box.width &&
      box.y < other.y + other.height &&
      other.y < box.y + box.height,
  );
  if (touching === undefined) {
    return [...boxes, box];
  }
  const x = Math.min(box.x, touching.x);
  const y = Math.min(box.y, touching.y);
  const right = Math.max(box.x + box.width, touching.x + touching.width);
  const bottom = Math.max(box.y + box.height, touching.y + touching.height);
  const rest = boxes.filter((other) => other !== touching);
  return join(rest, { x, y, width: right - x, height: bottom - y });
}

function clipped(
  left: number,
  top: number,
  right: number,
  bottom: number,
  frame: { width: number; height: number },
): Box {
  const x = Math.max(0, Math.floor(left));
  const y = Math.max(0, Math.floor(top));
  return {
    x,
    y,
    width: Math.min(frame.width, Math.ceil(right)) - x,
    height: Math.min(frame.height, Math.ceil(bottom)) - y,
  };
}
