// The mathematics of gca_viz.transport for a few points: cost → half steps → plan → loss → exact gradient. Matrices
// are flat Float64Arrays, row by row; n is their side. Everything stays in the log domain, so that no ε breaks it.
import { halfSteps, logSums } from "../../shared/js/sinkhorn.js";

const ITERATIONS = 10; // full Sinkhorn iterations, as gca_viz.align takes by default

export function costOf(z1, z2, n, d) {
  const cost = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      let cosine = 0;
      for (let c = 0; c < d; c++) cosine += z1[i * d + c] * z2[j * d + c];
      cost[k] = 1 - cosine;
    }
  }
  return cost;
}

// 1 for the partner, α for another of its domain, β for one of another; each row of sum 1.
export function targetOf(domains, alpha, beta) {
  const n = domains.length;
  const target = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += target[i * n + j] = i === j ? 1 : domains[i] === domains[j] ? alpha : beta;
    for (let j = 0; j < n; j++) target[i * n + j] /= sum;
  }
  return target;
}

// Which problems a method solves, and how far: [τ₁, τ₂, half steps], of which the loss is the mean.
export function problemsOf({ method, eps, lambda }) {
  const tau = lambda / (lambda + eps);
  return {
    byol: [[0, 0, 0]],
    ince: [[1, 0, 1]],
    rince: [[1, 0, 1]],
    clip: [
      [1, 0, 1],
      [0, 1, 2],
    ],
    "gca-ince": [[1, 1, 2 * ITERATIONS]],
    "gca-uot": [[tau, tau, 2 * ITERATIONS]],
  }[method];
}

export function planOf(score, n, { a, b }) {
  const plan = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++) for (let j = 0; j < n; j++, k++) plan[k] = Math.exp(a[i] + b[j] + score[k]);
  return plan;
}

export function sumsOf(matrix, n) {
  const rows = new Float64Array(n);
  const columns = new Float64Array(n);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      rows[i] += matrix[k];
      columns[j] += matrix[k];
    }
  }
  return { rows, columns };
}

// Σ_ij T_ij (log T_ij − log P_ij): the KL divergence, summed over rows.
function klOf(score, target, n, { a, b }) {
  let loss = 0;
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) if (target[k]) loss += target[k] * (Math.log(target[k]) - a[i] - b[j] - score[k]);
  }
  return loss;
}

// Its gradient in the cost, back through every half step taken.
export function klForces(score, target, n, eps, [tau1, tau2], states) {
  const sums = sumsOf(target, n);
  const back = Float64Array.from(target, (mass) => -mass); // gradient in the scores
  let [toA, toB] = [sums.rows, sums.columns].map((values) => values.map((value) => -value));
  for (let t = states.length - 1; t > 0; t--) {
    const row = t % 2 === 1;
    const tau = row ? tau1 : tau2;
    const set = row ? toA : toB;
    if (!tau) {
      if (row) toA = new Float64Array(n);
      else toB = new Float64Array(n);
      continue;
    }
    const other = row ? states[t - 1].b : states[t - 1].a;
    const made = row ? states[t].a : states[t].b;
    const passed = row ? toB : toA;
    const [step, stride] = row ? [n, 1] : [1, n];
    for (let i = 0; i < n; i++) {
      const sum = -made[i] / tau;
      const weight = -tau * set[i];
      for (let j = 0, k = i * step; j < n; j++, k += stride) {
        const share = weight * Math.exp(other[j] + score[k] - sum);
        back[k] += share;
        passed[j] += share;
      }
    }
    set.fill(0); // what it was before this half step plays no part
  }
  return back.map((value) => -value / eps);
}

// Robust InfoNCE: loss, summed over rows, and its gradient in the cost.
function rinceOf(score, target, n, eps, q, lam) {
  const all = logSums(score, new Float64Array(n), n, false);
  const pairs = new Float64Array(n * n);
  const forces = new Float64Array(n * n);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    let pair = 0;
    for (let j = 0, k = i * n; j < n; j++, k++) pair += pairs[k] = target[k] * Math.exp(score[k]);
    const [allPower, pairPower] = [lam ** q * Math.exp(q * all[i]), pair ** q];
    loss += (allPower - pairPower) / q;
    for (let j = 0, k = i * n; j < n; j++, k++) {
      forces[k] = ((pairPower * pairs[k]) / pair - allPower * Math.exp(score[k] - all[i])) / eps;
    }
  }
  return { loss, forces };
}

// All of it: the plan, the mean loss of a row, and the gradient of the rows' summed loss in the cost: positive where
// two points attract each other, negative where they repel.
export function aligned(cost, target, n, settings) {
  const { eps, method, q, lam } = settings;
  const score = cost.map((value) => -value / eps);
  const problems = problemsOf(settings);
  const share = 1 / problems.length;
  const plan = new Float64Array(n * n);
  const forces = new Float64Array(n * n);
  let loss = 0;
  for (const problem of problems) {
    const states = halfSteps(score, n, problem);
    const last = states[states.length - 1];
    planOf(score, n, last).forEach((mass, k) => (plan[k] += share * mass));
    const robust = method === "rince" && rinceOf(score, target, n, eps, q, lam);
    loss += (share * (robust ? robust.loss : klOf(score, target, n, last))) / n;
    const found = robust ? robust.forces : klForces(score, target, n, eps, problem, states);
    found.forEach((force, k) => (forces[k] += share * force));
  }
  return { plan, loss, forces };
}
