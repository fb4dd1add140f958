import assert from "node:assert/strict";
import { test } from "node:test";

import { summaryOf } from "../../gca_viz/ui/elements/board/js/summary.js";
import { fill } from "../../gca_viz/ui/elements/toy/js/words.js";

test("a notice has the numbers of now and of the start; a name that nobody knows stays", () => {
  const world = { n: 9, steps: 40, converged: true, start: { loss: 2, pairMass: 0.1, corruptedAngle: 170.4 } };
  const now = { loss: 0.5, pairMass: 0.956, corruptedAngle: 12.6 };
  const text = "[[n]] pairs: [[loss0]] → [[loss]], [[pairMass]], [[corruptedAngle]] of [[corruptedAngle0]]; [[ending]] [[who]]";
  assert.equal(fill(text, now, world), "9 pairs: 2.000 → 0.500, 96 %, 13° of 170°; converged [[who]]");
  assert.equal(fill("[[ending]]", now, { ...world, converged: false }), "stopped");
});

const model = { n: 10, m: 10, frames: { plans: [{}, { cut: true }] }, held: (_, t) => Math.min(t, 3), forbidden: () => [1, 2] };
const said = (spec, data, t) => summaryOf(spec, data, model, t).map(({ name, value }) => `${name} ${value}`);

test("over a plan stand its mass, its loss and top-1, and where it ended", () => {
  const plan = { kind: "plan", plan: 0 };
  assert.deepEqual(said(plan, { total: 10, loss: 1.5, top1: 0.05 }, 2), ["pair loss 1.500", "mass 10.00", "row top-1 5.0 %"]);
  assert.deepEqual(said(plan, { total: 128, loss: 1.5, top1: 1 }, 5), ["t 3", "pair loss 1.500", "mass 128.0", "row top-1 100 %"]);
  assert.deepEqual(said(plan, { total: 10 }, 0), ["mass 10.00"]);
  assert.deepEqual(said({ kind: "plan", plan: 1 }, { total: 10 }, 5), ["mass 10.00"], "a sparse plan has no half steps");
});

test("over a cost stands the mean of the cells that are not excluded", () => {
  assert.deepEqual(said({ kind: "cost", plan: 0 }, { total: 98, partners: 0.25 }, 0), ["mean 1.000", "of partners 0.250"]);
});

test("over a difference stands half its size, so that two plans that share nothing have their mass", () => {
  assert.deepEqual(said({ kind: "difference" }, { size: 4 }, 0), ["½Σ|ΔP| 2.000"]);
  assert.deepEqual(said({ kind: "residual" }, { size: 4 }, 0), ["½Σ|T − P| 2.000"]);
});
