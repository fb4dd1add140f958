import assert from "node:assert/strict";
import { test } from "node:test";

import { Model } from "../../gca_viz/ui/elements/board/js/model.js";
import { solved } from "../../gca_viz/ui/elements/board/js/solver.js";
import { penaltiesOf, problemOf } from "../../gca_viz/ui/elements/board/js/problem.js";
import { assertClose, fixture } from "./support.js";

const cases = fixture("solver");

// The board's model of a plan that the browser has solved.
function modelOf({ n, cost, partner, problem, settings }) {
  const blobs = {
    samples: { id: "samples", arrays: { partner: Uint32Array.from(partner) }, axes: ["i", "j"] },
    targets: { id: "targets", arrays: { cells0: new Uint32Array(0), mass0: new Float32Array(0) } },
    cost: { id: "cost", arrays: { cost: Float32Array.from(cost, (value) => (value < 0 ? Infinity : value)) } },
  };
  const empty = {
    id: "f",
    size: n,
    needs: { samples: "samples", cost: "cost", targets: "targets" },
    plans: [{ name: "P", target: 0, cost: 0, distance: 0, slope: { name: "gibbs" } }],
    arrays: { order: Uint32Array.from({ length: n }, (_, k) => k), marked: new Uint32Array(0) },
  };
  const { frames, cost: drawn } = solved(empty, blobs.cost, [problemOf(problem, settings)]);
  const model = new Model();
  assert.ok(model.load(frames, { get: (id) => ({ ...blobs, [drawn.id]: drawn })[id] }));
  return model;
}

test("plans, losses and top-1 are those of gca_viz.align: methods, kernels, holds, ε and iterations", () => {
  assert.ok(cases.length > 80);
  for (const given of cases) {
    const model = modelOf(given);
    assert.equal(model.last, given.last, given.name);
    for (const [step, plan] of Object.entries(given.plans)) {
      const found = Array.from(model.plan(0, Number(step)).values, (mass) => mass || 0);
      assertClose(found, plan, 1e-5, `${given.name}, step ${step}`);
    }
    const { loss, top1 } = model.plan(0, model.last);
    if (loss !== undefined) assertClose([loss, top1], [given.loss, given.top1], 1e-5, given.name);
  }
});

const words = (want) => modelOf(cases.find(want)).frames.plans[0].labels.slice(0, 3);

test("a place on the square is two penalties, none on an edge at 0 and a wall on one at 1", () => {
  assert.deepEqual(penaltiesOf([0.5, 0.8], { eps: "0.1" }), { lambda1: "0.1", lambda2: "0.4" });
  assert.deepEqual(penaltiesOf([1, 0], { eps: "0.07" }), { lambda1: "inf", lambda2: "0" });
  assert.deepEqual(penaltiesOf([0.95, 0.33], { eps: "0.0123" }), { lambda1: "0.2337", lambda2: "0.006058" });
});

test("each half step has its word", () => {
  assert.deepEqual(words(({ name }) => name.includes("gca-ince")), ["kernel", "row", "column"]);
  assert.deepEqual(words(({ name }) => name.includes("total")), ["kernel", "total"]);
  assert.deepEqual(words(({ name }) => name.includes("byol")), ["kernel"]);
});

test("half steps that leave a potential share its numbers", () => {
  const { frames, n } = modelOf(cases.find(({ name, last }) => name.includes("gca-ince") && last > 10));
  assert.equal(frames.arrays.pool.length / n, frames.plans[0].labels.length + 1);
});
