import type * as Core from '@tensorflow/tfjs-core';

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
}

/**
 * The gradient of a convolution by its filters, which TensorFlow.js lacks on WebAssembly: filters are trained with it.
 * Composed of kernels that are there: for every place of the filter one product of the pixels under it, over the whole
 * batch, with the output's gradient. Channels last, no dilation, as all our networks are.
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
  const { batchSize, inChannels, outChannels, outHeight, outWidth, strideHeight, strideWidth } = plan;
  const { top, bottom, left, right } = plan.padInfo;
  // A stride more at the ends, so that the last window of every place is whole.
  const padded = tf.pad(x, [
    [0, 0],
    [top, bottom + strideHeight],
    [left, right + strideWidth],
    [0, 0],
  ]);
  const gradient = tf.reshape(dy, [-1, outChannels]);
  const places: Core.Tensor2D[] = [];
  for (let row = 0; row < plan.filterHeight; row++) {
    for (let column = 0; column < plan.filterWidth; column++) {
      const pixels = tf.stridedSlice(
        padded,
        [0, row, column, 0],
        [batchSize, row + outHeight * strideHeight, column + outWidth * strideWidth, inChannels],
        [1, strideHeight, strideWidth, 1],
      );
      places.push(tf.matMul(tf.reshape(pixels, [-1, inChannels]), gradient, true, false));
    }
  }
  return tf.reshape(tf.stack(places), filterShape);
}
