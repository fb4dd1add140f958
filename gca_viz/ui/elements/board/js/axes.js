// What stands around a matrix: axis titles, and group strips, portraits or indices along the axes.
import { LEFT, place, seenIn, TOP } from "./geometry.js";
import { fit, label } from "./text.js";

const PORTRAIT_FROM = 18; // CSS pixels of a cell from which the samples themselves stand along the axes
const NAME_ROOM = 24; // CSS pixels that a block needs for its name
const INDEX_ROOM = 36; // CSS pixels between indices
const DOWNWARDS = -Math.PI / 2;

export function drawAxes(ctx, geometry, view, content, theme) {
  const { blocks, columnBlocks, axes, portrait } = content;
  const to = place(geometry, view);
  const gallery = to.cell >= PORTRAIT_FROM && drawPortraits(ctx, geometry, view, content, portrait);
  drawTitles(ctx, geometry, axes, gallery, theme);
  drawBlocks(ctx, geometry, view, blocks, columnBlocks, !gallery, theme);
  if (!blocks.length && !gallery) drawIndices(ctx, geometry, view, content, theme);
}

// Zoomed in far enough, the samples themselves stand along the axes; false without pictures.
function drawPortraits(ctx, geometry, view, { n, m }, portrait) {
  const to = place(geometry, view);
  const shown = seenIn(geometry, view);
  const size = Math.min(26, to.cell - 2);
  const fits = (at, from) => at > from - 3 && at + size < from + geometry.side + 3;
  let drawn = false;
  for (let j = Math.floor(shown.x); j < Math.min(m, shown.x + shown.across); j++) {
    const x = to.x(j + 0.5) - size / 2;
    if (fits(x, LEFT)) drawn = portrait(ctx, "columns", j, x, TOP - 11 - size, size);
  }
  for (let i = Math.floor(shown.y); i < Math.min(n, shown.y + shown.down); i++) {
    const y = to.y(i + 0.5) - size / 2;
    if (fits(y, TOP)) portrait(ctx, "rows", i, LEFT - 11 - size, y, size);
  }
  return drawn;
}

function drawTitles(ctx, { side }, axes, gallery, theme) {
  const [first, second] = [theme.view1, theme.view2].map((colour) => ({ weight: 600, size: 13, colour }));
  if (gallery) {
    label(ctx, theme, "j →", LEFT - 4, 9, { ...second, align: "right" });
    label(ctx, theme, "i ↓", 10, TOP - 8, first);
  } else {
    label(ctx, theme, `${axes[1]}  j →`, LEFT + side / 2, 7, second);
    label(ctx, theme, `← i  ${axes[0]}`, 7, TOP + side / 2, { ...first, turn: DOWNWARDS });
  }
}

function drawBlocks(ctx, geometry, view, blocks, columnBlocks, named, theme) {
  const to = place(geometry, view);
  const { x, y, across, down } = seenIn(geometry, view);
  const [namedAcross, namedDown] = [
    named && haveRoom(columnBlocks, x, across, to.width),
    named && haveRoom(blocks, y, down, to.height),
  ];
  for (const { start, end, text, colour } of columnBlocks) {
    const columns = seen(start, end, x, across, to.width);
    if (!columns) continue;
    ctx.fillStyle = colour;
    ctx.fillRect(to.x(columns.from), TOP - 9, Math.max(1, columns.room - 1), 5);
    if (namedAcross) label(ctx, theme, fit(ctx, theme, text, columns.room - 4), to.x(columns.middle), TOP - 18);
  }
  for (const { start, end, text, colour } of blocks) {
    const rows = seen(start, end, y, down, to.height);
    if (!rows) continue;
    ctx.fillStyle = colour;
    ctx.fillRect(LEFT - 9, to.y(rows.from), 5, Math.max(1, rows.room - 1));
    if (!namedDown) continue;
    label(ctx, theme, fit(ctx, theme, text, rows.room - 4), LEFT - 18, to.y(rows.middle), { turn: DOWNWARDS });
  }
}

// The part of a block that is on the screen, and its CSS pixels; null for none.
function seen(start, end, at, span, cell) {
  const from = Math.max(start, at);
  const till = Math.min(end, at + span);
  return till > from ? { from, middle: (from + till) / 2, room: (till - from) * cell } : null;
}

// Names only where most blocks have room for theirs; the legend names all.
function haveRoom(blocks, at, span, cell) {
  const rooms = blocks
    .map(({ start, end }) => (Math.min(end, at + span) - Math.max(start, at)) * cell - 4)
    .filter((room) => room > 0);
  return rooms.filter((room) => room > NAME_ROOM).length * 2 > rooms.length;
}

function strideOf(cell) {
  return [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((step) => step * cell >= INDEX_ROOM) ?? 2000;
}

function drawIndices(ctx, geometry, view, { n, m }, theme) {
  const { side } = geometry;
  const to = place(geometry, view);
  ctx.fillStyle = theme.line;
  for (let j = 0; j < m; j += strideOf(to.width)) {
    const x = to.x(j + 0.5);
    if (x < LEFT || x > LEFT + side) continue;
    ctx.fillRect(x - 0.5, TOP - 6, 1, 4);
    label(ctx, theme, String(j), x, TOP - 15, { size: 11 });
  }
  for (let i = 0; i < n; i += strideOf(to.height)) {
    const y = to.y(i + 0.5);
    if (y < TOP || y > TOP + side) continue;
    ctx.fillRect(LEFT - 6, y - 0.5, 4, 1);
    label(ctx, theme, String(i), LEFT - 15, y, { size: 11, turn: DOWNWARDS });
  }
}
