// Who shares one unit of mass: the ladder of what is held.
import { placeOfLeast, placeOfMost, sumOf } from "../solved.js";
import { decimal, number } from "../words.js";

const LADDER = ["total", "rows", "both"];
const SAME = 1e-4;

export function unit(world, settings) {
  const plans = Object.fromEntries(["nothing", ...LADDER].map((hold) => [hold, world.plan(hold, {})]));
  const plan = plans[settings.hold];
  const { n, forces } = plan;
  const [i, j] = world.cell(settings, [0, 0]);
  const shared = plans.total.rowMass;
  const [most, least] = [placeOfMost(shared), placeOfLeast(shared)];
  const losses = LADDER.map((hold) => plans[hold].loss);
  const falls = [0, 1].map((k) => losses[k + 1] < losses[k] + SAME);
  const title = world.titles[settings.hold];
  return {
    facts: {
      title: title.toLowerCase(),
      n: String(n),
      i: String(i),
      j: String(j),
      mass: number(plan.matrix[i * n + j], 3),
      row_sum: decimal(plan.rowMass[i]),
      column_sum: decimal(plan.columnMass[j]),
      loss: number(plan.loss, 3),
      ...Object.fromEntries(Object.entries(plans).map(([hold, of]) => [`loss_${hold}`, number(of.loss, 3)])),
      most_name: world.rows[most],
      most: decimal(shared[most]),
      least_name: world.rows[least],
      least: decimal(shared[least]),
      push: number(sumOf(forces.map((value) => Math.max(0, -value))), 3),
      pull: number(sumOf(forces.map((value) => Math.max(0, value))), 3),
    },
    right: falls.every(Boolean) ? "falls" : falls.some(Boolean) ? "mixed" : "rises",
    pick: [i, j],
    cells: { picked: [i, j] },
    plan,
    panels: [{ kind: "plan", title }],
  };
}
