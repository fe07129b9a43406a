import type { PackagedName } from '../encoder/packaged.js';
import { modelEntry, type ModelEntry } from '../models/catalogue.js';

/** Where a network is cut for tuning: what lies before stays frozen, what lies after is trained. */
export interface Cut {
  /** The node whose values are kept; its shape is height × width × channels. */
  readonly at: string;
  readonly shape: readonly [number, number, number];
  /** The constants after it that are trained. */
  readonly trained: readonly string[];
}

/**
 * dlib: the last residual block and the dense layer (its pooled picture is 4 × 4, so a step costs next to nothing);
 * faceres: the last 1 × 1 convolution before the pooling.
 */
export const cuts: Readonly<Record<PackagedName, Cut>> = {
  dlib: {
    at: 'conv256_2/out',
    shape: [4, 4, 256],
    trained: [
      'conv256_down_out/conv1/filters',
      'conv256_down_out/conv1/bias',
      'conv256_down_out/conv2/filters',
      'conv256_down_out/conv2/bias',
      'fc',
    ],
  },
  faceres: {
    at: 'conv_dw_13_relu/clip_by_value',
    shape: [7, 7, 1024],
    trained: ['conv_pw_13/convolution/merged_input', 'conv_pw_13_bn/batchnorm_1/sub'],
  },
};

/** The network with the cut's values as a second output, `cut`. */
export function cutEntry(name: PackagedName): ModelEntry {
  const entry = modelEntry(name);
  return { ...entry, outputs: { ...entry.outputs, cut: cuts[name].at }, variant: 'cut' };
}
