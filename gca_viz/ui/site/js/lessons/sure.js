// Sure and right: the calibrated temperature.
import { calibrationOf, confidences, reliability, sharesOf } from "../calibration.js";
import { placeOfLeast } from "../solved.js";
import { number, numberText, percentText } from "../words.js";

const TRAINED = "0.2"; // ε of the run
const AS_SURE = 0.02;

export function sure(world, { method, eps, answered }) {
  const at = (name, epsilon) => calibrationAt(world, name, epsilon);
  const [own, trained] = [eps, TRAINED].map((epsilon) => at(method, epsilon));
  const best = world.once("best", () => ["ince", "gca-ince"].map((name) => [name.replace("-", "_"), calibrated(world, name)]));
  const [tooSure, notEnough] = [own.sure > own.right + AS_SURE, own.sure < own.right - AS_SURE];
  const said = numberText(Number(eps));
  return {
    facts: {
      method: world.titles[method],
      eps: said,
      n: String(Math.sqrt(world.arrays.cost.length)),
      sure: percentText(own.sure),
      right: percentText(own.right),
      error: number(own.ece),
      word: tooSure ? "too sure" : notEnough ? "not sure enough" : "as sure as right",
      trained: numberText(Number(TRAINED)),
      sure_trained: percentText(trained.sure),
      right_trained: percentText(trained.right),
      ...Object.fromEntries(
        best.flatMap(([name, { epsilon, ece, right }]) => [
          [`best_${name}`, numberText(epsilon)],
          [`error_${name}`, number(ece)],
          [`right_${name}`, percentText(right)],
        ]),
      ),
    },
    right: tooSure ? "fewer" : notEnough ? "more" : "as-many",
    cells: {},
    chart: answered ? reliability({ [`ε = ${said}`]: own }) : confidences(own), // the diagram would give the answer away
  };
}

function calibrationAt(world, name, eps) {
  const plan = world.planOf(world.arrays.cost, name, { eps });
  return calibrationOf(sharesOf(plan), plan.n);
}

// The ε of least calibration error among those that the app tries, too.
function calibrated(world, name) {
  const found = world.given.tried.map((epsilon) => ({ epsilon, ...calibrationAt(world, name, String(epsilon)) }));
  return found[placeOfLeast(found.map(({ ece }) => ece))];
}
