// Who should match whom: the target.
import { meanOf } from "../solved.js";
import { number, numberText, percentText } from "../words.js";

export function target(world, settings) {
  const [plan, pair, styled] = [settings.target, "pair", "style"].map((name) => world.plan(name, {}));
  const { n, residual } = plan;
  const [first, second] = alikeInStyle(world, pair);
  const [i, j] = world.cell(settings, [first, second]);
  const [before, after] = [pair, styled].map((of) => of.force[first * n + second]);
  const strangers = (wanted) => numberText(plan.target.filter((_, k) => k % (n + 1) && wanted(k)).length / n);
  const same = (of) => (of[i] === of[j] ? "the same" : "another");
  const what = world.titles[settings.target].toLowerCase();
  return {
    facts: {
      i: String(i),
      j: String(j),
      target: numberText(plan.target[i * n + j]),
      mass: number(plan.matrix[i * n + j]),
      residual: number(residual[i * n + j]),
      does: residual[i * n + j] > 0 ? "pull" : "push",
      first: String(first),
      second: String(second),
      first_name: world.rows[first],
      second_name: world.rows[second],
      style: world.domains[first],
      before: number(before),
      after: number(after),
      pair_share: percentText(meanOf(plan.target.filter((_, k) => k % (n + 1) === 0))),
      asked: strangers((k) => plan.target[k] > 0),
      attracted: strangers((k) => residual[k] > 0),
      same_class: same(world.classes),
      same_style: same(world.domains),
      what,
    },
    right: after > 0 ? "pull" : after > before ? "weaker" : "harder",
    pick: [i, j],
    cells: { picked: [i, j], pair: [i, i], couple: [first, second] },
    plan,
    panels: [
      { kind: "target", title: `Target: ${what}` },
      { kind: "residual", title: "Residual: target − plan" },
    ],
  };
}

// The two images of one style and of different classes that push each other hardest.
function alikeInStyle({ n, classes, domains }, { force }) {
  let best = [0, 0];
  let least = Infinity;
  force.forEach((value, k) => {
    const [row, column] = [Math.floor(k / n), k % n];
    if (domains[row] === domains[column] && classes[row] !== classes[column] && value < least) [least, best] = [value, [row, column]];
  });
  return best;
}
