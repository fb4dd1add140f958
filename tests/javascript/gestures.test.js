import assert from "node:assert/strict";
import { test } from "node:test";

import { EDGE, SIDE, snap, x, y } from "../../gca_viz/ui/elements/square/geometry.js";
import { later } from "../../gca_viz/ui/elements/shared/js/clock.js";
import { Fingers, wheelFactor } from "../../gca_viz/ui/elements/shared/js/fingers.js";
import { assertClose } from "./support.js";

test("a time is later than any before, even than one that is yet to come", () => {
  const ahead = Date.now() + 1e6;
  assert.equal(later(ahead), ahead + 1);
  assert.ok(later(0) >= Date.now() - 1000);
});

test("a press that wanders counts its way; one that is not down tells nothing", () => {
  const fingers = new Fingers();
  assert.equal(fingers.move(1, [5, 5]), null);
  fingers.press(1, [0, 0]);
  assert.deepEqual(fingers.move(1, [3, 4]), [3, 4]);
  assert.deepEqual(fingers.move(1, [3, 4]), [0, 0]);
  assert.equal(fingers.travel, 5);
  assert.equal(fingers.pinch(), null);
  assert.equal(fingers.lift(1), true);
  assert.equal(fingers.lift(1), false);
});

test("two fingers zoom by how much farther apart they are, and move by their middle", () => {
  const fingers = new Fingers();
  fingers.press(1, [0, 0]);
  fingers.press(2, [10, 0]);
  assert.equal(fingers.several, true);
  assert.equal(fingers.pinch(), null, "only now it is known how they stand");
  fingers.move(2, [20, 0]);
  assert.deepEqual(fingers.pinch(), { way: [5, 0], factor: 2, middle: [10, 0] });
  fingers.lift(2);
  assert.equal(fingers.several, true, "what is left is no click");
  fingers.press(3, [0, 0]);
  fingers.lift(1);
  fingers.lift(3);
  fingers.press(1, [0, 0]);
  assert.equal(fingers.several, false);
});

test("the wheel zooms in and out by the same, and never by a leap", () => {
  assertClose(wheelFactor({ deltaY: 30 }) * wheelFactor({ deltaY: -30 }), 1, 1e-12);
  assert.equal(wheelFactor({ deltaY: -1e6 }), wheelFactor({ deltaY: -60 }));
  assert.ok(wheelFactor({ deltaY: -1 }) > 1);
});

test("the dot of the square snaps to its edges, and to hundredths between", () => {
  assert.deepEqual([0, 0.03, 0.97, 1].map(snap), [0, 0, 1, 1]);
  assert.equal(snap(0.5049), 0.5);
  assert.deepEqual([x(0), x(1), y(0), y(1)], [EDGE, EDGE + SIDE, EDGE + SIDE, EDGE]);
});
