// The numbers beside the picture, as gca_viz.geometry defines them.
const BINS = 720; // directions that are looked at

export function measuresOf(world) {
  const { z1, z2, n, d, plan, sums, cost } = world;
  let apart = 0;
  let pair = 0;
  let mass = 0;
  for (let i = 0; i < n; i++) {
    apart += 2 * cost[i * n + i];
    pair += plan[i * n + i];
    mass += sums.rows[i];
  }
  return {
    loss: world.loss,
    alignment: apart / n,
    uniformity: (uniformityOf(z1, n, d) + uniformityOf(z2, n, d)) / 2,
    pairMass: pair / mass,
    cover: coverOf(z1, n, d),
    least: Math.min(...sums.columns),
    most: Math.max(...sums.columns),
    ...likeness(world),
    ...corruption(world),
  };
}

// Mean cosine of what is not a pair, of the same domain and of another.
function likeness({ n, cost, domains }) {
  const sums = { same: 0, other: 0 };
  const counts = { same: 0, other: 0 };
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      if (i === j) continue;
      const kind = domains[i] === domains[j] ? "same" : "other";
      sums[kind] += 1 - cost[k];
      counts[kind] += 1;
    }
  }
  return { same: sums.same / (counts.same || 1), other: sums.other / (counts.other || 1) };
}

// Of the first corrupted view: the mass of its column, how its partner pulls it, how far they are apart (degrees), and
// how it pushes those that are not corrupted; forces in units of 1/ε.
function corruption({ n, cost, sums, forces, pinned, settings }) {
  const first = pinned.indexOf(1);
  if (first < 0) return { corruptedMass: NaN, corruptedPull: NaN, corruptedAngle: NaN, corruptedPush: NaN };
  const own = first * n + first;
  const cosine = Math.max(-1, Math.min(1, 1 - cost[own]));
  let push = 0;
  for (let i = 0; i < n; i++) if (!pinned[i]) push += Math.max(0, -forces[i * n + first]);
  return {
    corruptedMass: sums.columns[first],
    corruptedPull: forces[own] * settings.eps,
    corruptedAngle: (Math.acos(cosine) * 180) / Math.PI,
    corruptedPush: push * settings.eps,
  };
}

// Log of the mean of exp(−2·squared distance) over pairs (Wang & Isola, 2020).
export function uniformityOf(z, n, d) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      let square = 0;
      for (let c = 0; c < d; c++) square += (z[i * d + c] - z[j * d + c]) ** 2;
      sum += Math.exp(-2 * square);
    }
  }
  return Math.log(sum / ((n * (n - 1)) / 2));
}

// Share of the circle (sphere) that lies no farther from a point than if each had an equal arc (cap) to itself.
export function coverOf(z, n, d) {
  const near = d === 2 ? Math.cos(Math.PI / n) : 1 - 2 / n;
  let covered = 0;
  for (let k = 0; k < BINS; k++) {
    const at = d === 2 ? [Math.cos(((k + 0.5) / BINS) * 2 * Math.PI), Math.sin(((k + 0.5) / BINS) * 2 * Math.PI)] : fibonacci(k);
    for (let i = 0; i < n; i++) {
      let cosine = 0;
      for (let c = 0; c < d; c++) cosine += z[i * d + c] * at[c];
      if (cosine >= near - 1e-9) {
        covered += 1;
        break;
      }
    }
  }
  return covered / BINS;
}

// Directions spread evenly over the sphere.
function fibonacci(k) {
  const height = 1 - (2 * k + 1) / BINS;
  const turn = k * Math.PI * (3 - Math.sqrt(5));
  const width = Math.sqrt(1 - height * height);
  return [width * Math.cos(turn), width * Math.sin(turn), height];
}
