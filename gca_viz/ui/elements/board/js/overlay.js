// What moves over a matrix: cross-hair, picked cell, and the images of both. White on a dark halo reads on every ramp;
// the tabs on the axes carry the colours of the views.
import { LEFT, NUMBERED, place, seenIn, TOP } from "./geometry.js";
import { fillTriangle } from "./shapes.js";

const IMAGE = 30; // CSS pixels

export function drawOverlay(ctx, geometry, view, { hover, pick, thumbnails }, theme) {
  const { x, y, across, down } = seenIn(geometry, view);
  const isSeen = (cell) => cell && cell[0] + 1 > y && cell[0] < y + down && cell[1] + 1 > x && cell[1] < x + across;
  if (isSeen(pick)) drawPick(ctx, geometry, view, pick, theme);
  if (isSeen(hover)) drawCrossHair(ctx, geometry, view, hover, theme);
  const end = hover ?? pick;
  if (thumbnails && isSeen(end)) drawImages(ctx, geometry, view, end, thumbnails, theme);
}

function drawPick(ctx, geometry, view, [i, j], theme) {
  const to = place(geometry, view);
  drawTabs(ctx, geometry, view, [i, j], 7, theme);
  ctx.save();
  clip(ctx, geometry.side, 9);
  for (const [width, colour] of [
    [4.5, "rgba(8,10,16,.85)"],
    [2, "#ffffff"],
  ]) {
    begin(ctx, width, colour);
    if (to.cell >= 10) ctx.rect(to.x(j), to.y(i), to.width, to.height);
    else ctx.arc(to.x(j + 0.5), to.y(i + 0.5), 7, 0, 2 * Math.PI);
    ctx.stroke();
  }
  ctx.restore();
}

function drawCrossHair(ctx, geometry, view, [i, j], theme) {
  const { cell } = place(geometry, view);
  ctx.save();
  clip(ctx, geometry.side, 0);
  for (const [width, colour] of [
    [3, "rgba(8,10,16,.55)"],
    [1, "rgba(255,255,255,.95)"],
  ]) {
    begin(ctx, width, colour);
    // Lines through the middle would strike out the numbers.
    if (cell >= NUMBERED) bands(ctx, geometry, view, [i, j]);
    else lines(ctx, geometry, view, [i, j]);
    ctx.stroke();
  }
  ctx.restore();
  drawTabs(ctx, geometry, view, [i, j], 6, theme);
}

// Around the whole row and column.
function bands(ctx, geometry, view, [i, j]) {
  const { side } = geometry;
  const to = place(geometry, view);
  ctx.rect(LEFT - 2, to.y(i), side + 4, to.height);
  ctx.rect(to.x(j), TOP - 2, to.width, side + 4);
}

// Through the middle of row and column, clear of the cell itself.
function lines(ctx, geometry, view, [i, j]) {
  const { side } = geometry;
  const to = place(geometry, view);
  const [x, y] = [to.x(j + 0.5), to.y(i + 0.5)];
  const [across, down] = [to.width, to.height].map((size) => Math.max(4, size / 2));
  for (const [from, till] of [
    [[LEFT, y], [x - across, y]],
    [[x + across, y], [LEFT + side, y]],
    [[x, TOP], [x, y - down]],
    [[x, y + down], [x, TOP + side]],
  ]) {
    ctx.moveTo(...from);
    ctx.lineTo(...till);
  }
  if (to.cell >= 8) ctx.rect(to.x(j), to.y(i), to.width, to.height);
}

// Triangles at the axes, on the row and on the column.
function drawTabs(ctx, geometry, view, [i, j], size, theme) {
  const { side } = geometry;
  const to = place(geometry, view);
  const y = Math.max(TOP, Math.min(TOP + side, to.y(i + 0.5)));
  const x = Math.max(LEFT, Math.min(LEFT + side, to.x(j + 0.5)));
  fillTriangle(ctx, theme.view1, [LEFT - 1, y], [LEFT - 1 - size, y - size * 0.7], [LEFT - 1 - size, y + size * 0.7]);
  fillTriangle(ctx, theme.view2, [x, TOP - 1], [x - size * 0.7, TOP - 1 - size], [x + size * 0.7, TOP - 1 - size]);
}

// The images themselves stand at the ends of the cross-hair, on the axes.
function drawImages(ctx, geometry, view, [i, j], thumbnails, theme) {
  const { side } = geometry;
  const to = place(geometry, view);
  const keep = (at, from) => Math.max(from, Math.min(from + side - IMAGE, at - IMAGE / 2));
  for (const [axis, x, y, colour] of [
    ["rows", 1, keep(to.y(i + 0.5), TOP), theme.view1],
    ["columns", keep(to.x(j + 0.5), LEFT), 1, theme.view2],
  ]) {
    ctx.fillStyle = theme.background;
    ctx.fillRect(x - 2, y - 2, IMAGE + 4, IMAGE + 4);
    if (!thumbnails(ctx, axis, x, y, IMAGE)) {
      ctx.clearRect(x - 2, y - 2, IMAGE + 4, IMAGE + 4);
      continue;
    }
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    ctx.strokeRect(x - 1, y - 1, IMAGE + 2, IMAGE + 2);
  }
}

function clip(ctx, side, around) {
  ctx.beginPath();
  ctx.rect(LEFT - around, TOP - around, side + 2 * around, side + 2 * around);
  ctx.clip();
}

function begin(ctx, width, colour) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
}
