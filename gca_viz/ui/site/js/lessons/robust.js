// A robust loss pulls less on pairs that fit badly.
import { aligned } from "../../../elements/toy/js/maths.js";
import { meanOf, placeOfMost, sumOf } from "../solved.js";
import { number, numberText } from "../words.js";

const SOFT = "0.01";
const HARD = "1";
const AS_HARD = 1.1;

export function robust(world, { q }) {
  const { rows, pairs, eps, lam } = world.given;
  const wrong = pairs.map(({ row }) => row);
  const right = [...rows.keys()].filter((row) => !wrong.includes(row));
  const [now, soft, hard] = [q, SOFT, HARD].map((value) => pulls(world, Number(value)));
  const cosine = rows.map((_, i) => 1 - world.arrays.cost[i * (rows.length + 1)]);
  const ratio = (of) => meanOf(wrong.map((i) => of[i])) / meanOf(right.map((i) => of[i]));
  const points = (name, colour, which) => ({
    xs: which.map((i) => cosine[i]),
    ys: which.map((i) => now[i]),
    titles: which.map((i) => rows[i]),
    name,
    colour,
    dots: true,
    crosses: which === wrong,
  });
  const softly = ratio(soft);
  const said = numberText(Number(q));
  return {
    facts: {
      q: said,
      wrong: String(wrong.length),
      n: String(rows.length),
      ratio: number(ratio(now)),
      ratio_soft: number(softly),
      ratio_hard: number(ratio(hard)),
      cosine_wrong: number(meanOf(wrong.map((i) => cosine[i]))),
      cosine_right: number(meanOf(right.map((i) => cosine[i]))),
      lam: numberText(lam),
      eps: numberText(eps),
      top: wrong.includes(placeOfMost(now)) ? "wrong" : "right",
      share: number((100 * sumOf(wrong.map((i) => now[i]))) / sumOf(now)),
    },
    right: softly > 1 / AS_HARD && softly < AS_HARD ? "alike" : softly > 1 ? "wrong" : "right",
    cells: {},
    chart: {
      series: [points("right pairs", "attraction", right), points("wrong pairs", "repulsion", wrong)],
      x: { title: "cosine of the pair" },
      y: { title: "pull, in units of the mean", from: 0, mark: { at: 1, text: "" } },
    },
    cards: {
      title: `The wrong pairs at q = ${said}`,
      all: pairs.map(({ row, name, pictures }) => ({
        pictures: pictures.map((place, k) => ({ place, name: `${name}, view ${k + 1}` })),
        lines: [{ text: `pull ${number(now[row])} × the mean` }],
      })),
    },
  };
}

// How hard the two of each pair are pulled together, in units of the mean.
function pulls(world, q) {
  const { rows, eps, lam } = world.given;
  const n = rows.length;
  const target = Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) ? 0 : 1));
  const { forces } = aligned(Float64Array.from(world.arrays.cost), target, n, { method: "rince", eps, q, lam });
  const pull = rows.map((_, i) => Math.max(0, forces[i * (n + 1)]));
  const mean = meanOf(pull);
  return pull.map((value) => value / mean);
}
