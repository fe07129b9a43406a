import type { Box } from '../types.js';

/** Groups smaller than this many cells are leaves, rain and insects. */
const MIN_CELLS = 8;
/** Cells this near to each other belong to one thing: a dark coat before a dark door breaks into pieces. */
const REACH = 2;
/** A striped pullover falls into many groups before they are joined; more than these are not looked at. */
const MAX_GROUPS = 64;
/** Most regions that are told; the largest ones. */
const MAX_REGIONS = 4;

/** Bound once: looking a global up in these loops costs more than what it does. */
const { ceil, floor, max, min } = Math;

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
      [left, right] = [min(left, x), max(right, x)];
      [top, bottom] = [min(top, y), max(bottom, y)];
      for (let ny = max(0, y - REACH); ny <= min(height - 1, y + REACH); ny++) {
        for (let nx = max(0, x - REACH); nx <= min(width - 1, x + REACH); nx++) {
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
  return groups.sort((a, b) => b.cells - a.cells).slice(0, MAX_GROUPS);
}

/**
 * Grows each box so that the whole head is inside even where only a part of it moved, clips it to the picture and
 * joins boxes that overlap. The largest first.
 */
export function paddedRegions(boxes: readonly Box[], frame: { width: number; height: number }): Box[] {
  const least = frame.width * 0.04;
  const grown = boxes.map((box) => {
    const sideways = max(least, box.width * 0.25);
    const upwards = max(least, box.height * 0.25);
    return clipped(
      box.x - sideways,
      box.y - upwards,
      box.x + box.width + sideways,
      box.y + box.height + upwards,
      frame,
    );
  });
  const joined = grown.reduce<Box[]>((others, box) => join(others, box), []);
  return joined.sort((a, b) => b.width * b.height - a.width * a.height).slice(0, MAX_REGIONS);
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
  const x = min(box.x, touching.x);
  const y = min(box.y, touching.y);
  const right = max(box.x + box.width, touching.x + touching.width);
  const bottom = max(box.y + box.height, touching.y + touching.height);
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
  const x = max(0, floor(left));
  const y = max(0, floor(top));
  return {
    x,
    y,
    width: min(frame.width, ceil(right)) - x,
    height: min(frame.height, ceil(bottom)) - y,
  };
}
