// A plan that this browser has solved, and what is read off it; row i and column i are a pair.
import { statesOf, tausOf } from "../../elements/board/js/solver.js";
import { SLOPES } from "../../elements/board/js/slope.js";
import { drawnCost } from "../../elements/shared/js/kernels.js";
import { klForces, planOf, sumsOf } from "../../elements/toy/js/maths.js";

export class Solved {
  // `cost` is a Float32Array, row by row, `target` another; the plan is that of one pair of penalties.
  constructor(cost, n, problem, target) {
    const drawn = Float64Array.from(drawnCost(cost, problem.epsilon, problem.kernel));
    const states = statesOf(drawn, n, problem)[0];
    this.take({ cost, drawn, n, problem, target, states, step: states.length - 1 });
  }

  take({ cost, drawn, n, problem, target, states, step }) {
    Object.assign(this, { cost, drawn, n, problem, target, states, step, epsilon: problem.epsilon });
    this.score = drawn.map((value) => -value / problem.epsilon);
    this.log = states[step];
    this.matrix = planOf(this.score, n, this.log);
    const { rows, columns } = sumsOf(this.matrix, n);
    this.rowMass = rows;
    this.columnMass = columns;
  }

  // The same after another half step.
  at(step) {
    const other = Object.create(Solved.prototype);
    other.take({ ...this, step });
    other.name = this.name;
    return other;
  }

  get last() {
    return this.states.length - 1;
  }

  // How far each half step goes, [τ₁, τ₂] of each pair of penalties.
  get taus() {
    return tausOf(this.problem);
  }

  get kernel() {
    return this.score.map(Math.exp);
  }

  row(i) {
    return this.matrix.subarray(i * this.n, (i + 1) * this.n);
  }

  get ownMass() {
    return this.rowMass.map((_, i) => this.matrix[i * this.n + i]);
  }

  // −log of the mass on each pair.
  get losses() {
    const { n, log, score } = this;
    return log.a.map((a, i) => -(a + log.b[i] + score[i * n + i]));
  }

  get loss() {
    return meanOf(this.losses);
  }

  get matchedShare() {
    return sumOf(this.ownMass) / sumOf(this.rowMass);
  }

  get top1() {
    return meanOf(this.rowMass.map((_, i) => (placeOfMost(this.row(i)) === i ? 1 : 0)));
  }

  // Mean over rows of how many columns one spreads over.
  get perplexity() {
    return meanOf(
      this.rowMass.map((mass, i) => Math.exp(-sumOf(this.row(i).map((cell) => (cell > 0 ? (cell / mass) * Math.log(cell / mass) : 0))))),
    );
  }

  // Share of the mass that is in the wrong row.
  get rowError() {
    const all = sumOf(this.rowMass);
    return sumOf(this.rowMass.map((mass) => Math.abs(mass / all - 1 / this.n))) / 2;
  }

  // The row whose partner gets the smallest share of what it sends.
  get leastMatched() {
    return placeOfLeast(this.ownMass.map((own, i) => own / this.rowMass[i]));
  }

  get residual() {
    return this.matrix.map((mass, k) => this.target[k] - mass);
  }

  // dE/dC of every cell.
  get slope() {
    const { kernel } = this.problem;
    return Float64Array.from(this.cost, (value) => SLOPES[kernel.name](value, this.epsilon, kernel));
  }

  // Target minus plan, times the slope of the kernel.
  get force() {
    const { slope } = this;
    return this.residual.map((rest, k) => rest * slope[k]);
  }

  // The exact gradient of the rows' summed loss in the cost, back through every half step.
  get forces() {
    const { n, problem, score, epsilon } = this;
    if (problem.total) return this.residual.map((rest) => rest / epsilon); // one scaling: exact after its only step
    return klForces(score, this.target, n, epsilon, tausOf(problem)[0], this.states.slice(0, this.step + 1));
  }
}

export function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

export function meanOf(values) {
  return sumOf(values) / values.length;
}

// The first place of the largest value.
export function placeOfMost(values) {
  return values.reduce((best, value, k) => (value > values[best] ? k : best), 0);
}

export function placeOfLeast(values) {
  return values.reduce((best, value, k) => (value < values[best] ? k : best), 0);
}

// The one of some named guesses that is nearest, as `distance` has it.
export function nearestOf(guesses, distance) {
  return Object.keys(guesses).reduce((best, name) => (distance(guesses[name]) < distance(guesses[best]) ? name : best));
}
