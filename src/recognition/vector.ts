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
  for (; row < count; row += 1) products[row] = dot(rowOf(rows, row, length), vector);
  return products;
}

/** `multiply` with two vectors at once, in half the time again: eight products for six numbers loaded. */
export function multiplyBoth(
  rows: Float32Array,
  first: Float32Array,
  second: Float32Array,
): readonly [Float64Array, Float64Array] {
  const length = first.length;
  const count = length === 0 ? 0 : rows.length / length;
  const one = new Float64Array(count);
  const other = new Float64Array(count);
  let row = 0;
  for (; row + 3 < count; row += 4) {
    const [a, b, c, d] = [row * length, (row + 1) * length, (row + 2) * length, (row + 3) * length];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    for (let i = 0; i < length; i += 1) {
      const x = first[i]!;
      const y = second[i]!;
      const r0 = rows[a + i]!;
      const r1 = rows[b + i]!;
      const r2 = rows[c + i]!;
      const r3 = rows[d + i]!;
      s0 += r0 * x;
      t0 += r0 * y;
      s1 += r1 * x;
      t1 += r1 * y;
      s2 += r2 * x;
      t2 += r2 * y;
      s3 += r3 * x;
      t3 += r3 * y;
    }
    one[row] = s0;
    one[row + 1] = s1;
    one[row + 2] = s2;
    one[row + 3] = s3;
    other[row] = t0;
    other[row + 1] = t1;
    other[row + 2] = t2;
    other[row + 3] = t3;
  }
  for (; row < count; row += 1) {
    const own = rowOf(rows, row, length);
    one[row] = dot(own, first);
    other[row] = dot(own, second);
  }
  return [one, other];
}

/** Vectors of one length as the rows of a matrix, row by row. */
export function stack(vectors: readonly Float32Array[]): Float32Array {
  const length = vectors[0]?.length ?? 0;
  const rows = new Float32Array(vectors.length * length);
  vectors.forEach((vector, row) => rows.set(vector, row * length));
  return rows;
}

/** The row-th of a matrix's rows of this length: a view, not a copy. */
export function rowOf(rows: Float32Array, row: number, length: number): Float32Array {
  return rows.subarray(row * length, (row + 1) * length);
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

/** Adds every row of a matrix (row by row) times its factor onto `sum`, in place: four rows at a time. */
export function addRows(sum: Vector, rows: Float32Array, factors: Float64Array): void {
  const length = sum.length;
  let row = 0;
  for (; row + 3 < factors.length; row += 4) {
    const [a, b, c, d] = [row * length, (row + 1) * length, (row + 2) * length, (row + 3) * length];
    const [fa, fb, fc, fd] = [factors[row]!, factors[row + 1]!, factors[row + 2]!, factors[row + 3]!];
    for (let i = 0; i < length; i += 1) {
      sum[i] = sum[i]! + (fa * rows[a + i]! + fb * rows[b + i]! + fc * rows[c + i]! + fd * rows[d + i]!);
    }
  }
  for (; row < factors.length; row += 1) addScaled(sum, rowOf(rows, row, length), factors[row]!);
}

/** a − b */
export function difference(a: Float32Array, b: Float32Array): Float32Array {
  const result = new Float32Array(a.length);
  for (let i = 0; i < a.length; i += 1) result[i] = a[i]! - b[i]!;
  return result;
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
