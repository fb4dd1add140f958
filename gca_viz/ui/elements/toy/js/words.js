// What a scene says at its end: `[[name]]` stands for a number of then, `[[name0]]` for what it was at the start.
import { format, percent } from "../../shared/js/numbers.js";

export function fill(text, now, world) {
  const words = wordsOf(now, world);
  return text.replace(/\[\[(\w+)\]\]/g, (_, name) => words[name] ?? `[[${name}]]`);
}

// The names that a scene's notice may use.
function wordsOf(now, { n, steps, converged, start }) {
  const texts = { cover: percent, pairMass: percent, corruptedAngle: (value) => `${Math.round(value)}°` };
  const words = { n: String(n), steps: String(steps), ending: converged ? "converged" : "stopped" };
  for (const [key, value] of Object.entries(now)) words[key] = (texts[key] ?? format)(value);
  for (const [key, value] of Object.entries(start)) words[`${key}0`] = (texts[key] ?? format)(value);
  return words;
}
