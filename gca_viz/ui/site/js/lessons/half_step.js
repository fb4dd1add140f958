// InfoNCE is one half step of Sinkhorn.
import { placeOfLeast, placeOfMost } from "../solved.js";
import { number, percentText } from "../words.js";

const STEPS = { kernel: 0, rows: 1, columns: 2 };
const EVEN = 0.05;

export function halfStep(world, settings) {
  const last = world.plan("plan", settings);
  const step = STEPS[settings.step] ?? last.last;
  const [plan, half, second] = [last.at(step), last.at(1), last.at(2)];
  const columns = half.columnMass;
  const [hub, starved, worst] = [placeOfMost(columns), placeOfLeast(columns), half.leastMatched];
  const { n } = plan;
  const [i, j] = world.cell(settings, [worst, placeOfMost(half.row(worst))]);
  const own = (of) => of.matrix[worst * n + worst];
  const right = columns[hub] - columns[starved] < EVEN ? "one" : columns[hub] < 1 ? "less" : "uneven";
  const facts = {
    hub_name: world.columns[hub],
    starved_name: world.columns[starved],
    worst_name: world.rows[worst],
    i: String(i),
    j: String(j),
    u: number(Math.exp(plan.log.a[i]), 3),
    v: number(Math.exp(plan.log.b[j]), 3),
    kernel: number(plan.kernel[i * n + j], 3),
    mass: number(plan.matrix[i * n + j], 3),
    row_sum: number(plan.rowMass[i], 3),
    column_sum: number(plan.columnMass[j], 3),
    hub: String(hub),
    starved: String(starved),
    hub_mass: number(columns[hub], 3),
    starved_mass: number(columns[starved], 3),
    hub_later: number(second.columnMass[hub], 3),
    loss_half: number(half.loss, 3),
    loss_other: number(second.loss, 3),
    loss_limit: number(last.loss, 3),
    found_half: percentText(half.top1),
    found_limit: percentText(last.top1),
    row_error: percentText(second.rowError),
    halves: String(last.last),
    worst: String(worst),
    before: number(own(half)),
    after: number(own(last)),
  };
  const titles = [
    `Kernel: row ${i} sums to ${facts.row_sum}`,
    "After the row step: every row sends exactly 1",
    "After the column step: every column receives exactly 1",
  ];
  return {
    facts,
    right,
    pick: [i, j],
    cells: { picked: [i, j], hub: [hub, hub], worst: [worst, worst] },
    plan,
    panels: [{ kind: "plan", title: titles[step] ?? `After ${step} half steps: every row and column sum is 1` }],
    maximum: 1,
  };
}
