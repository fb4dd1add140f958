import assert from "node:assert/strict";
import { test } from "node:test";

import { addCut } from "../../gca_viz/ui/elements/board/js/model.js";
import { assertClose, fixture } from "./support.js";

test("cells of a sparse plan are those of Python, with zeros where it has them", () => {
  const { cost, f, g, mass, epsilon, plan } = fixture("cut");
  const out = new Float64Array(plan.length);
  addCut(out, cost, f, g, epsilon, mass);
  assertClose(Array.from(out), plan, 1e-9);
  const zeros = plan.filter((value) => value === 0).length;
  assert.ok(zeros > 0 && zeros === out.filter((value) => value === 0).length);
});
