import type { Box, Frame, Point } from '../../types.js';
import type { Session } from '../engine/engine.js';
import { transform, type Similarity } from '../image/geometry.js';
import { sampleInto, type PixelFormat } from '../image/sample.js';
import { anchorLayers, decodeLayer, type AnchorDetection } from './anchors.js';
import { planTiles } from './tiles.js';

/** A face as the detector sees it, in frame pixels. */
export interface Detection {
  readonly box: Box;
  readonly confidence: number;
  readonly rightEye: Point;
  readonly leftEye: Point;
}

const SIZE = 256;
/** BlazeFace wants RGB from -1 to 1. */
const FORMAT: PixelFormat = { order: 'rgb', mean: [127.5, 127.5, 127.5], scale: 1 / 127.5 };
/** Letterbox bars are mid-grey, which the network sees as zero, like its own padding. */
const BAR = 127.5;

/** Below this the detector's candidates are not looked at; the mesh's confidence decides on the rest. */
export const MINIMUM_DETECTION_CONFIDENCE = 0.4;
/** Two boxes that share more of their union than this are one face. */
const SAME_FACE_OVERLAP = 0.3;

/** Finds faces in a frame: whole, or zoomed into regions. */
export class FaceDetector {
  private readonly layers = anchorLayers(SIZE);
  private readonly input = new Float32Array(SIZE * SIZE * 3);

  constructor(private readonly session: Session) {}

  /**
   * @param regions where to look, in frame pixels; the whole frame when none is given
   * @param minimumSize the smallest face width worth finding, in frame pixels
   */
  async detect(frame: Frame, regions: readonly Box[] | undefined, minimumSize: number): Promise<Detection[]> {
    const whole = { x: 0, y: 0, width: frame.width, height: frame.height };
    const tiles = (regions ?? [whole]).flatMap((region) => planTiles(region, whole, SIZE, minimumSize));
    const found: Detection[] = [];
    for (const tile of tiles) {
      found.push(...(await this.detectIn(frame, tile)));
    }
    return suppress(found);
  }

  private async detectIn(frame: Frame, tile: Box): Promise<Detection[]> {
    const side = Math.max(tile.width, tile.height);
    const scale = side / SIZE;
    const toFrame: Similarity = {
      a: scale,
      b: 0,
      x: tile.x + tile.width / 2 - (scale * SIZE) / 2 + scale / 2 - 0.5,
      y: tile.y + tile.height / 2 - (scale * SIZE) / 2 + scale / 2 - 0.5,
    };
    sampleInto(frame, toFrame, SIZE, SIZE, FORMAT, this.input, 0, BAR);
    const outputs = Object.values(await this.session.run(this.input, [1, SIZE, SIZE, 3]));
    const bySize = (length: number): Float32Array => {
      const output = outputs.find((values) => values.length === length);
      if (output === undefined) {
        throw new Error(`the face detector gives no output of ${length} values`);
      }
      return output;
    };
    return this.layers
      .flatMap((layer) =>
        decodeLayer(layer, bySize(layer.count), bySize(layer.count * 16), MINIMUM_DETECTION_CONFIDENCE),
      )
      .map((detection) => inFrame(detection, toFrame));
  }
}

function inFrame(detection: AnchorDetection, toFrame: Similarity): Detection {
  const scale = toFrame.a;
  const { x, y } = transform(toFrame, {
    x: detection.centerX - detection.width / 2,
    y: detection.centerY - detection.height / 2,
  });
  const point = (index: number): Point =>
    transform(toFrame, { x: detection.points[2 * index]!, y: detection.points[2 * index + 1]! });
  return {
    box: { x, y, width: detection.width * scale, height: detection.height * scale },
    confidence: detection.score,
    rightEye: point(0),
    leftEye: point(1),
  };
}

/** Intersection over union. */
export function overlap(a: Box, b: Box): number {
  const shared = intersection(a, b);
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** The share of the smaller box that lies in the other. */
export function covered(a: Box, b: Box): number {
  return intersection(a, b) / Math.min(a.width * a.height, b.width * b.height);
}

function intersection(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/** Greedy non-maximum suppression: the most confident box of each face stays. */
function suppress(detections: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const detection of [...detections].sort((a, b) => b.confidence - a.confidence)) {
    if (kept.every((other) => overlap(other.box, detection.box) < SAME_FACE_OVERLAP)) {
      kept.push(detection);
    }
  }
  return kept;
}
