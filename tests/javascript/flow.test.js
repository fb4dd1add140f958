import assert from "node:assert/strict";
import { test } from "node:test";

import { crowdOf } from "../../gca_viz/ui/elements/toy/js/crowd.js";
import { FEWEST, MOST, World } from "../../gca_viz/ui/elements/toy/js/flow.js";
import { coverOf, uniformityOf } from "../../gca_viz/ui/elements/toy/js/measures.js";
import { assertClose, fixture } from "./support.js";

const { settings: defaults } = fixture("maths")[0];
const settingsOf = (own) => ({ ...defaults, alpha: 0, beta: 0, ...own });
const lengths = (z, d) => Array.from({ length: z.length / d }, (_, i) => Math.hypot(...z.subarray(i * d, (i + 1) * d)));

test("a seed makes the same points every time, another one others, all on the circle or the sphere", () => {
  for (const [space, d] of [["circle", 2], ["sphere", 3]]) {
    const settings = settingsOf({ space, seed: 5 });
    const [first, again, other] = [settings, settings, { ...settings, seed: 6 }].map(crowdOf);
    assert.deepEqual(first, again);
    assert.notDeepEqual(first.z1, other.z1);
    assert.equal(first.d, d);
    for (const z of [first.z1, first.z2]) assertClose(lengths(z, d), new Float64Array(first.n).fill(1), 1e-12);
  }
});

test("small steps along the flow lower the loss, and keep the points where they belong", () => {
  for (const method of ["ince", "clip", "gca-ince", "gca-uot", "rince"]) {
    const world = new World(settingsOf({ method, n: 12, rate: 0.05, lambda: 0.3, seed: 3 }));
    for (let k = 0; k < 40; k++) world.step();
    const { losses } = world;
    for (let k = 1; k < losses.length; k++) assert.ok(losses[k] <= losses[k - 1] + 1e-9, `${method} at ${k}`);
    assertClose(lengths(world.z2, world.d), new Float64Array(12).fill(1), 1e-9);
    assert.equal(losses.length, 41);
  }
});

test("forces lie along the circle", () => {
  const world = new World(settingsOf({ n: 10, space: "sphere" }));
  const { pull, push } = world.pushes(0);
  for (const part of [pull, push]) {
    for (let i = 0; i < world.n; i++) {
      let along = 0;
      for (let c = 3 * i; c < 3 * i + 3; c++) along += part[c] * world.z1[c];
      assert.ok(Math.abs(along) < 1e-9);
    }
  }
});

test("a corrupted view stays where it is", () => {
  const world = new World(settingsOf({ n: 8, outliers: 2 }));
  const before = Array.from(world.z2);
  for (let k = 0; k < 5; k++) world.step();
  assert.deepEqual(Array.from(world.z2.subarray(0, 4)), before.slice(0, 4));
  assert.notDeepEqual(Array.from(world.z2.subarray(4)), before.slice(4));
  assert.ok(Number.isFinite(world.measures().corruptedMass));
});

test("pairs come and go within their bounds", () => {
  const world = new World(settingsOf({ n: MOST - 1 }));
  assert.equal(world.add([0.3, 0.4]), MOST - 1);
  assert.equal(world.add([1, 0]), null);
  assert.equal(world.n, MOST);
  while (world.n > FEWEST) assert.ok(world.remove(0));
  assert.equal(world.remove(0), false);
  assert.equal(world.plan.length, FEWEST ** 2);
});

test("points spread evenly cover everything, points on a heap only their own share", () => {
  const even = Float64Array.from({ length: 20 }, (_, k) => [Math.cos, Math.sin][k % 2]((Math.floor(k / 2) * 2 * Math.PI) / 10));
  const heap = Float64Array.from({ length: 20 }, (_, k) => (k % 2 ? 0 : 1));
  assert.equal(coverOf(even, 10, 2), 1);
  assertClose(coverOf(heap, 10, 2), 0.1, 0.01);
  assert.equal(uniformityOf(heap, 10, 2), 0);
  assert.ok(uniformityOf(even, 10, 2) < -1);
  // Two opposite points: the log of exp(−2 · 2²).
  assertClose(uniformityOf(Float64Array.from([1, 0, -1, 0]), 2, 2), -8, 1e-12);
});
