/** Raw detection in the network's pixels: a box and six points (eyes, nose, mouth, ears). */
export interface AnchorDetection {
  readonly score: number;
  readonly centerX: number;
  readonly centerY: number;
  readonly width: number;
  readonly height: number;
  /** x, y of: right eye, left eye (the person's own), nose, mouth, right ear, left ear. */
  readonly points: readonly number[];
}

/** BlazeFace's feature maps for a 256-pixel input: stride 16 with 2 anchors a cell, stride 32 with 6. */
const LAYERS = [
  { stride: 16, anchorsPerCell: 2 },
  { stride: 32, anchorsPerCell: 6 },
] as const;

const VALUES_PER_BOX = 16;

export interface AnchorLayer {
  readonly count: number;
  /** Anchor centres, x and y in turn. */
  readonly centers: Float32Array;
}

/** The anchors of each feature map: cell centres, each as often as it has anchors. Sizes play no part in decoding. */
export function anchorLayers(size: number): AnchorLayer[] {
  return LAYERS.map(({ stride, anchorsPerCell }) => {
    const cells = Math.ceil(size / stride);
    const count = cells * cells * anchorsPerCell;
    const centers = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) {
      const cell = Math.floor(i / anchorsPerCell);
      centers[2 * i] = stride * ((cell % cells) + 0.5);
      centers[2 * i + 1] = stride * (Math.floor(cell / cells) + 0.5);
    }
    return { count, centers };
  });
}

/**
 * Decodes one feature map: offsets are in pixels from the anchor's centre.
 * @param scores logits, one per anchor
 * @param boxes 16 values per anchor: x, y, width, height, then six points
 */
export function decodeLayer(
  layer: AnchorLayer,
  scores: Float32Array,
  boxes: Float32Array,
  threshold: number,
): AnchorDetection[] {
  const detections: AnchorDetection[] = [];
  const logit = Math.log(threshold / (1 - threshold));
  for (let i = 0; i < layer.count; i++) {
    if (scores[i]! < logit) {
      continue;
    }
    const [anchorX, anchorY] = [layer.centers[2 * i]!, layer.centers[2 * i + 1]!];
    const at = i * VALUES_PER_BOX;
    const points = Array.from(boxes.subarray(at + 4, at + VALUES_PER_BOX), (value, axis) =>
      axis % 2 === 0 ? value + anchorX : value + anchorY,
    );
    detections.push({
      score: 1 / (1 + Math.exp(-scores[i]!)),
      centerX: boxes[at]! + anchorX,
      centerY: boxes[at + 1]! + anchorY,
      width: boxes[at + 2]!,
      height: boxes[at + 3]!,
      points,
    });
  }
  return detections;
}
