// The temperature sets how many columns a row spreads over.
import { nearestOf, placeOfLeast } from "../solved.js";
import { number, numberText, percentText } from "../words.js";

const COLD = "0.02";
const HOT = "1.0";

export function temperature(world, settings) {
  const [plan, cold, hot] = [settings.eps, COLD, HOT].map((eps) => world.plan("plan", { ...settings, eps }));
  const { n, cost, kernel } = plan;
  const row = cold.leastMatched;
  const [i, j] = world.cell(settings, [row, row]);
  const nearest = placeOfLeast(cost.subarray(i * n, (i + 1) * n));
  const guesses = { "nearly-all": 0.95, half: 0.5, little: 1 / n };
  const eps = numberText(plan.epsilon);
  const perplexity = number(plan.perplexity);
  return {
    facts: {
      i: String(i),
      j: String(j),
      eps,
      n: String(n),
      cost: number(cost[i * n + j]),
      kernel: number(kernel[i * n + j]),
      sum: number(kernel.subarray(i * n, (i + 1) * n).reduce((a, b) => a + b)),
      mass: number(plan.matrix[i * n + j], 3),
      row: String(row),
      row_name: world.rows[row],
      name: world.rows[i],
      nearest: String(nearest),
      nearest_name: world.columns[nearest],
      perplexity,
      perplexity_cold: number(cold.perplexity),
      perplexity_hot: number(hot.perplexity),
      kept: percentText(plan.matchedShare),
      kept_cold: percentText(cold.matchedShare),
      kept_hot: percentText(hot.matchedShare),
      even: percentText(1 / n),
      loss: number(plan.loss, 3),
      loss_cold: number(cold.loss, 3),
      loss_hot: number(hot.loss, 3),
    },
    right: nearestOf(guesses, (guess) => Math.abs(guess - hot.matchedShare)),
    pick: [i, j],
    cells: { picked: [i, j], nearest: [i, nearest] },
    plan,
    panels: [{ kind: "plan", title: `InfoNCE at ε = ${eps}: a row spreads over ${perplexity} columns` }],
    maximum: 1,
  };
}
