import type { Box } from '../../types.js';

/** The detector finds faces from about this many of its own pixels on. */
const FINDABLE_FACE = 16;
/** Tiles of one region at most; beyond that they are larger than asked for. */
const MAX_TILES = 6;
/** Room around a region, as a share of its longer side, so that a face at its rim is seen whole. */
const MARGIN = 0.15;

/** Start positions of `count` spans of `length` that cover [from, from + total] evenly. */
function spread(from: number, total: number, length: number, count: number): number[] {
  return count === 1
    ? [from + (total - length) / 2]
    : Array.from({ length: count }, (_, i) => from + ((total - length) * i) / (count - 1));
}

/**
 * Cuts a region into square tiles small enough for the smallest face wanted, overlapping by more than such a face;
 * a region small enough is one tile. Tiles are never finer than the frame's own pixels and never larger than needed.
 *
 * @param size the detector's input in pixels
 * @param minimumFace the smallest face's width in frame pixels
 */
export function planTiles(region: Box, frame: Box, size: number, minimumFace: number): Box[] {
  const margin = MARGIN * Math.max(region.width, region.height);
  const left = Math.max(frame.x, region.x - margin);
  const top = Math.max(frame.y, region.y - margin);
  const width = Math.min(frame.x + frame.width, region.x + region.width + margin) - left;
  const height = Math.min(frame.y + frame.height, region.y + region.height + margin) - top;
  if (width <= 0 || height <= 0) {
    return [];
  }
  let side = Math.max(size, (size * minimumFace) / FINDABLE_FACE);
  for (;;) {
    const shared = Math.min(side / 3, 2 * minimumFace);
    const count = (total: number): number => (total <= side ? 1 : Math.ceil((total - shared) / (side - shared)));
    const [columns, rows] = [count(width), count(height)];
    if (columns * rows <= MAX_TILES) {
      const tile = Math.min(side, Math.max(width, height));
      return spread(top, height, tile, rows).flatMap((y) =>
        spread(left, width, tile, columns).map((x) => ({ x, y, width: tile, height: tile })),
      );
    }
    side *= 1.25;
  }
}
