import assert from "node:assert/strict";
import { test } from "node:test";

import { blocksOf } from "../../gca_viz/ui/elements/board/js/blocks.js";
import { LEFT, place, seenIn, TOP } from "../../gca_viz/ui/elements/board/js/geometry.js";
import { layoutOf } from "../../gca_viz/ui/elements/board/js/layout.js";
import { spreadOf } from "../../gca_viz/ui/elements/board/js/marginal.js";
import { following, panned, wholeOf, zoomed } from "../../gca_viz/ui/elements/board/js/view.js";
import { PALETTE } from "../../gca_viz/ui/elements/shared/js/palette.js";
import { assertClose, randomNumbers } from "./support.js";

const N = 100;
const draw = randomNumbers();
const anyView = () => {
  const span = 4 + 96 * draw();
  return { x: (N - span) * draw(), y: (N - span) * draw(), span };
};

function assertInside({ x, y, span }) {
  for (const at of [x, y]) assert.ok(at >= -1e-9 && at + span <= N + 1e-9, `${at} + ${span}`);
}

test("whatever is done, the view stays within the matrix and square", () => {
  let view = wholeOf(N);
  for (let k = 0; k < 2000; k++) {
    const what = Math.floor(3 * draw());
    if (what === 0) view = zoomed(view, N, 0.3 + 3 * draw(), [draw(), draw()]);
    if (what === 1) view = panned(view, N, [200 * draw() - 100, 200 * draw() - 100]);
    if (what === 2) view = following(view, N, [Math.floor(N * draw()), Math.floor(N * draw())]);
    assertInside(view);
    assert.ok(view.span >= 4 - 1e-9);
  }
});

test("what is under the pointer stays there while it is enlarged", () => {
  for (let k = 0; k < 200; k++) {
    const view = anyView();
    const [across, down] = [draw(), draw()];
    const near = zoomed(view, N, 1 + draw(), [across, down]);
    assertClose(near.x + across * near.span, view.x + across * view.span, 1e-9);
    assertClose(near.y + down * near.span, view.y + down * view.span, 1e-9);
  }
});

test("a cell that is followed is seen as a whole, and one that was seen moves nothing", () => {
  for (let k = 0; k < 200; k++) {
    const view = anyView();
    const cell = [Math.floor(N * draw()), Math.floor(N * draw())];
    const { x, y, span } = following(view, N, cell);
    assert.ok(x <= cell[1] + 1e-9 && cell[1] + 1 <= x + span + 1e-9 && y <= cell[0] + 1e-9 && cell[0] + 1 <= y + span + 1e-9);
    assert.deepEqual(following({ x, y, span }, N, cell), { x, y, span });
  }
});

test("a place on the screen is in the cell that is drawn there", () => {
  const to = place({ side: 317 }, { x: 3.2, y: 8.7, span: 21.5 });
  for (let k = 9; k < 20; k++) {
    assert.equal(to.row(to.y(k + 0.5)), k);
    assert.equal(to.column(to.x(k + 0.5)), k);
  }
  assert.deepEqual([to.x(3.2), to.y(8.7)], [LEFT, TOP]);
});

test("panels fit beside each other, cells are whole device pixels where that wastes little, and a matrix fits the screen", () => {
  for (let k = 0; k < 500; k++) {
    const given = { count: 1 + Math.floor(4 * draw()), n: 2 + Math.floor(1022 * draw()), width: 320 + 1600 * draw() };
    const { columns, side, width, gap, ratio } = layoutOf({ ...given, screen: 900, most: 640, ratio: draw() < 0.5 ? 1 : 2 });
    assert.ok(columns >= 1 && columns <= given.count);
    assert.ok(columns * width + (columns - 1) * gap <= given.width + 2, JSON.stringify({ ...given, columns, width, gap }));
    assert.ok(side >= 100 && side <= 640);
    const pixels = (side * ratio) / given.n;
    assert.ok(Math.abs(pixels - Math.round(pixels)) < 1e-9 || pixels < 1 || Math.floor(pixels) / pixels <= 0.86);
  }
});

test("blocks follow each other, and one name has one colour", () => {
  const groups = [
    { label: "cat", size: 3, number: 4 },
    { label: "dog", size: 2, number: 1 },
    { label: "cat", size: 5, number: 4 },
  ];
  const blocks = blocksOf(groups, PALETTE.light);
  assert.deepEqual(blocks.map(({ start, end }) => [start, end]), [[0, 3], [3, 5], [5, 10]]);
  assert.equal(blocks[0].colour, PALETTE.light.classes[4]);
  assert.equal(blocks[2].colour, blocks[0].colour);
});

test("a bar of several rows says their mean and the one farthest from 0", () => {
  assert.deepEqual(spreadOf([9, 1, -4, 2, 9], 1, 4), { mean: -1 / 3, extreme: -4, several: true });
  assert.deepEqual(spreadOf([9, 1], 1, 2), { mean: 1, extreme: 1, several: false });
});

test("cells of N × M fill a square: a place in a cell is read back, and a column that is followed is seen", () => {
  const geometry = { side: 320, stretch: 16 / 64 };
  for (let k = 0; k < 200; k++) {
    const view = following({ x: 3, y: 2, span: 8 }, 16, [Math.floor(16 * draw()), Math.floor(64 * draw())], geometry.stretch);
    const { x, across, y, down } = seenIn(geometry, view);
    assert.deepEqual([across, down], [32, 8]);
    const to = place(geometry, view);
    const cell = [Math.floor(y + down * draw()), Math.floor(x + across * draw())];
    assert.deepEqual([to.row(to.y(cell[0] + 0.5)), to.column(to.x(cell[1] + 0.5))], cell);
    assertClose(to.width, 10, 1e-9);
    assertClose(to.height, 40, 1e-9);
  }
  const { x, across } = seenIn(geometry, following({ x: 0, y: 0, span: 4 }, 16, [0, 63], geometry.stretch));
  assert.ok(x <= 63 && x + across >= 64);
});
