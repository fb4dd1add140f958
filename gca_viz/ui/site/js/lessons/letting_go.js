// In an unbalanced plan corrupted views send less.
import { meanOf, placeOfLeast } from "../solved.js";
import { decimal, number, numberText, percentText } from "../words.js";

const LOOSE = "0.2";
const NO_LESS = 0.1;
const UP_TO = 1.15; // of the axis, at least

export function lettingGo(world, { strict, bad }) {
  const [now, loose] = [strict, LOOSE].map((lambda) => world.planOf(world.arrays[bad], "plan", { lambda1: lambda, lambda2: lambda }));
  const { rows, bad: all } = world.given;
  const pairs = all[bad];
  const corrupted = pairs.map(({ row }) => row);
  const clean = [...rows.keys()].filter((row) => !corrupted.includes(row));
  const [badNow, goodNow, badLoose, goodLoose] = [now, loose].flatMap((plan) => [corrupted, clean].map((which) => massesOf(plan, which)));
  const difference = meanOf(goodLoose) - meanOf(badLoose);
  const [{ epsilon }, [[tau]]] = [now, now.taus];
  const least = placeOfLeast(now.rowMass);
  const lambda = numberText(now.problem.penalties[0][0]);
  return {
    facts: {
      lambda,
      tau: decimal(tau),
      eps: numberText(epsilon),
      bad: String(corrupted.length),
      n: String(rows.length),
      bad_now: decimal(meanOf(badNow)),
      good_now: decimal(meanOf(goodNow)),
      bad_loose: decimal(meanOf(badLoose)),
      good_loose: decimal(meanOf(goodLoose)),
      lowest: decimal(now.rowMass[least]),
      lowest_kind: corrupted.includes(least) ? "a corrupted one" : "a clean one",
      auc: percentText(meanOf(badLoose.flatMap((one) => goodLoose.map((other) => (one < other ? 1 : 0))))),
      total: number(now.rowMass.reduce((a, b) => a + b), 3),
    },
    right: Math.abs(difference) < NO_LESS ? "same" : difference > 0 ? "bad" : "good",
    cells: {},
    chart: {
      series: [bars("corrupted pairs", "repulsion", corrupted, 0), bars("clean pairs", "view1", clean, corrupted.length)],
      x: { title: "rows of view 1", bare: true },
      y: { title: "mass that the row sends", from: 0, to: Math.max(UP_TO, 1.05 * Math.max(...now.rowMass)), mark: { at: 1, text: "" } },
    },
    cards: {
      title: `The corrupted pairs at λ = ${lambda}`,
      all: pairs.map(({ row, name, pictures }) => ({
        pictures: pictures.map((place, k) => ({ place, name: `${name}, view ${k + 1}` })),
        lines: [{ text: `sends ${decimal(now.rowMass[row])}` }],
      })),
    },
  };

  function bars(name, colour, which, start) {
    return { xs: which.map((_, k) => start + k), ys: massesOf(now, which), titles: which.map((row) => rows[row]), name, colour, bars: true };
  }
}

function massesOf(plan, rows) {
  return rows.map((row) => plan.rowMass[row]);
}
