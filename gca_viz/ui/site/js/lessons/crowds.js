// Two crowds without pairs: who lends a sketch its class.
import { meanWithin } from "../resampled.js";
import { balancedPlan, classesBy, classesNear, rowPlan, setDistance } from "../sets.js";
import { meanOf, placeOfLeast, placeOfMost } from "../solved.js";
import { decimal, number, numberText, percentText, points } from "../words.js";

const NEIGHBOURS = { knn1: 1, knn20: 20 };
const MOST_CARDS = 6;

export function crowds(world, { things, answered }) {
  const found = world.once(things, () => handedOn(world, things));
  const { eps, ways } = world.given;
  const { n, m, share, better, gain, lender, nearest, first } = found;
  const [asked, busy] = [nearest, lender].map((of) => Array.from({ length: n }, (_, i) => of.filter((k) => k === i).length));
  const popular = placeOfMost(asked);
  return {
    facts: {
      first: String(n),
      second: String(m),
      eps: numberText(eps),
      things: { same: "the same things as", other: "other things than" }[things],
      other: percentText(share[better]),
      ...Object.fromEntries(Object.entries(share).map(([way, of]) => [way, percentText(of)])),
      other_way: ways[better][0].toLowerCase() + ways[better].slice(1),
      gain: points(gain.value, 0),
      low: points(gain.low, 0),
      high: points(gain.high, 0),
      popular: first.names[popular],
      times: String(asked[popular]),
      unasked: unasked(asked),
      times_plan: String(Math.max(...busy)),
      unasked_plan: unasked(busy),
      distance: decimal(found.distance),
      chance: decimal(found.byChance),
      received: number(n / m, 3),
    },
    right: gain.low > 0 ? "more" : gain.high < 0 ? "fewer" : "alike",
    cells: {},
    cards: cardsOf(world, found, answered),
  };
}

function handedOn(world, things) {
  const { crowds: all, eps } = world.given;
  const { first, second, halves } = all[things];
  const [n, m] = [first.kinds.length, second.kinds.length];
  const [cost, own, others, draws] = ["between", "first", "second", "draws"].map((name) => world.arrays[`${name} ${things}`]);
  const { matrix } = balancedPlan(cost, n, m, eps);
  const column = (values, j) => Array.from({ length: n }, (_, i) => values[i * m + j]);
  const given = {
    sinkhorn: classesBy(matrix, first.kinds, m),
    rows: classesBy(rowPlan(cost, n, m, eps), first.kinds, m),
    ...Object.fromEntries(Object.entries(NEIGHBOURS).map(([way, k]) => [way, classesNear(cost, first.kinds, m, k)])),
  };
  const right = Object.fromEntries(Object.entries(given).map(([way, of]) => [way, of.map((kind, j) => Number(kind === second.kinds[j]))]));
  const share = Object.fromEntries(Object.entries(right).map(([way, of]) => [way, meanOf(of)]));
  const better = share.knn20 > share.knn1 ? "knn20" : "knn1";
  const half = Math.floor(n / 2);
  const [left, rest] = [halves.slice(0, half), halves.slice(half)];
  const part = (rows, columns) => Float64Array.from(rows.flatMap((i) => columns.map((j) => own[i * n + j])));
  return {
    n,
    m,
    first,
    second,
    given,
    share,
    better,
    gain: meanWithin(right.sinkhorn.map((hit, j) => hit - right[better][j]), draws),
    lender: second.kinds.map((_, j) => placeOfMost(column(matrix, j))),
    nearest: second.kinds.map((_, j) => placeOfLeast(column(cost, j))),
    distance: setDistance(cost, own, others, n, m, eps),
    byChance: setDistance(part(left, rest), part(left, left), part(rest, rest), half, n - half, eps),
  };
}

function unasked(asked) {
  return String(asked.filter((times) => !times).length);
}

function pictureOf({ places, names }, k) {
  return { place: places[k], name: names[k] };
}

// Sketches whose nearest photograph and whose lender in the plan are two, with both of them.
function cardsOf({ given: { classes } }, { first, second, given, lender, nearest }, answered) {
  const places = lender.map((_, j) => j).filter((j) => lender[j] !== nearest[j]);
  const shown = places.slice(0, MOST_CARDS);
  const ways = [["nearest", "knn1", nearest], ...(answered ? [["plan", "sinkhorn", lender]] : [])]; // it would give it away
  return {
    title: `${shown.length} of the ${places.length} sketches on which the two ways differ`,
    all: shown.map((j) => ({
      pictures: [pictureOf(second, j), ...ways.map(([, , of]) => pictureOf(first, of[j]))],
      lines: [
        { text: `${second.names[j]} · ${classes[second.kinds[j]]}` },
        ...ways.map(([word, way, of]) => ({
          text: `${word}: ${first.names[of[j]]} → ${classes[given[way][j]]}`,
          colour: given[way][j] === second.kinds[j] ? "attraction" : "repulsion",
        })),
      ],
    })),
    credits: shown.flatMap((j) => [second.credits[j], ...ways.map(([, , of]) => first.credits[of[j]])]),
  };
}
