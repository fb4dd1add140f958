import assert from "node:assert/strict";
import { test } from "node:test";

import { cornersOf, nearest, onwards, within } from "../../gca_viz/ui/elements/map/js/find.js";
import { Frame, WHOLE } from "../../gca_viz/ui/elements/map/js/frame.js";
import { mark } from "../../gca_viz/ui/elements/map/js/marks.js";
import { SvgContext } from "../../gca_viz/ui/elements/map/js/svg.js";
import { assertClose, randomNumbers } from "./support.js";

const draw = randomNumbers();
const places = Array.from({ length: 60 }, () => [400 * draw(), 300 * draw()]);
const frameOf = (view = WHOLE) => new Frame({ arrays: { places: Float32Array.from([0, 0, 2, 1, -1, 3]) } }, 640, 480, view);

test("a place on the screen and in the data are the same place, however it is zoomed and moved", () => {
  let frame = frameOf();
  for (let k = 0; k < 100; k++) {
    frame = frameOf(draw() < 0.5 ? frame.zoomed(0.5 + 1.5 * draw(), [640 * draw(), 480 * draw()]) : frame.panned(9, -4));
    const data = [3 * draw() - 1, 3 * draw()];
    assertClose(frame.data(...frame.screen(...data)), data, 1e-6);
  }
});

test("all points are seen at first, at one scale along both axes", () => {
  const frame = frameOf();
  const { box } = frame;
  for (const [x, y] of [[0, 0], [2, 1], [-1, 3]].map((place) => frame.screen(...place))) {
    assert.ok(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height);
  }
  const [a, b, c] = [[0, 0], [1, 0], [0, 1]].map((place) => frame.screen(...place));
  assertClose(b[0] - a[0], a[1] - c[1], 1e-9);
});

test("what is under the pointer stays there while the map is zoomed", () => {
  const frame = frameOf();
  const place = [200, 130];
  assertClose(frameOf(frame.zoomed(3, place)).data(...place), frame.data(...place), 1e-9);
});

test("the nearest point is the nearest, and none is out of reach", () => {
  for (let k = 0; k < 50; k++) {
    const at = [400 * draw(), 300 * draw()];
    const far = places.map(([x, y]) => Math.hypot(x - at[0], y - at[1]));
    const least = Math.min(...far);
    assert.equal(nearest(places, at, Infinity), far.indexOf(least));
    assert.equal(nearest(places, at, least), null);
  }
});

test("an arrow key goes its way, to each point and back within reach of a few keys", () => {
  const grid = Array.from({ length: 12 }, (_, k) => [50 * (k % 4), 50 * Math.floor(k / 4)]);
  assert.equal(onwards(grid, 5, [1, 0]), 6);
  assert.equal(onwards(grid, 5, [-1, 0]), 4);
  assert.equal(onwards(grid, 5, [0, 1]), 9);
  assert.equal(onwards(grid, 5, [0, -1]), 1);
  assert.equal(onwards(grid, 3, [1, 0]), 3, "nothing lies beyond the edge");
  assert.equal(onwards([[0, 0], [1, 3]], 0, [1, 0]), 0, "what lies rather below is not to the right");
});

test("a lasso holds what angles around each point say, convex or not", () => {
  const star = Array.from({ length: 10 }, (_, k) => {
    const [turn, far] = [(k * Math.PI) / 5, k % 2 ? 60 : 140];
    return [200 + far * Math.cos(turn), 150 + far * Math.sin(turn)];
  });
  for (const place of places) assert.equal(within(star, place), Math.abs(windings(star, place)) > 0.5);
});

// How often an outline goes around a place.
function windings(corners, [x, y]) {
  const turns = corners.map(([a, b], k) => {
    const [c, d] = corners.at(k - 1);
    const turn = Math.atan2(b - y, a - x) - Math.atan2(d - y, c - x);
    return turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
  });
  return turns.reduce((sum, turn) => sum + turn) / (2 * Math.PI);
}

test("a box holds what lies between its corners, whichever was first", () => {
  for (const trail of [[[90, 40], [5, 9], [310, 220]], [[310, 220], [90, 40]]]) {
    const corners = cornersOf("box", trail);
    for (const [x, y] of places) {
      assert.equal(within(corners, [x, y]), x > 90 && x < 310 && y > 40 && y < 220);
    }
  }
});

test("an SVG has what was drawn, as well-formed text, with every group closed", () => {
  const ctx = new SvgContext(100, 50);
  ctx.save();
  ctx.translate(3, 4);
  ctx.rotate(Math.PI / 2);
  ctx.fillText('a < b & "c"', 1, 2);
  ctx.restore();
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, 10, 10);
  ctx.clip();
  for (let shape = 0; shape < 5; shape++) mark(ctx, shape, 20, 20, 5, shape % 2 === 1, "#123456");
  ctx.restore();
  const text = ctx.toString();
  assert.ok(text.includes("a &#60; b &#38; &#34;c&#34;"));
  assert.ok(text.indexOf("</g></g>") < text.indexOf("<clipPath"), "at its own restore");
  assert.equal(text.match(/<g /g).length, text.match(/<\/g>/g).length);
  assert.equal(text.match(/<path d="M/g).length, 1 + 5);
  assert.ok(text.includes('rotate(90)') && text.includes('viewBox="0 0 100 50"'));
});

test("what is drawn within save and restore leaves no style behind", () => {
  const ctx = new SvgContext(10, 10);
  ctx.fillStyle = "#111111";
  ctx.save();
  ctx.fillStyle = "#222222";
  ctx.globalAlpha = 0.3;
  ctx.restore();
  assert.equal(ctx.fillStyle, "#111111");
  assert.equal(ctx.globalAlpha, 1);
});
