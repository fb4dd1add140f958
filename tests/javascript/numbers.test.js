import assert from "node:assert/strict";
import { test } from "node:test";

import { format, formatShort, formatTick, percent } from "../../gca_viz/ui/elements/shared/js/numbers.js";
import { randomNumbers } from "./support.js";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

// What a person reads, as a number again.
function read(text) {
  const [, digits, exponent] = text.replace("−", "-").match(/^(.*?)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?$/);
  const power = [...(exponent ?? "⁰")].map((c) => (c === "⁻" ? "-" : SUPERSCRIPTS.indexOf(c))).join("");
  return Number(digits) * 10 ** Number(power);
}

test("a number is read back within its last digit, whatever its size and sign", () => {
  const draw = randomNumbers();
  for (let k = 0; k < 2000; k++) {
    const value = (draw() < 0.5 ? -1 : 1) * 10 ** (14 * draw() - 7);
    assert.ok(Math.abs(read(format(value)) - value) <= 0.051 * Math.abs(value), `${value}: ${format(value)}`);
    assert.ok(Math.abs(read(formatShort(value)) - value) <= 0.51 * Math.abs(value) || Math.abs(value) < 1e-9);
  }
});

test("what is no number has a word, and a minus is a minus", () => {
  assert.equal(format(NaN), "excluded");
  assert.equal(format(-Infinity), "−∞");
  assert.equal(format(0), "0");
  assert.deepEqual([0.0123, 0.5, 1.5, 12.345, 123.45].map(format), ["0.0123", "0.500", "1.500", "12.35", "123.5"]);
  assert.equal(format(-2.5), "−2.500");
  assert.equal(format(-2.3e-4), "−2.3·10⁻⁴");
  assert.equal(formatShort(0.5), ".50");
  assert.equal(formatTick(-0.001, true), "−10⁻³");
  assert.equal(formatTick(0.30000000000000004, false), "0.3");
  assert.equal(percent(0.125), "13 %");
});
