import assert from "node:assert/strict";
import { test } from "node:test";

import { powersAround, powersBelow, ticksAlong, ticksBetween } from "../../gca_viz/ui/elements/shared/js/ticks.js";
import { randomNumbers } from "./support.js";

// Whether a number is m · 10^k with m of these.
function isRound(value, factors) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return factors.some((factor) => Math.abs(value / power - factor) < 1e-6);
}

function stepsOf(ticks) {
  return ticks.slice(1).map((tick, k) => tick - ticks[k]);
}

test("between two ends: inside, equally far apart, by a round step, as many as there is room for", () => {
  const draw = randomNumbers();
  for (let k = 0; k < 2000; k++) {
    const low = (draw() - 0.5) * 10 ** (6 * draw() - 3);
    const high = low + 10 ** (6 * draw() - 3);
    const most = 2 + 12 * draw();
    const ticks = ticksBetween(low, high, most);
    const [first, ...others] = stepsOf(ticks);
    assert.ok(ticks.every((tick) => tick >= low && tick <= high), `${low} ${high}: ${ticks}`);
    // The step is at most 2.5 times as long as there is room for.
    assert.ok(ticks.length <= most + 1.01 && (ticks.length >= 1 || most < 2.51), `${ticks.length} of ${most}`);
    if (first === undefined) continue;
    assert.ok(isRound(first, [1, 2, 5]), `step ${first}`);
    // So that their texts never touch.
    assert.ok(first >= ((high - low) / Math.max(2, most)) * 0.999, `step ${first}`);
    for (const step of others) assert.ok(Math.abs(step - first) < 1e-6 * Math.max(first, Math.abs(low)), `${ticks}`);
  }
});

test("along a scale: an end that is round is on it, whatever its last bit", () => {
  assert.deepEqual(ticksAlong(0, 1, 10).map((tick) => Number(tick.toFixed(9))), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.equal(ticksAlong(0, 0.1 + 0.2, 10).at(-1).toFixed(9), "0.300000000");
  const signed = ticksAlong(-2, 2, 10);
  for (const tick of signed) assert.ok(signed.some((other) => other + tick === 0), `${tick}`);
});

test("powers of ten lie within the decades of the scale, and no more of them than there is room for", () => {
  for (const maximum of [3e-5, 0.0999, 0.1, 1, 7, 4321]) {
    for (const decades of [1, 3, 4, 7]) {
      for (const most of [2, 3, 6, 20]) {
        const powers = powersBelow(maximum, decades, most);
        assert.ok(powers.length <= most);
        for (const power of powers) {
          assert.ok(Math.abs(Math.log10(power) - Math.round(Math.log10(power))) < 1e-9);
          assert.ok(power <= maximum * (1 + 1e-6) && power >= (maximum / 10 ** decades) * (1 - 1e-6));
        }
      }
    }
  }
});

test("powers around 0 are even and have 0", () => {
  const ticks = powersAround(0.5, 4, 20);
  assert.ok(ticks.includes(0));
  // 0.5 and four decades: from 10⁻¹ down to 10⁻⁴, and the last is where 0 is.
  assert.deepEqual(ticks.filter((tick) => tick > 0).map((tick) => Math.round(Math.log10(tick))), [-1, -2, -3]);
  for (const tick of ticks) assert.ok(ticks.some((other) => other === -tick || (tick === 0 && other === 0)));
});
