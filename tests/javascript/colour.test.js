import assert from "node:assert/strict";
import { test } from "node:test";

import { classColour, css, hex, onGround, ramp } from "../../gca_viz/ui/elements/shared/js/colour.js";
import { PALETTE } from "../../gca_viz/ui/elements/shared/js/palette.js";
import { ColourScale } from "../../gca_viz/ui/elements/shared/js/scale.js";
import { fixture, randomNumbers } from "./support.js";

const theme = { ...PALETTE.light, dark: false };
const parts = (packed) => [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];

function scaleOf(options) {
  return new ColourScale({ kind: "mass", log: false, decades: 4, maximum: 1, palette: "viridis", theme, ...options });
}

function painted(scale, values) {
  const image = { data: new Uint8ClampedArray(4 * values.length) };
  scale.paint(Float32Array.from(values), image);
  return [...new Uint32Array(image.data.buffer)];
}

test("ramps are those of Python, colour by colour", () => {
  for (const [name, wanted] of Object.entries(fixture("colour"))) {
    // Half a step may be rounded either way.
    [...ramp(name)].forEach((packed, k) => {
      parts(packed).forEach((part, c) => assert.ok(Math.abs(part - wanted[k][c]) <= 1, `${name} ${k}`));
    });
  }
});

test("a colour is written as CSS reads it", () => {
  assert.deepEqual(hex("#0072B2"), [0, 114, 178]);
  assert.equal(css(ramp("viridis")[0]), "rgb(68,1,84)");
});

test("classes repeat their colours after the last, and what has none is grey", () => {
  const count = theme.classes.length;
  assert.equal(classColour(theme, count + 3), theme.classes[3]);
  assert.equal(classColour(theme, -1), theme.grey);
});

test("on a dark ground a colour of the table has its counterpart, others stay", () => {
  const dark = { ...PALETTE.dark, dark: true };
  PALETTE.light.classes.forEach((colour, k) => assert.equal(onGround(dark, colour), PALETTE.dark.classes[k]));
  assert.equal(onGround(dark, "#123456"), "#123456");
  assert.equal(onGround(theme, theme.view1), theme.view1);
});

test("the table paints each value within 0.2 % of it, linear or logarithmic", () => {
  const draw = randomNumbers();
  for (const options of [{}, { log: true }, { kind: "cost", minimum: 0.2, maximum: 2 }, { kind: "signed", maximum: 0.5 }]) {
    const scale = scaleOf(options);
    const values = Array.from({ length: 2000 }, () => (draw() - (options.kind === "signed" ? 0.5 : 0)) * 2 ** (-12 * draw()));
    painted(scale, values).forEach((packed, k) => {
      const near = [0.998, 1, 1.002].map((factor) => scale.colour(values[k] * factor));
      assert.ok(near.includes(packed) || between(scale, packed, values[k]), `${JSON.stringify(options)} ${values[k]}`);
    });
  }
});

// The colour of some value within 0.2 %.
function between(scale, packed, value) {
  return Array.from({ length: 41 }, (_, k) => 0.998 + k * 1e-4).some((factor) => scale.colour(value * factor) === packed);
}

test("0 has the first colour, the maximum and all beyond it the last, NaN the excluded one", () => {
  for (const log of [false, true]) {
    const scale = scaleOf({ log, maximum: 0.25 });
    const [zero, most, more, none] = painted(scale, [0, 0.251, 7, NaN]);
    assert.equal(zero, scale.ramp[0]);
    assert.equal(most, scale.ramp[255]);
    assert.equal(more, scale.ramp[255]);
    assert.equal(css(none), css(scale.excluded));
    assert.deepEqual(parts(none), hex(theme.excluded));
  }
});

test("a signed scale is even: a value and its opposite lie as far from the middle", () => {
  for (const log of [false, true]) {
    const scale = scaleOf({ kind: "signed", log, maximum: 2 });
    assert.equal(scale.position(0), 0.5);
    for (const value of [1e-5, 0.01, 0.3, 2, 9]) {
      assert.ok(Math.abs(scale.position(value) + scale.position(-value) - 1) < 1e-12);
      assert.ok(scale.position(value) >= 0.5);
    }
  }
});

test("a value has one colour, whatever was painted before it", () => {
  const draw = randomNumbers();
  const values = Array.from({ length: 500 }, () => 2 ** (-12 * draw()));
  const scale = scaleOf({ log: true });
  const first = painted(scale, values);
  assert.deepEqual(painted(scale, values), first);
  assert.deepEqual(values.flatMap((value) => painted(scaleOf({ log: true }), [value])), first);
});

test("the table of a scale is made when something is painted, not before", () => {
  const scale = scaleOf({});
  scale.position(0.3);
  scale.colour(0.3);
  scale.ticks(300);
  assert.equal(scale.colours, undefined);
  painted(scale, [0.3]);
  assert.equal(scale.colours.length, 131_072);
});
