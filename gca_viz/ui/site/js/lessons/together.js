// Alike together: what several encoders gain from each other.
import { meanWithin } from "../resampled.js";
import { meanOf, placeOfMost, sumOf } from "../solved.js";
import { decimal, percentText, points } from "../words.js";

const STRIP_SHARE = 0.6; // of the room of a line

export function together(world, { four, answered }) {
  const { fours, kinds } = world.given;
  const names = Object.values(fours[four]);
  const members = Object.keys(fours[four]).map((name) => probed(world, name));
  const right = members.map(({ hits }) => hits);
  const mean = kinds.map((_, i) => members[0].shares[i].map((_share, c) => meanOf(members.map(({ shares }) => shares[i][c]))));
  const all = mean.map((shares, i) => placeOfMost(shares) === kinds[i]);
  const alone = right.map((hits) => meanOf(hits.map(Number)));
  const best = placeOfMost(alone);
  const gain = meanWithin(all.map((hit, i) => hit - right[best][i]), world.arrays.draws);
  const known = kinds.map((_, i) => sumOf(right.map((hits) => Number(hits[i]))));
  const rows = [...names.map((name, k) => [name, right[k]]), ...(answered ? [["All together", all]] : [])]; // it would give it away
  return {
    facts: {
      what: world.titles[four].toLowerCase(),
      n: String(kinds.length),
      best_name: names[best],
      best: percentText(alone[best]),
      least: percentText(Math.min(...alone)),
      together: percentText(meanOf(all.map(Number))),
      gain: points(gain.value, 1),
      low: points(gain.low, 1),
      high: points(gain.high, 1),
      alike: decimal(meanOf(pairsOf(members).map(([a, b]) => linearCka(a.z, b.z)))),
      missed: String(known.filter((count) => !count).length),
      all: String(known.filter((count) => count === names.length).length),
      found: String(known.filter((count, i) => !count && all[i]).length),
      split: String(known.filter((count) => count && count < names.length).length),
    },
    right: gain.low > 0 ? "more" : gain.high < 0 ? "fewer" : "same",
    cells: {},
    chart: hitsByImage(rows),
  };
}

// What the probes on an encoder, none of which saw the image that it is asked about, say of every image.
function probed(world, name) {
  return world.once(name, () => {
    const { kinds, folds } = world.given;
    const n = kinds.length;
    const d = world.arrays[name].length / n;
    const z = kinds.map((_, i) => world.arrays[name].subarray(i * d, (i + 1) * d));
    const shares = [];
    for (let fold = 0; fold < folds; fold++) {
      const weights = world.arrays[`${name} ${fold}`];
      for (const i of world.arrays[`asked ${fold}`]) shares[i] = softMax(scoresOf(weights, z[i]));
    }
    return { z: centred(z), shares, hits: shares.map((of, i) => placeOfMost(of) === kinds[i]) };
  });
}

// A row of weights per class, the constant last.
function scoresOf(weights, row) {
  const d = row.length;
  return Array.from({ length: weights.length / (d + 1) }, (_, c) => {
    let score = weights[c * (d + 1) + d];
    for (let k = 0; k < d; k++) score += weights[c * (d + 1) + k] * row[k];
    return score;
  });
}

function softMax(scores) {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const sum = sumOf(powers);
  return powers.map((power) => power / sum);
}

function centred(rows) {
  const mean = Array.from(rows[0], (_, k) => meanOf(rows.map((row) => row[k])));
  return rows.map((row) => Float64Array.from(row, (value, k) => value - mean[k]));
}

// ‖XᵀY‖² / (‖XᵀX‖ ‖YᵀY‖) of centred rows.
function linearCka(a, b) {
  return crossed(a, b) / Math.sqrt(crossed(a, a) * crossed(b, b));
}

function crossed(a, b) {
  let all = 0;
  for (let k = 0; k < a[0].length; k++) {
    for (let l = 0; l < b[0].length; l++) {
      let sum = 0;
      for (let i = 0; i < a.length; i++) sum += a[i][k] * b[i][l];
      all += sum * sum;
    }
  }
  return all;
}

function pairsOf(all) {
  return all.flatMap((one, k) => all.slice(k + 1).map((other) => [one, other]));
}

// Which images each knows, a strip per line; images that most know stand on the left.
function hitsByImage(rows) {
  const count = (i) => rows.reduce((sum, [, hits]) => sum + hits[i], 0);
  const first = (i, j) => rows.map(([, hits]) => hits[i] - hits[j]).find((difference) => difference) ?? 0;
  const order = [...rows[0][1].keys()].toSorted((i, j) => count(j) - count(i) || first(i, j));
  const strips = rows.flatMap(([, hits], line) => {
    const floor = rows.length - 1 - line;
    return [true, false].map((wanted) => {
      const xs = [...order.keys()].filter((place) => hits[order[place]] === wanted);
      const name = wanted ? "class known" : "class not known";
      const shared = { name, colour: wanted ? "attraction" : "repulsion", title: name, bars: true, wide: 1.2 };
      return { ...shared, xs, ys: xs.map(() => floor + STRIP_SHARE), floors: xs.map(() => floor) };
    });
  });
  const labels = rows.map(([name, hits], line) => ({
    xs: [-6],
    ys: [rows.length - 1 - line + STRIP_SHARE + 0.12],
    label: `${name} ${percentText(meanOf(hits.map(Number)))}`,
  }));
  return {
    series: [...strips, ...labels],
    x: { title: "images, those known to most on the left", bare: true },
    y: { title: "encoders", bare: true, from: 0 },
  };
}
