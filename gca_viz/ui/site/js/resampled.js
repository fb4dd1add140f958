// 95 % intervals over samples, as gca_viz.geometry.bootstrap has them, of the batches that it draws.
const ENDS = [0.025, 0.975];

// The mean of a number per sample, and its interval; `draws` has a row of counts per resampled batch.
export function meanWithin(values, draws) {
  const n = values.length;
  const replicates = Array.from({ length: draws.length / n }, (_, r) => {
    const counts = draws.subarray(r * n, (r + 1) * n);
    return values.reduce((sum, value, k) => sum + value * counts[k], 0) / n;
  }).toSorted((a, b) => a - b);
  const [low, high] = ENDS.map((share) => between(replicates, share * (replicates.length - 1)));
  return { value: values.reduce((a, b) => a + b) / n, low, high };
}

function between(sorted, place) {
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
