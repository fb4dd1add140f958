import assert from "node:assert/strict";
import { test } from "node:test";

import { halfSteps } from "../../gca_viz/ui/elements/shared/js/sinkhorn.js";
import { aligned, costOf, planOf, sumsOf, targetOf } from "../../gca_viz/ui/elements/toy/js/maths.js";
import { assertClose, fixture } from "./support.js";

const n = 6;
const problems = fixture("maths").map((problem) => {
  const cost = costOf(problem.z1, problem.z2, n, 3);
  const target = targetOf(problem.domains, problem.settings.alpha, problem.settings.beta);
  return { ...problem, cost, target, name: `${problem.settings.method}, α ${problem.settings.alpha}` };
});

test("plan and loss are those of gca_viz.transport, for every method, with and without a prior", () => {
  assert.equal(problems.length, 12);
  for (const { cost, target, settings, plan, loss, name } of problems) {
    const found = aligned(cost, target, n, settings);
    assertClose(found.plan, plan, 1e-6, name);
    assertClose(found.loss, loss, 1e-6, name);
  }
});

test("forces are those of gca_viz.transport", () => {
  for (const { cost, target, settings, forces, name } of problems) {
    assertClose(aligned(cost, target, n, settings).forces, forces, 1e-5, name);
  }
});

test("forces are the gradient of the loss in the cost", () => {
  const by = 1e-5;
  for (const { cost, target, settings, name } of problems) {
    const { forces } = aligned(cost, target, n, settings);
    const slopes = Array.from(cost, (value, k) => {
      const [up, down] = [by, -by].map((step) => {
        const moved = Float64Array.from(cost);
        moved[k] = value + step;
        return aligned(moved, target, n, settings).loss;
      });
      return (n * (up - down)) / (2 * by);
    });
    assertClose(forces, slopes, 1e-5, name);
  }
});

test("each row of a target has sum 1", () => {
  for (const { target } of problems) assertClose(sumsOf(target, n).rows, new Float64Array(n).fill(1), 1e-12);
});

test("an odd half step makes the rows sum to 1, an even one the columns", () => {
  const { cost } = problems[0];
  const score = cost.map((value) => -value / 0.05);
  const ones = new Float64Array(n).fill(1);
  halfSteps(score, n, [1, 1, 6]).forEach((state, t) => {
    if (t) assertClose(sumsOf(planOf(score, n, state), n)[t % 2 ? "rows" : "columns"], ones, 1e-9, `step ${t}`);
  });
});

test("the smallest ε breaks nothing", () => {
  const { cost, target, settings } = problems.find((problem) => problem.settings.method === "gca-ince");
  const { plan, loss, forces } = aligned(cost, target, n, { ...settings, eps: 1e-4 });
  for (const value of [...plan, loss, ...forces]) assert.ok(Number.isFinite(value));
});
