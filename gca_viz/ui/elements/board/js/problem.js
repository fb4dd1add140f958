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

// λ₁ and λ₂ of a place (τ₁, τ₂) on the constraint square, as texts, rounded as the server does.
export function penaltiesOf([tau1, tau2], { eps }) {
  const penalty = (tau) => (tau >= 1 ? "inf" : Number(((numberOf(eps) * tau) / (1 - tau)).toPrecision(4)).toString());
  return { lambda1: penalty(tau1), lambda2: penalty(tau2) };
}
