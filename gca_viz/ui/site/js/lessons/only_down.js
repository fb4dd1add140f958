// With hard constraints, half steps never raise the loss of the batch.
import { meanOf, placeOfMost, sumOf } from "../solved.js";
import { number, numberText } from "../words.js";

const MANY = 1 / 3;

export function onlyDown(world, { strict }) {
  const plan = world.plan("plan", { lambda1: strict, lambda2: strict });
  const steps = Array.from({ length: plan.last }, (_, t) => t + 1);
  const losses = steps.map((t) => plan.at(t).losses);
  const mean = losses.map(meanOf);
  const [start, end] = [losses[0], losses.at(-1)];
  const lost = Array.from(end, (value, k) => value > start[k] + 1e-6);
  const share = sumOf(lost.map(Number)) / plan.n;
  const rises = mean.slice(1).filter((value, k) => value - mean[k] > 1e-5).length;
  const worst = placeOfMost(end.map((value, k) => value - start[k]));
  const facts = {
    lambda: numberText(plan.problem.penalties[0][0]),
    first: number(mean[0], 3),
    second: number(mean[1], 3),
    third: number(mean[2], 3),
    last: number(mean.at(-1), 3),
    steps: String(plan.last),
    rises: String(rises),
    lost: String(lost.filter(Boolean).length),
    n: String(plan.n),
    name: world.rows[worst],
    worst: String(worst),
    worst_first: number(Math.exp(-start[worst])),
    worst_last: number(Math.exp(-end[worst])),
    holds: rises ? "**the law does not hold here**, for it asks for λ = ∞" : "as the law says",
  };
  const line = (k) => ({
    xs: steps,
    ys: losses.map((of) => of[k]),
    name: lost[k] ? "pairs that end higher" : "pairs that end lower",
    colour: lost[k] ? "repulsion" : "grey",
    width: 1.2,
    title: world.rows[k],
    label: lost[k] ? world.rows[k] : "",
  });
  const batch = { xs: steps, ys: mean, name: "the batch: their mean", colour: "view1", width: 5, title: "the batch", dots: true };
  return {
    facts,
    right: !share ? "none" : share >= MANY ? "many" : "few",
    cells: {},
    chart: {
      series: [...Array.from({ length: plan.n }, (_, k) => line(k)), batch],
      x: { title: "half step (odd: rows, even: columns)" },
      y: { title: "−log P on the pair, nats", from: 0 },
    },
  };
}
