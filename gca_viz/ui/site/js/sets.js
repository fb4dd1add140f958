// Two sets without pairs: the plan between them, who lends whom a class, and how far apart they are. Costs are n × m, row by
// row; each row sends 1.
import { logSums } from "../../elements/shared/js/sinkhorn.js";
import { placeOfMost } from "./solved.js";

const MOST_STEPS = 20_000;
const CLOSE = 1e-5; // share of the mass that may be in the wrong row

// The balanced plan in the limit: { matrix, a, b } with the logs of both scalings.
export function balancedPlan(cost, n, m, epsilon) {
  const score = Float64Array.from(cost, (value) => -value / epsilon);
  const received = Math.log(n / m);
  let b = new Float64Array(m);
  let a = logSums(score, b, n, false, m).map((sum) => -sum);
  for (let t = 0; t < MOST_STEPS; t++) {
    b = logSums(score, a, n, true, m).map((sum) => received - sum);
    const sums = logSums(score, b, n, false, m);
    const wrong = sums.reduce((all, sum, i) => all + Math.abs(Math.exp(a[i] + sum) - 1), 0) / n;
    a = sums.map((sum) => -sum);
    if (wrong < CLOSE) break;
  }
  return { matrix: score.map((value, k) => Math.exp(a[Math.floor(k / m)] + b[k % m] + value)), a, b };
}

// Each row a soft-max.
export function rowPlan(cost, n, m, epsilon) {
  const score = Float64Array.from(cost, (value) => -value / epsilon);
  const sums = logSums(score, new Float64Array(m), n, false, m);
  return score.map((value, k) => Math.exp(value - sums[Math.floor(k / m)]));
}

// The class of which each column receives most.
export function classesBy(matrix, kinds, m) {
  return Array.from({ length: m }, (_, j) => {
    const received = new Float64Array(Math.max(...kinds) + 1);
    kinds.forEach((kind, i) => (received[kind] += matrix[i * m + j]));
    return placeOfMost(received);
  });
}

// The class that most of the k nearest rows of each column have; of equals the first.
export function classesNear(cost, kinds, m, k) {
  return Array.from({ length: m }, (_, j) => {
    const near = [...kinds.keys()].toSorted((one, other) => cost[one * m + j] - cost[other * m + j]).slice(0, k);
    const votes = new Float64Array(Math.max(...kinds) + 1);
    for (const i of near) votes[kinds[i]]++;
    return placeOfMost(votes);
  });
}

// The Sinkhorn divergence of two sets: of their costs to each other, and each to itself.
export function setDistance(between, first, second, n, m, epsilon) {
  const transport = (cost, rows, columns) => {
    const { a, b } = balancedPlan(cost, rows, columns, epsilon);
    return epsilon * (a.reduce((x, y) => x + y) / rows + b.reduce((x, y) => x + y) / columns + Math.log(columns));
  };
  return transport(between, n, m) - (transport(first, n, n) + transport(second, m, m)) / 2;
}
