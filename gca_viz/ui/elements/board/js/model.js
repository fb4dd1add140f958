// The numbers behind the picture, in display order: cost, targets and plans at any half step, computed here from
// potentials, and what is read off them (marginals, loss, top-1).
import { addSlope } from "./slope.js";

// P_ij += weight · exp((f_i + g_j − C_ij) / ε); +inf cost and −inf potentials give exactly 0.
export function addGibbs(out, cost, f, g, epsilon, weight) {
  const n = f.length;
  const inverse = 1 / epsilon;
  const shift = Math.log(weight);
  const b = new Float64Array(n);
  for (let j = 0; j < n; j++) b[j] = g[j] * inverse;
  for (let i = 0, k = 0; i < n; i++) {
    const a = f[i] * inverse + shift;
    for (let j = 0; j < n; j++, k++) out[k] += Math.exp(a + b[j] - cost[k] * inverse);
  }
}

export function marginals(values, n) {
  const rows = new Float64Array(n);
  const columns = new Float64Array(n);
  let total = 0;
  let largest = 0;
  let size = 0;
  for (let i = 0, k = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++, k++) {
      const v = values[k];
      if (Number.isNaN(v)) continue;
      row += v;
      columns[j] += v;
      const magnitude = v < 0 ? -v : v;
      size += magnitude;
      if (magnitude > largest) largest = magnitude;
    }
    rows[i] = row;
    total += row;
  }
  return { rows, columns, total, largest, size };
}

function sameArray(a, b) {
  return a && b && a.length === b.length && a.every((v, k) => v === b[k]);
}

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
    const reordered = !sameArray(this.order, frames.arrays.order);
    const moved = reordered || this.costId !== cost.id || this.samplesId !== samples.id;
    Object.assign(this, { samples, targets, frames, n: frames.size });
    Object.assign(this, { costId: cost.id, samplesId: samples.id });
    if (moved) this.arrange(cost.arrays.cost, frames.arrays.order);
    this.marked = new Set(Array.from(frames.arrays.marked, (original) => this.place[original]));
    const id = `${cost.id}${samples.id}${targets.id}${frames.plansId}`;
    if (reordered || id !== this.id) this.cache.clear();
    this.id = id;
    this.last = Math.max(0, ...frames.plans.map((plan) => plan.labels.length - 1));
    return true;
  }

  arrange(cost, order) {
    const n = this.n;
    this.order = order;
    this.place = new Uint32Array(n);
    order.forEach((original, shown) => (this.place[original] = shown));
    this.arranged = Array.from({ length: cost.length / (n * n) }, (_, number) => {
      const out = new Float32Array(n * n);
      for (let i = 0, k = 0; i < n; i++) {
        const row = (number * n + order[i]) * n;
        for (let j = 0; j < n; j++, k++) out[k] = cost[row + order[j]];
      }
      return out;
    });
    this.excluded = this.arranged.map((costs) => {
      const cells = [];
      costs.forEach((value, k) => value === Infinity && cells.push(k));
      return cells;
    });
    this.partner = new Uint32Array(n);
    for (let i = 0; i < n; i++) this.partner[i] = this.place[this.samples.arrays.partner[order[i]]];
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
    const n = this.n;
    const start = part[name][t] * n;
    const row = this.frames.arrays.pool.subarray(start, start + n);
    return Float32Array.from(this.order, (original) => row[original]);
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
      const { n, partner } = this;
      const cost = this.cost(k);
      const { parts, epsilon } = this.frames.plans[k];
      const mass = this.frames.arrays[`rowMass${k}`];
      const weight = mass ? Float64Array.from(this.order, (original) => mass[original]) : new Float64Array(n).fill(1);
      const sum = weight.reduce((a, b) => a + b, 0);
      const values = new Float32Array(n * n);
      let loss = 0;
      for (const part of parts) {
        const f = this.potential(part, "f", step);
        const g = this.potential(part, "g", step);
        addGibbs(values, cost, f, g, epsilon, 1 / parts.length);
        for (let i = 0; i < n; i++) {
          if (!(weight[i] > 0)) continue; // a row that sends nothing has no loss
          const log = (f[i] + g[partner[i]] - cost[i * n + partner[i]]) / epsilon - Math.log(weight[i]);
          loss -= (weight[i] * log) / (sum * parts.length);
        }
      }
      this.exclude(values, k);
      // Where the pairs themselves are excluded there is no loss of them, nor a row that finds its partner.
      const pairs = Number.isFinite(loss) ? { loss, top1: this.top1(values) } : {};
      const out = { values, ...pairs, ...marginals(values, n) };
      return step === this.held(k, this.last) ? out : { ...out, step: t };
    });
  }

  // Share of rows whose largest cell is their partner; ties count by their share, so that a uniform plan gets 1/N.
  top1(values) {
    const { n, partner } = this;
    let share = 0;
    for (let i = 0; i < n; i++) {
      const own = values[i * n + partner[i]];
      let ties = 0;
      let beaten = !(own > 0);
      for (let k = i * n; k < (i + 1) * n && !beaten; k++) {
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
      const { n, place } = this;
      const { arrays } = this.targets;
      const values = new Float32Array(n * n);
      const dense = arrays[`dense${which}`];
      if (dense) {
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) values[place[i] * n + place[j]] = dense[i * n + j];
      } else {
        const mass = arrays[`mass${which}`];
        arrays[`cells${which}`].forEach((cell, m) => {
          values[place[Math.floor(cell / n)] * n + place[cell % n]] = mass[m];
        });
      }
      return { values: this.exclude(values, k), ...marginals(values, n) };
    });
  }

  kernel(k) {
    const { n } = this;
    return this.remember(`kernel${k}`, () => {
      const values = new Float32Array(n * n);
      addGibbs(values, this.cost(k), new Float32Array(n), new Float32Array(n), this.frames.plans[k].epsilon, 1);
      return { values: this.exclude(values, k), ...marginals(values, n) };
    });
  }

  costs(k) {
    const { distance } = this.frames.plans[k];
    const cost = this.arranged[distance];
    return this.remember(`cost${distance}`, () => {
      const values = this.exclude(cost.slice(), k);
      let minimum = Infinity;
      let partners = 0;
      for (const v of values) if (v < minimum) minimum = v;
      for (let i = 0; i < this.n; i++) partners += cost[i * this.n + this.partner[i]] / this.n;
      return { values, minimum, partners, ...marginals(values, this.n) };
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
      return { ...residual, values, ...marginals(values, this.n) };
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
      const out = { values, ...marginals(values, this.n) };
      return pair.every((k) => this.held(k, t) === this.held(k, this.last)) ? out : { ...out, step: t };
    });
  }
}
