// How a cost becomes a weight K = exp(−E(C; ε)), as gca_viz.transport.kernels has it: the energy E and its slope dE/dC.
const DELTA = 1e-4; // SimO's squared cosine is at least this share of 1

const atLeast0 = (cost) => Math.max(0, cost); // rounding may have taken a distance below

export const KERNELS = {
  gibbs: { energy: (cost, epsilon) => cost / epsilon, slope: (cost, epsilon) => 1 / epsilon },
  student: {
    energy: (cost, epsilon, { df }) =>
      df === Infinity ? cost / epsilon : ((df + 1) / 2) * Math.log1p((2 * atLeast0(cost)) / (df * epsilon)),
    slope: (cost, epsilon, { df }) => (df === Infinity ? 1 / epsilon : (df + 1) / (df * epsilon + 2 * atLeast0(cost))),
  },
  simo: {
    energy: (cost, epsilon) =>
      Math.log1p((2 * atLeast0(cost)) / epsilon) - Math.log(((1 - cost) ** 2 + DELTA) / (1 + DELTA)),
    slope: (cost, epsilon) => 2 / (epsilon + 2 * atLeast0(cost)) + (2 * (1 - cost)) / ((1 - cost) ** 2 + DELTA),
  },
  logistic: {
    energy: (cost, epsilon, { threshold }) => softplus((cost - threshold) / epsilon),
    slope: (cost, epsilon, { threshold }) => 1 / (1 + Math.exp((threshold - cost) / epsilon)) / epsilon,
  },
};

// ln(1 + exp(x)), at any x.
function softplus(x) {
  return Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
}

// ε·E of every cost, the costs whose Gibbs kernel this is; a forbidden cell stays one.
export function drawnCost(cost, epsilon, { name, ...numbers }) {
  const { energy } = KERNELS[name];
  return cost.map((value) => (value === Infinity ? value : epsilon * energy(value, epsilon, numbers)));
}
