import assert from "node:assert/strict";
import { test } from "node:test";

import { marginals } from "../../gca_viz/ui/elements/board/js/arrays.js";
import { addGibbs, Model } from "../../gca_viz/ui/elements/board/js/model.js";
import { assertClose, fixture } from "./support.js";

const given = fixture("model");
const { n } = given;
const cost = Float32Array.from(given.cost, (value) => (value < 0 ? Infinity : value));
const cells = (matrix) => matrix.flat();

// A plan that is the mean of two, each with three half steps; `other` has another cost, with nothing excluded.
function loaded() {
  const steps = [0, 1, 2];
  const parts = [0, 1].map((part) => ({ f: steps.map((t) => 3 * part + t), g: steps.map((t) => 6 + 3 * part + t) }));
  const plan = { name: "P", epsilon: given.epsilon, cost: 0, distance: 0, target: 0, labels: ["", "rows", "columns"], parts };
  const other = { ...plan, name: "Q", cost: 1, distance: 1, labels: ["", "rows"] };
  const blobs = {
    samples: { id: "s", arrays: { partner: Uint32Array.from(given.partner) }, axes: ["i", "j"] },
    cost: { id: "c", arrays: { cost: Float32Array.from([...cost, ...cost.map((v) => (v === Infinity ? 1 : v))]) } },
    targets: {
      id: "t",
      arrays: {
        cells0: Uint32Array.from(given.partner, (partner, row) => row * n + partner),
        mass0: new Float32Array(n).fill(1),
      },
    },
  };
  const frames = {
    needs: { samples: "samples", cost: "cost", targets: "targets" },
    size: n,
    plans: [plan, other],
    plansId: "p",
    arrays: {
      order: Uint32Array.from(given.order),
      marked: new Uint32Array(0),
      pool: Float32Array.from([...given.f, ...given.g].flat()),
    },
  };
  const model = new Model();
  assert.ok(model.load(frames, { get: (name) => blobs[name] }));
  return model;
}

test("a plan is exp((f + g − C)/ε) of numpy, in display order, at every half step", () => {
  const model = loaded();
  for (const step of [0, 1, 2]) {
    const drawn = Array.from(model.plan(0, step).values, (value) => (Number.isNaN(value) ? 0 : value));
    assertClose(drawn, cells(given.plans[step]), 1e-5, `step ${step}`);
  }
});

test("weights weigh the loss, and the cost shown may be another than the one drawn", () => {
  const model = loaded();
  const plain = model.plan(0, 2);
  const before = model.costs(0).values;
  const mass = Float32Array.from({ length: n }, (_, k) => (k === 1 ? 0 : 1 + k));
  model.frames.arrays.rowMass0 = mass;
  model.frames.plans[0].distance = 1;
  model.cache.clear();
  const { loss, values } = model.plan(0, 2);
  assertClose(Array.from(values, (v) => v || 0), Array.from(plain.values, (v) => v || 0), 1e-6);
  let [expected, sum] = [0, 0];
  for (let i = 0; i < n; i++) {
    const weight = mass[model.order[i]];
    sum += weight;
    // The plan is a mean of two, whose losses are averaged: of one half step both potentials are known.
    for (const part of model.frames.plans[0].parts) {
      const [f, g] = [model.potential(part, "f", 2), model.potential(part, "g", 2)];
      const log = (f[i] + g[model.partner[i]] - model.cost(0)[i * n + model.partner[i]]) / given.epsilon;
      if (weight > 0) expected += (weight * (Math.log(weight) - log)) / 2;
    }
  }
  assertClose(loss, expected / sum, 1e-6);
  const shown = model.costs(0).values;
  assert.ok(shown.every((v, k) => Number.isNaN(before[k]) === Number.isNaN(v)));
  assert.deepEqual(Array.from(shown.filter((v) => !Number.isNaN(v))), Array.from(before.filter((v) => !Number.isNaN(v))));
});

test("loss and top-1 are those of numpy, sums those of the matrix", () => {
  const model = loaded();
  for (const step of [0, 1, 2]) {
    const { loss, top1, rows, columns, total } = model.plan(0, step);
    assertClose(loss, given.losses[step], 1e-5);
    assert.equal(top1.toFixed(9), given.top1[step].toFixed(9));
    assertClose(rows, given.plans[step].map((row) => row.reduce((a, b) => a + b)), 1e-5);
    assertClose(columns, given.plans[step][0].map((_, j) => given.plans[step].reduce((sum, row) => sum + row[j], 0)), 1e-5);
    assertClose(total, [...rows].reduce((a, b) => a + b), 1e-12);
  }
});

test("an excluded cell is NaN in plan, kernel and target alike", () => {
  const model = loaded();
  const place = model.place[2] * n + model.place[5];
  assert.deepEqual(model.forbidden(0), [place]);
  for (const { values } of [model.plan(0, 1), model.kernel(0), model.target(0)]) {
    assert.deepEqual([...values.keys()].filter((k) => Number.isNaN(values[k])), [place]);
  }
});

test("the target stands where Python put it", () => {
  const values = Array.from(loaded().target(0).values, (value) => (Number.isNaN(value) ? 0 : value));
  const wanted = cells(given.target);
  const excluded = values.findIndex((value, k) => value !== wanted[k]);
  assert.ok(excluded === -1 || wanted[excluded] === 1, "only the excluded cell may differ");
});

test("a plan that ends early holds its last half step", () => {
  const model = loaded();
  assert.deepEqual(model.plan(1, 2).values, model.plan(1, 1).values);
});

test("of two plans, what one excludes is the other's in their difference", () => {
  const model = loaded();
  const difference = model.panel({ kind: "difference", plan: 0, minus: 1 }, 1).values;
  const [p, q] = [model.plan(0, 1).values, model.plan(1, 1).values];
  const [place] = model.forbidden(0);
  difference.forEach((value, k) => assertClose(value, k === place ? -q[k] : p[k] - q[k], 1e-6));
});

test("equal cells share the first place, so that a uniform plan has top-1 of 1/N", () => {
  assertClose(loaded().top1(new Float32Array(n * n).fill(0.1)), 1 / n, 1e-12);
});

test("no mass where the cost is infinite or a potential is minus infinity", () => {
  const out = new Float32Array(4);
  addGibbs(out, Float32Array.from([0, Infinity, 0, 0]), [0, -Infinity], [0, 0], 0.1, 1);
  assert.deepEqual([...out], [1, 0, 0, 0]);
});

test("marginals leave out what is excluded, and know the size of what is negative", () => {
  const { rows, columns, total, largest, size } = marginals(Float32Array.from([1, -2, NaN, 0.5]), 2);
  assert.deepEqual([...rows], [-1, 0.5]);
  assert.deepEqual([...columns], [1, -1.5]);
  assert.deepEqual([total, largest, size], [-0.5, 2, 3.5]);
});

test("a matrix of more columns than rows has an order of its own along each side, and rows without partner no loss", () => {
  const [rows, columns, epsilon] = [2, 3, 0.5];
  const [f, g] = [[0.1, -0.2], [0.3, 0, -0.1]];
  const costs = [[0.2, 1, 1.5], [0.7, 0.1, 0.4]];
  const said = [[0, 1], [2, 0, 1]];
  const nobody = 2 ** 32 - 1;
  const read = (partner) => {
    const plan = { name: "P", epsilon, cost: 0, distance: 0, target: 0, labels: ["row"], parts: [{ f: [0], g: [1] }] };
    const blobs = {
      samples: { id: "s", arrays: { partner: Uint32Array.from(partner) }, axes: ["i", "j"] },
      cost: { id: "c", arrays: { cost: Float32Array.from(cells(costs)) } },
      targets: { id: "t", arrays: { cells0: Uint32Array.from([1, 3]), mass0: Float32Array.from([0.5, 2]) } },
    };
    const arrays = {
      order: Uint32Array.from(said[0]),
      columnOrder: Uint32Array.from(said[1]),
      marked: Uint32Array.from([1]),
      markedColumns: Uint32Array.from([0, 2]),
      pool: Float32Array.from([...f, 0, ...g]),
    };
    const frames = { needs: { samples: "samples", cost: "cost", targets: "targets" }, size: rows, columns, plans: [plan], plansId: "p", arrays };
    const model = new Model();
    assert.ok(model.load(frames, { get: (name) => blobs[name] }));
    return model;
  };
  const model = read([0, 1]);
  const wanted = said[0].map((i) => said[1].map((j) => Math.exp((f[i] + g[j] - costs[i][j]) / epsilon)));
  const { values, loss, top1, ...sums } = model.plan(0, 0);
  assertClose([...values], cells(wanted), 1e-6);
  assertClose([...sums.columns], said[1].map((_, j) => wanted[0][j] + wanted[1][j]), 1e-6);
  assertClose(loss, -(Math.log(wanted[0][1]) + Math.log(wanted[1][2])) / 2, 1e-6);
  assert.equal(top1, 1);
  assert.deepEqual([...model.target(0).values], [0, 0, 0.5, 0, 2, 0]);
  assert.deepEqual([[...model.marked], [...model.markedColumns].sort(), model.originals([1, 0])], [[1], [0, 1], [1, 2]]);
  const alone = read([nobody, nobody]);
  assert.equal(alone.plan(0, 0).loss, undefined);
  assert.equal(alone.plan(0, 0).top1, undefined);
  assert.ok(Number.isNaN(alone.costs(0).partners));
  assertClose([...alone.plan(0, 0).values], cells(wanted), 1e-6);
});
