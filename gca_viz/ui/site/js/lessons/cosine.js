// From cosine to kernel.
import { nearestOf } from "../solved.js";
import { number, numberText } from "../words.js";

const MOST = 0.65; // what the nearer of two may cost

export function cosine(world, settings) {
  const plan = world.plan("plan", settings);
  const { n, cost, epsilon } = plan;
  const [row, near, far] = twiceAsFar(plan);
  const [i, j] = world.cell(settings, [row, near]);
  const kernel = (a, b) => Math.exp(-cost[a * n + b] / epsilon);
  const [small, large] = [kernel(row, near), kernel(row, far)];
  const guesses = { half: small / 2, square: small ** 2, same: small };
  const [lowest, highest] = [cost.reduce((a, b) => Math.min(a, b)), cost.reduce((a, b) => Math.max(a, b))];
  const eps = numberText(epsilon);
  return {
    facts: {
      row_name: world.rows[row],
      near_name: world.columns[near],
      far_name: world.columns[far],
      i: String(i),
      j: String(j),
      cosine: number(1 - cost[i * n + j], 3),
      cost: number(cost[i * n + j], 3),
      eps,
      kernel: number(kernel(i, j), 3),
      row: String(row),
      near: String(near),
      far: String(far),
      cost_near: number(cost[row * n + near], 3),
      cost_far: number(cost[row * n + far], 3),
      kernel_near: number(small, 3),
      kernel_far: number(large, 3),
      square: number(small ** 2, 3),
      half: number(small / 2, 3),
      largest: number(Math.exp((highest - lowest) / epsilon)),
      lowest: number(lowest),
      highest: number(highest),
    },
    right: nearestOf(guesses, (guess) => Math.abs(Math.log(guess) - Math.log(large))),
    pick: [i, j],
    cells: { picked: [i, j], near: [row, near], far: [row, far] },
    plan,
    panels: [
      { kind: "cost", title: "Cost: 1 − cosine" },
      { kind: "kernel", title: `Kernel at ε = ${eps}` },
    ],
  };
}

// A row and two of its columns, of which the second costs as nearly as possible twice the first.
function twiceAsFar({ n, cost }) {
  const bound = Math.max(MOST, cost.reduce((a, b) => Math.min(a, b)));
  let best = [0, 0, 0];
  let least = Infinity;
  for (let row = 0; row < n; row++) {
    for (let near = 0; near < n; near++) {
      const nearer = cost[row * n + near];
      if (nearer > bound) continue;
      for (let far = 0; far < n; far++) {
        const off = Math.abs(Math.log(cost[row * n + far] / nearer / 2));
        if (off < least) [least, best] = [off, [row, near, far]];
      }
    }
  }
  return best;
}
