// Embeddings as a network left them, row by row, in 64 bits from here on.

// Of length 1 each.
export function unitRows(values, n) {
  const d = values.length / n;
  return Array.from({ length: n }, (_, i) => {
    const row = Float64Array.from(values.subarray(i * d, (i + 1) * d));
    const length = Math.sqrt(dot(row, row));
    return row.map((value) => value / length);
  });
}

export function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
