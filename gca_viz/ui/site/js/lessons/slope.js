// A force is the residual times the slope of the kernel.
import { placeOfLeast, placeOfMost } from "../solved.js";
import { number } from "../words.js";

const ALIKE = 0.02;

export function slope(world, { kernel }) {
  const plan = world.plan(kernel, {});
  const { n, cost, force } = plan;
  const slopes = plan.slope;
  const strangers = Array.from(cost, (value, k) => (k % (n + 1) ? value : Infinity));
  const closest = placeOfLeast(strangers);
  const [row, near] = [Math.floor(closest / n), closest % n];
  const far = placeOfMost(cost.subarray(row * n, (row + 1) * n));
  const ratio = slopes[row * n + far] / slopes[row * n + near];
  const beyond = strangers.map((value) => value > 1 && value < Infinity);
  const facts = {
    kernel: world.titles[kernel],
    row: String(row),
    row_name: world.rows[row],
    near_name: world.columns[near],
    far_name: world.columns[far],
    near: number(cost[row * n + near]),
    far: number(cost[row * n + far]),
    slope_near: number(slopes[row * n + near], 3),
    slope_far: number(slopes[row * n + far], 3),
    as_hard: ratio > 0 ? `**${number(ratio)}** times as hard` : `the other way, **${number(-ratio)}** times as hard`,
    force_near: number(force[row * n + near], 3),
    force_far: number(force[row * n + far], 3),
    beyond: String(beyond.filter(Boolean).length),
    strangers: String(n * (n - 1)),
    pulled: String(beyond.filter((is, k) => is && force[k] > 0).length),
  };
  const cells = Array.from(cost.keys());
  const points = (name, colour, wanted) => {
    const found = cells.filter(wanted);
    return {
      xs: found.map((k) => cost[k]),
      ys: found.map((k) => force[k]),
      titles: found.map((k) => `${world.rows[Math.floor(k / n)]} → ${world.columns[k % n]}`),
      name,
      colour,
      dots: true,
    };
  };
  const pair = (k) => k % (n + 1) === 0;
  return {
    facts,
    right: ratio < 0 ? "other" : Math.abs(ratio - 1) < ALIKE ? "equal" : ratio < 1 ? "less" : "more",
    cells: {},
    chart: {
      series: [
        points("pairs", "view1", pair),
        points("strangers that are pushed", "repulsion", (k) => !pair(k) && force[k] < 0),
        points("strangers that are pulled", "attraction", (k) => !pair(k) && force[k] >= 0),
      ].filter(({ xs }) => xs.length),
      x: { title: "cost, 1 − cosine", mark: { at: 1, text: "90°" } },
      y: { title: "force (T − P) · slope: ↑ together · ↓ apart", mark: { at: 0, text: "" } },
    },
  };
}
