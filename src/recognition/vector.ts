/** Plain dense vectors. Loops are unrolled where profiles showed it to pay (V8 does not vectorise). */
export type Vector = Float32Array | Float64Array;

/** Inner product of two vectors of equal length. */
export function dot(a: Vector, b: Vector): number {
  const length = a.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < length; i += 1) s0 += a[i]! * b[i]!;
  return s0 + s1 + s2 + s3;
}

/** The inner products of a matrix's rows (row by row) with a vector: four rows at a time, each loading it once. */
export function multiply(rows: Float32Array, vector: Vector): Float64Array {
  const length = vector.length;
  const count = length === 0 ? 0 : rows.length / length;
  const products = new Float64Array(count);
  let row = 0;
  for (; row + 3 < count; row += 4) {
    const [a, b, c, d] = [row * length, (row + 1) * length, (row + 2) * length, (row + 3) * length];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < length; i += 1) {
      const value = vector[i]!;
      s0 += rows[a + i]! * value;
      s1 += rows[b + i]! * value;
      s2 += rows[c + i]! * value;
      s3 += rows[d + i]! * value;
    }
    products[row] = s0;
    products[row + 1] = s1;
    products[row + 2] = s2;
    products[row + 3] = s3;
  }
  for (; row < count; row += 1) products[row] = dot(rows.subarray(row * length, (row + 1) * length), vector);
  return products;
}

export function norm(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

/** The vector scaled to length 1; a zero vector stays zero. */
export function normalise(a: Vector): Float32Array {
  const length = norm(a);
  const result = new Float32Array(a.length);
  if (length === 0) return result;
  for (let i = 0; i < a.length; i += 1) result[i] = a[i]! / length;
  return result;
}

/** Adds `factor · a` onto `sum`, in place. */
export function addScaled(sum: Vector, a: Vector, factor: number): void {
  for (let i = 0; i < sum.length; i += 1) sum[i] = sum[i]! + factor * a[i]!;
}

/** Weighted mean of vectors of equal length; weights need not sum to one. Unnormalised. */
export function weightedMean(vectors: readonly Vector[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  let total = 0;
  vectors.forEach((vector, index) => {
    const weight = weights[index] ?? 0;
    total += weight;
    addScaled(sum, vector, weight);
  });
  if (total > 0) for (let i = 0; i < sum.length; i += 1) sum[i] = sum[i]! / total;
  return sum;
}

/** Euclidean distance of two unit vectors from their cosine. */
export function chord(cosine: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * cosine));
}
