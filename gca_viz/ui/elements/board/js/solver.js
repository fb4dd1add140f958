// Plans of a batch at other numbers: the frames that Python packs, solved in the browser from the costs alone.
import { drawnCost } from "../../shared/js/kernels.js";
import { halfSteps } from "../../shared/js/sinkhorn.js";

const TOLERANCE = 1e-6; // as gca_viz.align takes by default

// Frames whose plans have the potentials of every half step, and the costs that belong to them.
//   frames: as packed, unpacked; each plan names its distance among the costs
//   cost: the batch's costs as packed, unpacked
//   problems: per plan { epsilon, iterations, penalties: [[λ₁, λ₂], …], total, rowsLast, kernel: { name, … } }; the plan is
//     the mean of those of the penalties
export function solved(frames, cost, problems) {
  const id = `${frames.id} ${JSON.stringify(problems, told)}`;
  const costs = new Costs(frames, cost);
  const pool = new Pool(frames.size);
  const scores = new Map(); // plans beside each other often have one
  const plans = frames.plans.map((plan, k) => {
    const problem = problems[k];
    const place = costs.drawn(plan.distance, problem);
    const name = `${place} ${problem.epsilon}`;
    if (!scores.has(name)) scores.set(name, scoreOf(costs.at(place), problem.epsilon));
    const states = stepsOf(scores.get(name), frames.size, problem);
    const last = Math.max(...states.map((part) => part.length)) - 1;
    return {
      ...plan,
      epsilon: problem.epsilon,
      cost: place,
      slope: slopeOf(plan.slope, problem.kernel),
      parts: states.map((part) => pool.add(part, last, problem.epsilon)),
      labels: ["kernel", ...Array.from({ length: last }, (_, t) => labelOf(t + 1, problem.total))],
    };
  });
  const drawn = costs.blob(id);
  const needs = { ...frames.needs, cost: drawn.id };
  return { frames: { ...frames, id, plansId: id, needs, plans, arrays: { ...frames.arrays, pool: pool.joined() } }, cost: drawn };
}

// The half steps of each of the plans of which one is the mean; `cost` is that of the Gibbs kernel.
export function statesOf(cost, n, problem) {
  return stepsOf(scoreOf(cost, problem.epsilon), n, problem);
}

function scoreOf(cost, epsilon) {
  const score = new Float64Array(cost.length);
  for (let k = 0; k < score.length; k++) score[k] = -cost[k] / epsilon;
  return score;
}

function stepsOf(score, n, problem) {
  const { iterations, total, rowsLast, masses } = problem;
  const count = 2 * iterations - (rowsLast ? 1 : 0);
  return tausOf(problem).map((taus) => halfSteps(score, n, [...taus, count], { total, rowsLast, masses, tol: TOLERANCE }));
}

// τ₁ and τ₂ of each of them.
export function tausOf({ epsilon, penalties }) {
  return penalties.map((pair) => pair.map((penalty) => (penalty === Infinity ? 1 : penalty / (penalty + epsilon))));
}

// Whose slope the force has: the kernel's; but where each cell answers for itself, its loss cancels that of the logistic one.
function slopeOf(slope, kernel) {
  const plain = kernel.name === "student" && kernel.df === Infinity;
  return plain ? { name: "gibbs" } : kernel.name === "logistic" ? { ...kernel, name: slope.name } : kernel;
}

function labelOf(t, total) {
  return t % 2 ? (total ? "total" : "row") : "column";
}

// JSON knows no infinity.
function told(key, value) {
  return value === Infinity ? "inf" : value;
}

// Potentials in units of the cost; a half step that leaves one as it was shares its numbers.
class Pool {
  constructor(n) {
    this.n = n;
    this.rows = [];
    this.places = new Map();
  }

  // Where the potentials of half steps 0 … `last` stand; one that ends early holds its last.
  add(states, last, epsilon) {
    const held = Array.from({ length: last + 1 }, (_, t) => states[Math.min(t, states.length - 1)]);
    return { f: held.map(({ a }) => this.place(a, epsilon)), g: held.map(({ b }) => this.place(b, epsilon)) };
  }

  place(scaling, epsilon) {
    if (!this.places.has(scaling)) {
      this.places.set(scaling, this.rows.length);
      this.rows.push(scaling.map((value) => value * epsilon));
    }
    return this.places.get(scaling);
  }

  joined() {
    const pool = new Float32Array(this.rows.length * this.n);
    this.rows.forEach((row, k) => pool.set(row, k * this.n));
    return pool;
  }
}

// The board knows the kernel exp(−C/ε): of another it is given the cost whose Gibbs kernel that is, behind the others.
class Costs {
  constructor({ size }, packed) {
    this.size = size ** 2;
    this.packed = packed;
    this.more = [];
  }

  // Where the cost stands that is drawn for a distance.
  drawn(distance, { epsilon, kernel }) {
    if (kernel.name === "gibbs") return distance;
    return this.packed.arrays.cost.length / this.size + this.more.push(drawnCost(this.at(distance), epsilon, kernel)) - 1;
  }

  at(place) {
    const { cost } = this.packed.arrays;
    return this.more[place - cost.length / this.size] ?? cost.subarray(place * this.size, (place + 1) * this.size);
  }

  blob(id) {
    if (!this.more.length) return this.packed;
    const { cost } = this.packed.arrays;
    const all = new Float32Array(cost.length + this.more.length * this.size);
    [cost, ...this.more].reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return { ...this.packed, id: `${this.packed.id} ${id}`, arrays: { ...this.packed.arrays, cost: all } };
  }
}
