// What a plan solves, with the reader's numbers put in: every number in a description is a text, its own or the name of a
// setting.
import { numberOf } from "../../shared/js/numbers.js";

export function problemOf({ epsilon, iterations, penalties, total, rowsLast, kernel }, settings) {
  const value = (said) => numberOf(settings[said] ?? said);
  const { name, ...numbers } = kernel;
  return {
    epsilon: value(epsilon),
    iterations: value(iterations),
    penalties: penalties.map((pair) => pair.map(value)),
    total,
    rowsLast,
    kernel: { name, ...Object.fromEntries(Object.entries(numbers).map(([key, said]) => [key, value(said)])) },
  };
}
