import type * as Core from '@tensorflow/tfjs-core';

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * A convolution's gradients on WebAssembly, where TensorFlow.js lacks the one by the filters and has a slow one by the
 * picture. Both are convolutions themselves, so they run on the fast kernel that is there. Channels last, no dilation,
 * as all our networks are.
 */
export function registerConvolutionGradients(tf: typeof Core, backendName: string): void {
  if ((tf.getKernel('Conv2DBackpropFilter', backendName) as unknown) !== undefined) {
    return;
  }
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { x, dy } = inputs as unknown as { x: Core.Tensor4D; dy: Core.Tensor4D };
      const { filterShape, ...attributes } = attrs as unknown as FilterAttributes;
      return tf.tidy(() => filterGradient(tf, x, dy, filterShape, attributes));
    },
  });
  const slow = tf.getKernel('Conv2DBackpropInput', backendName);
  tf.unregisterKernel('Conv2DBackpropInput', backendName);
  tf.registerKernel({
    ...slow,
    kernelFunc: (parameters) => {
      const { dy, filter } = parameters.inputs as unknown as { dy: Core.Tensor4D; filter: Core.Tensor4D };
      const { inputShape, ...attributes } = parameters.attrs as unknown as InputAttributes;
      const strides = [attributes.strides].flat();
      // A stride would have to be filled up with zeros first.
      return strides.every((stride) => stride === 1)
        ? tf.tidy(() => inputGradient(tf, dy, filter, inputShape, attributes))
        : slow.kernelFunc(parameters);
    },
  });
}

type Shape4D = [number, number, number, number];
type FilterAttributes = ConvolutionAttributes & { readonly filterShape: Shape4D };
type InputAttributes = ConvolutionAttributes & { readonly inputShape: Shape4D };

/** The picture's channels in the batch's place, the output's gradient as the filter, strides as dilation. */
function filterGradient(
  tf: typeof Core,
  x: Core.Tensor4D,
  dy: Core.Tensor4D,
  filterShape: Shape4D,
  { strides, pad, dimRoundingMode }: ConvolutionAttributes,
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
  const dilations: [number, number] = [strideHeight, strideWidth];
  const asPicture = tf.transpose(seen, [3, 1, 2, 0]);
  const gradient = tf.conv2d(asPicture, tf.transpose(dy, [1, 2, 0, 3]), 1, 'valid', 'NHWC', dilations);
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/** Without strides: the output's gradient under the filter turned by half a turn, its channels exchanged. */
function inputGradient(
  tf: typeof Core,
  dy: Core.Tensor4D,
  filter: Core.Tensor4D,
  inputShape: Shape4D,
  { pad, dimRoundingMode }: ConvolutionAttributes,
): Core.Tensor4D {
  const plan = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, 1, 1, pad, dimRoundingMode, false);
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, inChannels, outChannels } = plan;
  const top = filterHeight - 1 - plan.padInfo.top;
  const left = filterWidth - 1 - plan.padInfo.left;
  const padded = tf.pad(dy, [
    [0, 0],
    [top, inHeight + filterHeight - 1 - outHeight - top],
    [left, inWidth + filterWidth - 1 - outWidth - left],
    [0, 0],
  ]);
  // Turning the places one by one copies whole blocks; the kernel that reverses goes number by number.
  const places = tf.split(tf.reshape(filter, [-1, inChannels, outChannels]), filterHeight * filterWidth, 0);
  const turned = tf.transpose(tf.concat(places.reverse(), 0), [0, 2, 1]);
  return tf.conv2d(padded, tf.reshape(turned, [filterHeight, filterWidth, outChannels, inChannels]), 1, 'valid');
}
