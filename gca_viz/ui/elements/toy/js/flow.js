// The world: points of two views, their plan, and the gradient flow that moves them.
import { crowdOf, unit } from "./crowd.js";
import { aligned, costOf, sumsOf, targetOf } from "./maths.js";
import { measuresOf } from "./measures.js";

const RESTING = 2e-4; // radians: when no point moves farther in a step, the flow has converged
export const FEWEST = 2;
export const MOST = 60;

export class World {
  constructor(settings) {
    this.begin(settings);
  }

  begin(settings) {
    this.settings = settings;
    Object.assign(this, crowdOf(settings));
    this.restart();
  }

  // Measure anew from where the points are now.
  restart() {
    this.target = targetOf(this.domains, this.settings.alpha, this.settings.beta);
    this.steps = 0;
    this.losses = [];
    this.largest = Infinity;
    this.compute();
    this.losses.push(this.loss);
    this.start = this.measures();
  }

  // Other numbers or another method from here on; the points stay.
  set(settings) {
    this.settings = settings;
    this.target = targetOf(this.domains, settings.alpha, settings.beta);
    this.compute();
  }

  compute() {
    const { z1, z2, n, d } = this;
    this.cost = costOf(z1, z2, n, d);
    Object.assign(this, aligned(this.cost, this.target, n, this.settings));
    this.sums = sumsOf(this.plan, n);
  }

  // Force on each point, tangent to the sphere: pulls and pushes apart. The gradient of the mean loss is −(pull + push)/n.
  pushes(view) {
    const { n, d, forces } = this;
    const [own, others] = view ? [this.z2, this.z1] : [this.z1, this.z2];
    const parts = { pull: new Float64Array(n * d), push: new Float64Array(n * d) };
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const force = view ? forces[j * n + i] : forces[i * n + j];
        const part = force > 0 ? parts.pull : parts.push;
        for (let c = 0; c < d; c++) part[i * d + c] += force * others[j * d + c];
      }
    }
    for (const part of Object.values(parts)) onTangent(part, own, n, d);
    return parts;
  }

  step() {
    const { n, d, settings } = this;
    const rate = settings.rate * settings.eps;
    const moves = [0, 1].map((view) => {
      const { pull, push } = this.pushes(view);
      return pull.map((value, k) => rate * (value + push[k]));
    });
    this.largest = 0;
    moves.forEach((move, view) => {
      const z = view ? this.z2 : this.z1;
      for (let i = 0; i < n; i++) {
        if (view && this.pinned[i]) continue;
        let length = 0;
        let far = 0;
        for (let c = i * d; c < (i + 1) * d; c++) {
          z[c] += move[c];
          length += z[c] * z[c];
          far += move[c] * move[c];
        }
        length = Math.sqrt(length);
        for (let c = i * d; c < (i + 1) * d; c++) z[c] /= length;
        this.largest = Math.max(this.largest, Math.sqrt(far));
      }
    });
    this.steps += 1;
    this.compute();
    this.losses.push(this.loss);
  }

  get converged() {
    return this.steps > 0 && this.largest < RESTING;
  }

  measures() {
    return measuresOf(this);
  }

  move(view, i, to) {
    const z = view ? this.z2 : this.z1;
    z.set(unit(to.slice(0, this.d)), i * this.d);
    this.restart();
  }

  add(at) {
    if (this.n >= MOST) return null;
    const place = unit(at.slice(0, this.d));
    this.z1 = Float64Array.from([...this.z1, ...place]);
    this.z2 = Float64Array.from([...this.z2, ...unit(place.map((value, c) => value + (c === 1 ? 0.1 : 0)))]);
    this.domains = Int32Array.from([...this.domains, this.n % this.settings.domains]);
    this.pinned = Uint8Array.from([...this.pinned, 0]);
    this.n += 1;
    this.restart();
    return this.n - 1;
  }

  remove(i) {
    if (this.n <= FEWEST) return false;
    const keep = (values, width) => values.filter((_, k) => Math.floor(k / width) !== i);
    this.z1 = keep(this.z1, this.d);
    this.z2 = keep(this.z2, this.d);
    this.domains = keep(this.domains, 1);
    this.pinned = keep(this.pinned, 1);
    this.n -= 1;
    this.restart();
    return true;
  }
}

function onTangent(force, points, n, d) {
  for (let i = 0; i < n; i++) {
    let along = 0;
    for (let c = i * d; c < (i + 1) * d; c++) along += force[c] * points[c];
    for (let c = i * d; c < (i + 1) * d; c++) force[c] -= along * points[c];
  }
}
