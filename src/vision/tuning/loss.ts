import type * as Core from '@tensorflow/tfjs-core';

/**
 * Supervised contrastive loss (Khosla et al. 2020, L_out): every face is drawn towards the other faces of its person
 * and pushed from all others of the batch at once. Chosen over triplets because a household has few faces: each counts
 * against every other in every step, strangers push without being anybody's positive, and nothing needs mining.
 *
 * @param units [n, d] unit rows
 * @param people the person of each row; a person with one row has no positive and only pushes
 * @returns the mean over all rows that have a positive; 0 when none has
 */
export function supervisedContrastive(
  tf: typeof Core,
  units: Core.Tensor2D,
  people: readonly number[],
  temperature: number,
): Core.Scalar {
  const count = people.length;
  const others = new Float32Array(count * count);
  const positives = new Float32Array(count * count);
  let anchors = 0;
  for (let i = 0; i < count; i++) {
    const same = people.filter((person, j) => person === people[i] && j !== i).length;
    anchors += same > 0 ? 1 : 0;
    for (let j = 0; j < count; j++) {
      others[i * count + j] = i === j ? 0 : 1;
      positives[i * count + j] = i !== j && people[i] === people[j] ? 1 / same : 0;
    }
  }
  return tf.tidy(() => {
    // Cosines are at most 1: with 1 subtracted nothing overflows, and no maximum has to be sought.
    const logits = tf.div(tf.sub(tf.matMul(units, units, false, true), 1), temperature);
    const pushed = tf.sum(tf.mul(tf.exp(logits), tf.tensor2d(others, [count, count])), 1, true);
    const loss = tf.mul(tf.sub(tf.log(pushed), logits), tf.tensor2d(positives, [count, count]));
    return tf.div(tf.sum(loss), Math.max(1, anchors));
  });
}

/** Squared distance of two sets of unit rows, mean over the rows: what the original says of them is kept. */
export function distillation(tf: typeof Core, units: Core.Tensor2D, originals: Core.Tensor2D): Core.Scalar {
  return tf.tidy(() => tf.mean(tf.sum(tf.square(tf.sub(units, originals)), 1)));
}

/** L2-SP (Li et al. 2018): how far the weights have left the original, each layer in units of its own size. */
export function departure(
  tf: typeof Core,
  weights: readonly { readonly variable: Core.Tensor; readonly original: Core.Tensor }[],
): Core.Scalar {
  return tf.tidy(() => {
    const parts = weights.map(({ variable, original }) => {
      const moved = tf.sum<Core.Scalar>(tf.square(tf.sub(variable, original)));
      return tf.div<Core.Scalar>(moved, tf.add(tf.sum(tf.square(original)), 1e-12));
    });
    return tf.addN<Core.Scalar>(parts);
  });
}

/** Rows of length 1, scaled; a row of zeros stays. */
export function unitRows(tf: typeof Core, rows: Core.Tensor2D, scale = 1): Core.Tensor2D {
  return tf.tidy(() => {
    const lengths = tf.sqrt(tf.add(tf.sum(tf.square(rows), 1, true), 1e-12));
    return tf.mul(tf.div(rows, lengths), scale);
  });
}
