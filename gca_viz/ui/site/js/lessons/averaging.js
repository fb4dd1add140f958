// The mean of several plans: never surer than they are.
import { calibrationOf, reliability, sharesOf } from "../calibration.js";
import { meanOf } from "../solved.js";
import { number, numberText, percentText } from "../words.js";

const NO_CHANGE = 0.02;

export function averaging(world, { pairs, eps, answered }) {
  const plans = Array.from({ length: Number(pairs) }, (_, k) => world.planOf(world.arrays[`cost ${k}`], "plan", { eps }));
  const { n } = plans[0];
  const shares = plans.map(sharesOf);
  const parts = shares.map((of) => calibrationOf(of, n));
  const whole = calibrationOf(meanOfAll(shares, n), n);
  const geometric = calibrationOf(rescaled(meanOfAll(shares.map((of) => of.map(Math.log)), n).map(Math.exp), n), n);
  const [one] = parts;
  const change = whole.ece - one.ece;
  return {
    facts: {
      eps: numberText(Number(eps)),
      n: String(n),
      k: pairs,
      sure_one: percentText(one.sure),
      right_one: percentText(one.right),
      error_one: number(one.ece),
      sure_all: percentText(whole.sure),
      right_all: percentText(whole.right),
      error_all: number(whole.ece),
      sure_parts: percentText(meanOf(parts.map(({ sure }) => sure))),
      sure_geometric: percentText(geometric.sure),
      error_geometric: number(geometric.ece),
      brier_parts: number(meanOf(parts.map(({ brier }) => brier)), 3),
      brier_all: number(whole.brier, 3),
    },
    right: Math.abs(change) < NO_CHANGE ? "stays" : change > 0 ? "rises" : "falls",
    cells: {},
    // Before the answer the mean would give it away.
    chart: reliability({ "one pair": one, ...(answered && { [`mean of ${pairs}`]: whole }) }),
  };
}

function meanOfAll(shares, n) {
  return Float64Array.from({ length: n * n }, (_, k) => meanOf(shares.map((of) => of[k])));
}

function rescaled(matrix, n) {
  const rows = Array.from({ length: n }, (_, i) => matrix.subarray(i * n, (i + 1) * n).reduce((a, b) => a + b));
  return matrix.map((value, k) => value / rows[Math.floor(k / n)]);
}
