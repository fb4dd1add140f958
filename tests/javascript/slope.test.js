import assert from "node:assert/strict";
import { test } from "node:test";

import { addSlope, SLOPES } from "../../gca_viz/ui/elements/board/js/slope.js";
import { assertClose, fixture } from "./support.js";

const given = fixture("slope");

test("every kernel of Python has its slope here, and no other", () => {
  assert.deepEqual(Object.keys(SLOPES), given.map(({ slope }) => slope.name));
});

for (const { slope, cost, residual, epsilons, force } of given) {
  test(`the force of the kernel ${slope.name} is that of Python`, () => {
    assertClose(addSlope(residual, cost, epsilons, slope), force, 1e-9);
  });
}
