// Sums of a matrix, and orders of its rows and columns.
export function marginals(values, n, m = n) {
  const rows = new Float64Array(n);
  const columns = new Float64Array(m);
  let total = 0;
  let largest = 0;
  let size = 0;
  for (let i = 0, k = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < m; j++, k++) {
      const v = values[k];
      if (Number.isNaN(v)) continue;
      row += v;
      columns[j] += v;
      const magnitude = v < 0 ? -v : v;
      size += magnitude;
      if (magnitude > largest) largest = magnitude;
    }
    rows[i] = row;
    total += row;
  }
  return { rows, columns, total, largest, size };
}

export function sameArray(a, b) {
  return a && b && a.length === b.length && a.every((v, k) => v === b[k]);
}

// Where each original index stands in an order.
export function placesOf(order) {
  const place = new Uint32Array(order.length);
  order.forEach((original, shown) => (place[original] = shown));
  return place;
}
