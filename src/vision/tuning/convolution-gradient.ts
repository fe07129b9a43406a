import type * as Core from '@tensorflow/tfjs-core';

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
}

/**
 * The gradient of a convolution by its filters, which TensorFlow.js lacks on WebAssembly: filters are trained with it.
 * It is a convolution itself, with the channels in the batch's place and the output's gradient as the filter, so it
 * runs on the fast kernel that is there; products of transposed matrices took ten times as long. Channels last, no
 * dilation, as all our networks are.
 */
export function registerConvolutionGradient(tf: typeof Core, backendName: string): void {
  const kernelName = 'Conv2DBackpropFilter';
  if ((tf.getKernel(kernelName, backendName) as unknown) !== undefined) {
    return;
  }
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { x, dy } = inputs as unknown as { x: Core.Tensor4D; dy: Core.Tensor4D };
      return tf.tidy(() => filterGradient(tf, x, dy, attrs as unknown as ConvolutionAttributes));
    },
  });
}

function filterGradient(
  tf: typeof Core,
  x: Core.Tensor4D,
  dy: Core.Tensor4D,
  { strides, pad, dimRoundingMode, filterShape }: ConvolutionAttributes,
): Core.Tensor4D {
  const plan = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode, false);
  const { batchSize, inChannels, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth } = plan;
  // Exactly what the filter's places see: the rest would give places that the filter has not got.
  const height = filterHeight + (outHeight - 1) * strideHeight;
  const width = filterWidth + (outWidth - 1) * strideWidth;
  const { top, left } = plan.padInfo;
  const padded = tf.pad(x, [
    [0, 0],
    [top, Math.max(0, height - top - plan.inHeight)],
    [left, Math.max(0, width - left - plan.inWidth)],
    [0, 0],
  ]);
  const seen = tf.slice(padded, [0, 0, 0, 0], [batchSize, height, width, inChannels]);
  const gradient = tf.conv2d(tf.transpose(seen, [3, 1, 2, 0]), tf.transpose(dy, [1, 2, 0, 3]), 1, 'valid', 'NHWC', [
    strideHeight,
    strideWidth,
  ]);
  return tf.transpose(gradient, [1, 2, 0, 3]);
}
