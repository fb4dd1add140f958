// Weights are marginals: what small classes get, large ones pay.
import { calibrationOf, sharesOf } from "../calibration.js";
import { meanOf, placeOfMost, sumOf } from "../solved.js";
import { number, numberText, percentText } from "../words.js";

const FEW = 5; // images of a class that is called small
const CARDS = 6;

export function weights(world, { weight, method }) {
  const { kinds } = world.given;
  const n = kinds.length;
  const sizes = kinds.map((kind) => kinds.filter((other) => other === kind).length);
  const [largest, smallest] = [Math.max(...sizes), Math.min(...sizes)];
  const [plan, even, full] = [Number(weight), 0, 1].map((beta) => weighed(world, method, sizes, beta));
  const places = kinds.map((_, i) => i);
  const [small, large] = [places.filter((i) => sizes[i] <= FEW), places.filter((i) => sizes[i] > FEW)];
  const best = places.map((i) => placeOfMost(plan.row(i)));
  const lost = places.filter((i) => even.hit[i] && !plan.hit[i]);
  const share = (values) => percentText(sumOf(small.map((i) => values[i])) / sumOf(values));
  const sentBy = (size) => number(meanOf(places.filter((i) => sizes[i] === size).map((i) => plan.rowMass[i])), 3);
  const [before, after] = [even, full].map((of) => hitsOf(of, large));
  return {
    facts: {
      method: world.titles[method],
      beta: numberText(Number(weight)),
      eps: numberText(plan.epsilon),
      n: String(n),
      most: String(largest),
      least: String(smallest),
      small: String(small.length),
      large: String(large.length),
      head_even: String(before),
      head_full: String(after),
      tail_even: String(hitsOf(even, small)),
      tail_full: String(hitsOf(full, small)),
      head: String(hitsOf(plan, large)),
      tail: String(hitsOf(plan, small)),
      share: share(plan.rowMass),
      share_even: percentText(small.length / n),
      received: share(plan.columnMass),
      lost: String(lost.length),
      to_small: String(lost.filter((i) => sizes[best[i]] <= FEW).length),
      loss: number(meanOf(plan.losses.map((value, i) => plan.masses[i] * (Math.log(plan.masses[i]) + value))), 3),
      mu_small: sentBy(smallest),
      mu_large: sentBy(largest),
    },
    right: after === before ? "same" : after < before ? "fewer" : "more",
    cells: {},
    chart: massByClass(world.given, plan),
    cards: strangers(world.given, lost.slice(0, CARDS), best),
  };
}

function hitsOf({ hit }, rows) {
  return rows.filter((i) => hit[i]).length;
}

// Rows that were right when all weighed alike, each beside the column to which it sends most now.
function strangers({ rows, columns }, lost, best) {
  if (!lost.length) return null;
  const couples = lost.map((i) => [rows[i], columns[best[i]]]);
  return {
    title: "Right at β = 0, and now sending most to somebody else",
    all: couples.map((pictures) => ({ pictures, lines: [{ text: pictures.map(({ name }) => name).join(" → ") }] })),
    credits: couples.flatMap((pictures) => pictures.map(({ credit }) => credit)),
  };
}

// What the rows of each class send, split by whether they send most to their partner.
function massByClass({ kinds, classes }, plan) {
  const members = [...new Set(kinds)].toSorted((a, b) => a - b).map((kind) => [...kinds.keys()].filter((i) => kinds[i] === kind));
  const sorted = members.toSorted((a, b) => b.length - a.length);
  const right = sorted.map((of) => sumOf(of.map((i) => (plan.hit[i] ? plan.rowMass[i] : 0))));
  const all = sorted.map((of) => sumOf(of.map((i) => plan.rowMass[i])));
  const xs = [...sorted.keys()];
  const titles = sorted.map((of) => `${classes[of[0]]} (${of.length})`);
  const shared = { xs, titles, bars: true };
  return {
    series: [
      { ...shared, ys: right, name: "rows that send most to their partner", colour: "attraction" },
      { ...shared, ys: all, floors: right, name: "rows that send most to another", colour: "repulsion" },
    ],
    x: { title: "classes, and how many images each has", names: titles },
    y: { title: "mass that the rows of the class send", from: 0 },
  };
}

// The plan in which an image of a class of n images weighs in as n^−β, all together as many as they are.
function weighed(world, method, sizes, beta) {
  return world.once(`${method} ${beta}`, () => {
    const raw = sizes.map((size) => size ** -beta);
    const mean = meanOf(raw);
    const masses = Float64Array.from(raw, (value) => value / mean);
    const plan = world.planOf(world.arrays.cost, method, {}, masses);
    const { rows } = calibrationOf(sharesOf(plan), plan.n);
    return Object.assign(plan, { masses, hit: rows.map(({ hit }) => hit === 1) });
  });
}
