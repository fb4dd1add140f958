// The numbers behind the picture of N rows and M columns, in display order: cost, targets and plans at any half step, computed here from
// potentials, and what is read off them (marginals, loss, top-1).
import { addSlope } from "./slope.js";

import { marginals, placesOf, sameArray } from "./arrays.js";

// P_ij += weight · exp((f_i + g_j − C_ij) / ε); +inf cost and −inf potentials give exactly 0.
export function addGibbs(out, cost, f, g, epsilon, weight) {
  const [n, m] = [f.length, g.length];
  const inverse = 1 / epsilon;
  const shift = Math.log(weight);
  const b = new Float64Array(m);
  for (let j = 0; j < m; j++) b[j] = g[j] * inverse;
  for (let i = 0, k = 0; i < n; i++) {
    const a = f[i] * inverse + shift;
    for (let j = 0; j < m; j++, k++) out[k] += Math.exp(a + b[j] - cost[k] * inverse);
  }
}

// P_ij += weight_i · max(0, (f_i + g_j − C_ij) / ε), of a sparse plan.
export function addCut(out, cost, f, g, epsilon, weights) {
  const [n, m] = [f.length, g.length];
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < m; j++, k++) out[k] += weights[i] * Math.max(0, (f[i] + g[j] - cost[k]) / epsilon);
  }
}

// The partner of a row that has none, as Python writes it.
export const NOBODY = 2 ** 32 - 1;

export class Model {
  constructor() {
    this.cache = new Map();
    this.order = null;
  }

  // Returns false while a part of the batch has not arrived; the last picture then stays.
  load(frames, library) {
    const samples = library.get(frames.needs.samples);
    const cost = library.get(frames.needs.cost);
    const targets = library.get(frames.needs.targets);
    if (!samples || !cost || !targets) return false;
    const { order, marked, columnOrder = order, markedColumns = marked } = frames.arrays;
    const reordered = !sameArray(this.order, order) || !sameArray(this.columnOrder, columnOrder);
    const moved = reordered || this.costId !== cost.id || this.samplesId !== samples.id;
    Object.assign(this, { samples, targets, frames, n: frames.size, m: frames.columns ?? frames.size });
    Object.assign(this, { costId: cost.id, samplesId: samples.id });
    if (moved) this.arrange(cost.arrays.cost, order, columnOrder);
    this.marked = new Set(Array.from(marked, (original) => this.place[original]));
    this.markedColumns = new Set(Array.from(markedColumns, (original) => this.columnPlace[original]));
    const id = `${cost.id}${samples.id}${targets.id}${frames.plansId}`;
    if (reordered || id !== this.id) this.cache.clear();
    this.id = id;
    this.last = Math.max(0, ...frames.plans.map((plan) => plan.labels.length - 1));
    return true;
  }

  arrange(cost, order, columnOrder) {
    const { n, m } = this;
    Object.assign(this, { order, columnOrder, place: placesOf(order), columnPlace: placesOf(columnOrder) });
    this.arranged = Array.from({ length: cost.length / (n * m) }, (_, number) => {
      const out = new Float32Array(n * m);
      for (let i = 0, k = 0; i < n; i++) {
        const row = (number * n + order[i]) * m;
        for (let j = 0; j < m; j++, k++) out[k] = cost[row + columnOrder[j]];
      }
      return out;
    });
    this.excluded = this.arranged.map((costs) => {
      const cells = [];
      costs.forEach((value, k) => value === Infinity && cells.push(k));
      return cells;
    });
    this.partner = Uint32Array.from(order, (original) => {
      const partner = this.samples.arrays.partner[original];
      return partner === NOBODY ? NOBODY : this.columnPlace[partner];
    });
    this.paired = this.partner.every((partner) => partner !== NOBODY);
  }

  // The original indices of a cell that is given by its place on the picture.
  originals([i, j]) {
    return [this.order[i], this.columnOrder[j]];
  }

  // The cost that a plan belongs to: it is the Gibbs kernel of this one that is drawn.
  cost(k) {
    return this.arranged[this.frames.plans[k].cost];
  }

  // Cells that can hold no mass of a plan.
  forbidden(k) {
    return this.excluded[this.frames.plans[k].cost];
  }

  // The half step a plan shows when the slider stands at t (short plans hold their last).
  held(k, t) {
    return Math.min(t, this.frames.plans[k].labels.length - 1);
  }

  potential(part, name, t) {
    const length = Math.max(this.n, this.m); // of every row of the pool
    const row = this.frames.arrays.pool.subarray(part[name][t] * length, (part[name][t] + 1) * length);
    return Float32Array.from(name === "f" ? this.order : this.columnOrder, (original) => row[original]);
  }

  remember(name, make) {
    if (!this.cache.has(name)) this.cache.set(name, make());
    return this.cache.get(name);
  }

  // Forget what only the previous half step needed; the last half step stays, scales come from it.
  forget(t) {
    for (const [name, entry] of this.cache) {
      if (entry.step !== undefined && entry.step !== t && entry.step !== this.last) this.cache.delete(name);
    }
  }

  plan(k, t) {
    const step = this.held(k, t);
    return this.remember(`plan${k}@${step}`, () => {
      const { n, m, partner } = this;
      const cost = this.cost(k);
      const { parts, epsilon, cut } = this.frames.plans[k];
      const mass = this.frames.arrays[`rowMass${k}`];
      const weight = mass ? Float64Array.from(this.order, (original) => mass[original]) : new Float64Array(n).fill(1);
      const sum = weight.reduce((a, b) => a + b, 0);
      const values = new Float32Array(n * m);
      let loss = this.paired ? 0 : Number.NaN;
      for (const part of parts) {
        const f = this.potential(part, "f", step);
        const g = this.potential(part, "g", step);
        if (cut) {
          addCut(values, cost, f, g, epsilon, weight);
          continue; // many a pair has no mass, and so no logarithm
        }
        addGibbs(values, cost, f, g, epsilon, 1 / parts.length);
        for (let i = 0; i < n && this.paired; i++) {
          if (!(weight[i] > 0)) continue; // a row that sends nothing has no loss
          const log = (f[i] + g[partner[i]] - cost[i * m + partner[i]]) / epsilon - Math.log(weight[i]);
          loss -= (weight[i] * log) / (sum * parts.length);
        }
      }
      this.exclude(values, k);
      // Where the pairs themselves are excluded there is no loss of them, nor a row that finds its partner.
      let pairs = Number.isFinite(loss) ? { loss, top1: this.top1(values) } : {};
      if (cut) pairs = this.paired ? { top1: this.top1(values) } : {};
      const out = { values, ...pairs, ...marginals(values, n, m) };
      return step === this.held(k, this.last) ? out : { ...out, step: t };
    });
  }

  // Share of rows whose largest cell is their partner; ties count by their share, so that a uniform plan gets 1/N.
  top1(values) {
    const { n, m, partner } = this;
    let share = 0;
    for (let i = 0; i < n; i++) {
      const own = values[i * m + partner[i]];
      let ties = 0;
      let beaten = !(own > 0);
      for (let k = i * m; k < (i + 1) * m && !beaten; k++) {
        if (values[k] > own) beaten = true;
        else if (values[k] === own) ties++;
      }
      if (!beaten) share += 1 / ties;
    }
    return share / n;
  }

  exclude(values, plan) {
    for (const cell of this.forbidden(plan)) values[cell] = NaN;
    return values;
  }

  target(k) {
    const { target: which, cost } = this.frames.plans[k];
    return this.remember(`target${which},${cost}`, () => {
      const { n, m, place, columnPlace } = this;
      const { arrays } = this.targets;
      const values = new Float32Array(n * m);
      const dense = arrays[`dense${which}`];
      if (dense) {
        for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) values[place[i] * m + columnPlace[j]] = dense[i * m + j];
      } else {
        const mass = arrays[`mass${which}`];
        arrays[`cells${which}`].forEach((cell, number) => {
          values[place[Math.floor(cell / m)] * m + columnPlace[cell % m]] = mass[number];
        });
      }
      return { values: this.exclude(values, k), ...marginals(values, n, m) };
    });
  }

  kernel(k) {
    const { n, m } = this;
    return this.remember(`kernel${k}`, () => {
      const values = new Float32Array(n * m);
      addGibbs(values, this.cost(k), new Float32Array(n), new Float32Array(m), this.frames.plans[k].epsilon, 1);
      return { values: this.exclude(values, k), ...marginals(values, n, m) };
    });
  }

  costs(k) {
    const { distance } = this.frames.plans[k];
    const cost = this.arranged[distance];
    return this.remember(`cost${distance}`, () => {
      const values = this.exclude(cost.slice(), k);
      let minimum = Infinity;
      const { n, m } = this;
      let partners = this.paired ? 0 : Number.NaN;
      for (const v of values) if (v < minimum) minimum = v;
      for (let i = 0; i < n && this.paired; i++) partners += cost[i * m + this.partner[i]] / n;
      return { values, minimum, partners, ...marginals(values, n, m) };
    });
  }

  // Target − plan, times the slope of the kernel.
  force(k, t) {
    const residual = this.panel({ kind: "residual", plan: k }, t);
    return this.remember(`force${k}@${this.held(k, t)}`, () => {
      const { distance, epsilon, slope } = this.frames.plans[k];
      const own = this.frames.arrays[`rowEpsilon${k}`];
      const epsilons = Float64Array.from(this.order, (original) => (own ? own[original] : epsilon));
      const values = addSlope(residual.values, this.arranged[distance], epsilons, slope);
      return { ...residual, values, ...marginals(values, this.n, this.m) };
    });
  }

  // What a panel shows at half step t: { values, rows, columns, total, … }.
  panel(panel, t) {
    if (panel.kind === "cost") return this.costs(panel.plan);
    if (panel.kind === "kernel") return this.kernel(panel.plan);
    if (panel.kind === "plan") return this.plan(panel.plan, t);
    if (panel.kind === "target") return this.target(panel.plan);
    if (panel.kind === "force") return this.force(panel.plan, t);
    const plan = this.plan(panel.plan, t);
    const [a, b] =
      panel.kind === "residual" ? [this.target(panel.plan), plan] : [plan, this.plan(panel.minus, t)];
    const pair = [panel.plan, ...(panel.kind === "difference" ? [panel.minus] : [])];
    const name = `${panel.kind}${pair}@${pair.map((k) => this.held(k, t))}`;
    return this.remember(name, () => {
      const values = new Float32Array(a.values.length);
      for (let k = 0; k < values.length; k++) values[k] = a.values[k] - b.values[k];
      // A cell that one of two plans excludes has no mass there: the difference is the other's.
      if (panel.kind === "difference" && this.forbidden(panel.plan) !== this.forbidden(panel.minus)) {
        for (const [one, sign, other] of [[panel.plan, -1, b], [panel.minus, 1, a]]) {
          for (const k of this.forbidden(one)) values[k] = sign * other.values[k];
        }
      }
      const out = { values, ...marginals(values, this.n, this.m) };
      return pair.every((k) => this.held(k, t) === this.held(k, this.last)) ? out : { ...out, step: t };
    });
  }
}
