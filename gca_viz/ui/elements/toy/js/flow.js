// The world: points of two views, their plan, and the gradient flow that moves them.
const RESTING = 2e-4; // radians: when no point moves farther in a step, the flow has settled
const BINS = 720;

class World {
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

  get settled() {
    return this.steps > 0 && this.largest < RESTING;
  }

  // The numbers beside the picture, as gca_viz.geometry.metrics defines them.
  measures() {
    const { z1, z2, n, d, plan, sums, pinned } = this;
    let apart = 0;
    let pair = 0;
    let mass = 0;
    for (let i = 0; i < n; i++) {
      apart += 2 * this.cost[i * n + i];
      pair += plan[i * n + i];
      mass += sums.rows[i];
    }
    const within = { same: 0, sames: 0, other: 0, others: 0 };
    for (let i = 0, k = 0; i < n; i++) {
      for (let j = 0; j < n; j++, k++) {
        if (i === j) continue;
        const same = this.domains[i] === this.domains[j];
        within[same ? "same" : "other"] += 1 - this.cost[k];
        within[same ? "sames" : "others"] += 1;
      }
    }
    const first = pinned.indexOf(1);
    const good = Array.from({ length: n }, (_, i) => i).filter((i) => !pinned[i]);
    return {
      loss: this.loss,
      alignment: apart / n,
      uniformity: (uniformityOf(z1, n, d) + uniformityOf(z2, n, d)) / 2,
      matched: pair / mass,
      cover: coverOf(z1, n, d),
      least: Math.min(...sums.columns),
      most: Math.max(...sums.columns),
      same: within.same / (within.sames || 1),
      other: within.other / (within.others || 1),
      badMass: first < 0 ? NaN : sums.columns[first],
      badPull: first < 0 ? NaN : this.forces[first * n + first] * this.settings.eps,
      badAngle: first < 0 ? NaN : (Math.acos(Math.max(-1, Math.min(1, 1 - this.cost[first * n + first]))) * 180) / Math.PI,
      badPush: first < 0 ? NaN : good.reduce((sum, i) => sum + Math.max(0, -this.forces[i * n + first]), 0) * this.settings.eps,
    };
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

const [FEWEST, MOST] = [2, 60];

function onTangent(force, points, n, d) {
  for (let i = 0; i < n; i++) {
    let along = 0;
    for (let c = i * d; c < (i + 1) * d; c++) along += force[c] * points[c];
    for (let c = i * d; c < (i + 1) * d; c++) force[c] -= along * points[c];
  }
}

// Log of the mean of exp(−2·squared distance) over pairs (Wang & Isola, 2020).
function uniformityOf(z, n, d) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      let square = 0;
      for (let c = 0; c < d; c++) square += (z[i * d + c] - z[j * d + c]) ** 2;
      sum += Math.exp(-2 * square);
    }
  }
  return Math.log(sum / ((n * (n - 1)) / 2));
}

// Share of the circle (sphere) that lies no farther from a point than if each had an equal arc (cap) to itself.
function coverOf(z, n, d) {
  const near = d === 2 ? Math.cos(Math.PI / n) : 1 - 2 / n;
  let covered = 0;
  for (let k = 0; k < BINS; k++) {
    const at = d === 2 ? [Math.cos(((k + 0.5) / BINS) * 2 * Math.PI), Math.sin(((k + 0.5) / BINS) * 2 * Math.PI)] : fibonacci(k);
    for (let i = 0; i < n; i++) {
      let cosine = 0;
      for (let c = 0; c < d; c++) cosine += z[i * d + c] * at[c];
      if (cosine >= near - 1e-9) {
        covered += 1;
        break;
      }
    }
  }
  return covered / BINS;
}

// Directions spread evenly over the sphere.
function fibonacci(k) {
  const height = 1 - (2 * k + 1) / BINS;
  const turn = k * Math.PI * (3 - Math.sqrt(5));
  const width = Math.sqrt(1 - height * height);
  return [width * Math.cos(turn), width * Math.sin(turn), height];
}
