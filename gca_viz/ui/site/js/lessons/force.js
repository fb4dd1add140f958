// The residual is the force.
import { placeOfLeast, sumOf } from "../solved.js";
import { number, numberText } from "../words.js";

const EQUAL = 0.02;

export function force(world, settings) {
  const plan = world.plan(settings.method, settings);
  const { n, epsilon, matrix, residual } = plan;
  const exact = plan.forces;
  const row = pushedByItsClass(world);
  const [i, j] = world.cell(settings, [row, row]);
  const own = exact.subarray(i * n, (i + 1) * n);
  const [pull, push] = [1, -1].map((sign) => sumOf(own.map((value) => Math.max(0, sign * value))));
  const hardest = placeOfLeast(own.map((value, k) => (k === i ? Infinity : value)));
  const gap = residual.reduce((most, rest, k) => Math.max(most, Math.abs(rest / epsilon - exact[k])), 0);
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const here = exact[i * n + j];
  const ratio = push / pull;
  const method = world.titles[settings.method];
  return {
    facts: {
      method,
      i: String(i),
      j: String(j),
      name: world.rows[i],
      eps: numberText(epsilon),
      target: i === j ? "1" : "0",
      mass: number(matrix[i * n + j], 3),
      residual: number(residual[i * n + j], 3),
      force: number(here, 3),
      does: here > 0 ? "pulls the two together" : here < 0 ? "pushes them apart" : "does nothing",
      pull: number(pull, 3),
      push: number(push, 3),
      hardest: String(hardest),
      hardest_name: world.columns[hardest],
      kin: world.classes[i] === world.classes[hardest] ? "its own" : "another",
      hardest_force: number(own[hardest], 3),
      gap: number(gap),
      agree: gap < EQUAL * largest ? "agree" : "differ",
    },
    right: Math.abs(ratio - 1) < EQUAL ? "equal" : ratio < 1 ? "less" : "more",
    pick: [i, j],
    cells: { picked: [i, j], pair: [i, i], hardest: [i, hardest] },
    plan,
    panels: [
      { kind: "plan", title: `${method}: the plan` },
      { kind: "residual", title: "Residual: target − plan" },
    ],
  };
}

// The row that InfoNCE pushes hardest from something of its own class.
function pushedByItsClass(world) {
  const half = world.plan("gca-ince", {}).at(1);
  const { n } = half;
  const least = Array.from({ length: n }, (_, i) =>
    Math.min(...Array.from(half.residual.subarray(i * n, (i + 1) * n)).filter((_value, j) => i !== j && world.classes[i] === world.classes[j])),
  );
  return placeOfLeast(least);
}
