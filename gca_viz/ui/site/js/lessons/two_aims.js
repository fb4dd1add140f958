// Alignment is worth nothing without uniformity.
import { meanOf } from "../solved.js";
import { dot, unitRows } from "../vectors.js";
import { number } from "../words.js";

const NOTABLE = 0.02;

export function twoAims(world, { epoch, answered }) {
  const { epochs, n } = world.given;
  const path = world.once("path", () => epochs.map((at) => measured(world, at)));
  const now = path.find((of) => String(of.epoch) === epoch);
  const [first, last] = [path[0], path.at(-1)];
  const seen = answered ? path : path.slice(0, path.indexOf(now) + 1); // the way shows where it ends
  const change = last.alignment - first.alignment;
  const worst = path.reduce((most, of) => (of.alignment > most.alignment ? of : most));
  return {
    facts: {
      epoch,
      n: String(n),
      last: String(last.epoch),
      alignment: number(now.alignment, 3),
      uniformity: number(now.uniformity, 3),
      alignment_first: number(first.alignment, 2),
      alignment_last: number(last.alignment, 2),
      uniformity_first: number(first.uniformity, 1),
      uniformity_last: number(last.uniformity, 3),
      cosine: number(1 - now.alignment / 2, 3),
      worst: String(worst.epoch),
    },
    right: change > NOTABLE ? "apart" : change < -NOTABLE ? "closer" : "same",
    cells: {},
    chart: {
      series: [
        {
          xs: seen.map((of) => of.uniformity),
          ys: seen.map((of) => of.alignment),
          name: "the network, epoch by epoch",
          colour: "grey",
          width: 2,
          dots: true,
          titles: seen.map((of) => `epoch ${of.epoch}`),
          labels: seen.map((of) => (of === now ? "" : String(of.epoch))),
        },
        { ...point(now), name: "the chosen epoch", colour: "view2", dots: true, radii: [9] },
      ],
      x: {
        title: "uniformity: ← spread evenly · one point →",
        from: Math.min(...path.map((of) => of.uniformity)) - 0.35,
        to: 0.35,
      },
      y: { title: "alignment: mean squared distance of partners", from: -0.06, to: worst.alignment + 0.12 },
    },
  };
}

function point({ epoch, uniformity: x, alignment: y }) {
  return { xs: [x], ys: [y], title: `epoch ${epoch}`, labels: [`epoch ${epoch}`] };
}

function measured(world, epoch) {
  const { n } = world.given;
  const [one, two] = [1, 2].map((view) => unitRows(world.arrays[`${epoch} ${view}`], n));
  return {
    epoch,
    alignment: meanOf(one.map((row, i) => 2 - 2 * dot(row, two[i]))),
    uniformity: (uniformity(one) + uniformity(two)) / 2,
  };
}

function uniformity(rows) {
  let sum = 0;
  rows.forEach((row, i) => {
    for (let j = 0; j < i; j++) sum += Math.exp(4 * dot(row, rows[j]) - 4);
  });
  return Math.log((2 * sum) / (rows.length * (rows.length - 1)));
}
