// What this checkpoint learned: its neighbours.
import { meanOf } from "../solved.js";
import { dot, unitRows } from "../vectors.js";
import { percentText } from "../words.js";

const NEAREST = 8; // shown
const ERRORS = 2; // standard errors; shares that are nearer to each other count as equal

export function checkpoint(world, { encoder, image }) {
  const { rows, classes, domains, labels, places, credits } = world.given;
  const n = rows.length;
  const i = Math.min(Number(image), n - 1);
  const [found, untrained, trained, head] = [encoder, "random", "things-ince", "things-random"].map((name) => neighbours(world, name));
  const nearest = found.order[i].slice(0, NEAREST);
  const same = nearest.map((k) => classes[k] === classes[i]);
  const chance = alikeByChance(classes);
  const styleOf = ({ order }) => meanOf(order.map((others, k) => (domains[others[0]] === domains[k] ? 1 : 0)));
  const [byChance, asTrained] = [chance, trained.first].map((share) => ERRORS * Math.sqrt((share * (1 - share)) / n));
  return {
    facts: {
      encoder: world.titles[encoder],
      name: rows[i],
      class: classes[i],
      hits: String(same.filter(Boolean).length),
      shown: String(NEAREST),
      first: percentText(found.first),
      first_random: percentText(untrained.first),
      first_head: percentText(head.first),
      first_trained: percentText(trained.first),
      chance: percentText(chance),
      style: percentText(styleOf(found)),
      style_random: percentText(styleOf(untrained)),
      style_chance: percentText(alikeByChance(domains)),
      n: String(n),
      image: String(i),
    },
    right: untrained.first < chance + byChance ? "chance" : untrained.first > trained.first - asTrained ? "trained" : "between",
    cells: {},
    cards: {
      title: "The image, and its nearest neighbours, the nearest first",
      all: [i, ...nearest].map((k, rank) => ({
        pictures: [{ place: places[k], name: rows[k] }],
        lines: [
          ...(rank ? [{ text: same[rank - 1] ? "same class" : "other class", colour: same[rank - 1] ? "attraction" : "repulsion" }] : []),
          { text: `${rows[k]} · ${labels[k]}` },
        ],
      })),
      credits: [i, ...nearest].map((k) => credits[k]),
    },
  };
}

// Of each image all others, the nearest first, and how often that is of its class.
function neighbours(world, name) {
  return world.once(name, () => {
    const { classes } = world.given;
    const units = unitRows(world.arrays[name], classes.length);
    const order = units.map((one, i) => {
      const cosine = units.map((other) => dot(one, other));
      return [...units.keys()].filter((k) => k !== i).toSorted((a, b) => cosine[b] - cosine[a]);
    });
    return { order, first: meanOf(order.map((others, i) => (classes[others[0]] === classes[i] ? 1 : 0))) };
  });
}

// How often two different ones have the same value.
function alikeByChance(values) {
  const n = values.length;
  const same = values.reduce((sum, value) => sum + values.filter((other) => other === value).length, 0);
  return (same - n) / (n * (n - 1));
}
