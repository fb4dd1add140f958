// How a cost becomes a weight K = exp(−E(C; ε)), as gca_viz.transport.kernels has it.
export const DELTA = 1e-4; // SimO's squared cosine is at least this share of 1

const ENERGIES = {
  gibbs: (cost, epsilon) => cost / epsilon,
  student: (cost, epsilon, { df }) =>
    df === Infinity ? cost / epsilon : ((df + 1) / 2) * Math.log1p((2 * Math.max(cost, 0)) / (df * epsilon)),
  simo: (cost, epsilon) =>
    Math.log1p((2 * Math.max(cost, 0)) / epsilon) - Math.log(((1 - cost) ** 2 + DELTA) / (1 + DELTA)),
  logistic: (cost, epsilon, { threshold }) => softplus((cost - threshold) / epsilon),
};

// ln(1 + exp(x)), at any x.
function softplus(x) {
  return Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
}

// ε·E of every cost, the costs whose Gibbs kernel this is; a forbidden cell stays one.
export function drawnCost(cost, epsilon, { name, ...numbers }) {
  const energy = ENERGIES[name];
  return cost.map((value) => (value === Infinity ? value : epsilon * energy(value, epsilon, numbers)));
}
