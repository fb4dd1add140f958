// dE/dC of each kernel K = exp(−E(C; ε)): what turns target − plan into a force.
import { DELTA } from "../../shared/js/kernels.js";

export const SLOPES = {
  gibbs: (cost, epsilon) => 1 / epsilon,
  student: (cost, epsilon, { df }) => (df + 1) / (df * epsilon + 2 * Math.max(cost, 0)),
  simo: (cost, epsilon) => 2 / (epsilon + 2 * Math.max(cost, 0)) + (2 * (1 - cost)) / ((1 - cost) ** 2 + DELTA),
  logistic: (cost, epsilon, { threshold }) => 1 / (epsilon * (1 + Math.exp((threshold - cost) / epsilon))),
};

// The force of each cell, row by row; epsilons has one number per row.
export function addSlope(residual, cost, epsilons, slope) {
  const m = residual.length / epsilons.length;
  const at = SLOPES[slope.name];
  return residual.map((value, k) => value * at(cost[k], epsilons[Math.floor(k / m)], slope));
}
