// A relation without the pair: ReSSL's target.
import { placeOfMost } from "../solved.js";
import { number, numberText, percentText } from "../words.js";

const NO_FORCE = 1e-6;

export function relation(world, settings) {
  const temperature = Number(settings.target_temperature);
  const plan = world.plan("plan", {});
  const { n, epsilon, matrix } = plan;
  const target = related(world.arrays.drawings, n, temperature);
  const force = target.map((share, k) => (share - matrix[k]) / epsilon);
  const surest = Math.floor(placeOfMost(target) / n);
  const told = (row) => placeOfMost(target.subarray(row * n, (row + 1) * n));
  const [i, j] = world.cell(settings, [surest, told(surest)]);
  const pairs = world.rows.map((_, row) => force[row * (n + 1)]);
  const there = told(i);
  return {
    facts: {
      i: String(i),
      j: String(j),
      name: world.rows[i],
      partner_name: world.columns[i],
      told_name: world.columns[there],
      told: percentText(target[i * n + there]),
      given: percentText(matrix[i * n + there]),
      target: number(target[i * n + j], 3),
      mass: number(matrix[i * n + j], 3),
      force: number(force[i * n + j], 3),
      pair_force: number(force[i * (n + 1)]),
      teps: numberText(temperature),
      eps: numberText(epsilon),
      loss: number(divergence(target, plan), 3),
    },
    right: Math.max(...pairs.map(Math.abs)) < NO_FORCE ? "nothing" : pairs.reduce((a, b) => a + b) > 0 ? "pull" : "push",
    pick: [i, j],
    cells: { picked: [i, j], pair: [i, i], told: [i, there] },
    plan,
    target,
    panels: [
      { kind: "target", title: `Target: how the drawings relate, ε′ = ${numberText(temperature)}` },
      { kind: "plan", title: "Plan of InfoNCE" },
    ],
  };
}

// Each row a soft-max over how near its drawing is to all the others.
function related(cost, n, temperature) {
  const target = Float64Array.from(cost, (value, k) => (k % (n + 1) ? Math.exp(-value / temperature) : 0));
  for (let i = 0; i < n; i++) {
    const row = target.subarray(i * n, (i + 1) * n);
    const sum = row.reduce((a, b) => a + b);
    row.forEach((value, j) => (row[j] = value / sum));
  }
  return target;
}

// The mean over rows of KL(target ‖ plan).
function divergence(target, { matrix, n }) {
  return target.reduce((sum, share, k) => (share ? sum + share * Math.log(share / matrix[k]) : sum), 0) / n;
}
