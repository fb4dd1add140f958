// Drawing the stage: ground, threads between points, points, arrows.
import { contextOf } from "../../shared/js/canvas.js";
import { OUTER } from "./stage.js";

const SHAPES = ["circle", "square", "diamond", "triangle"];
const ARROW = 0.34; // of the radius, for a force of 1/ε

export function drawStage(stage, theme) {
  const { canvas, ratio, size, toy } = stage;
  const { world } = toy;
  const ctx = contextOf(canvas, ratio);
  ctx.clearRect(0, 0, size, size);
  drawGround(ctx, stage, theme);
  const points = [0, 1].map((view) => Array.from({ length: world.n }, (_, i) => stage.at(view, i)));
  for (let i = 0; i < world.n; i++) {
    const [a, b] = [points[0][i], points[1][i]];
    thread(ctx, a, b, theme.line, 1, Math.min(a.depth, b.depth) < 0 ? 0.25 : 0.8);
  }
  if (stage.focus && stage.focus.i < world.n) drawThreads(ctx, stage, points, theme);
  if (toy.settings.arrows === "on") {
    for (const view of [0, 1]) drawForces(ctx, stage, view, points[view], theme);
  }
  for (const view of [0, 1]) {
    for (let i = 0; i < world.n; i++) drawPoint(ctx, world, view, i, points[view][i], theme, stage.focus);
  }
}

function drawGround(ctx, stage, theme) {
  const { middle, radius } = stage;
  ctx.strokeStyle = theme.line;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.arc(middle, middle, radius, 0, 2 * Math.PI);
  ctx.stroke();
  if (stage.toy.world.d === 2) return;
  ctx.lineWidth = 0.6;
  for (const ring of [-0.6, 0, 0.6]) {
    const width = Math.sqrt(1 - ring * ring);
    outline(ctx, stage, (turn) => [width * Math.cos(turn), width * Math.sin(turn), ring]);
  }
  for (const turned of [0, Math.PI / 3, (2 * Math.PI) / 3]) {
    outline(ctx, stage, (turn) => [Math.cos(turn) * Math.cos(turned), Math.cos(turn) * Math.sin(turned), Math.sin(turn)]);
  }
}

// A circle on the sphere; its far side is fainter.
function outline(ctx, stage, place) {
  for (let k = 0; k < 60; k++) {
    const from = stage.project(place((k / 60) * 2 * Math.PI));
    const to = stage.project(place(((k + 1) / 60) * 2 * Math.PI));
    thread(ctx, from, to, ctx.strokeStyle, ctx.lineWidth, from.depth < 0 ? 0.25 : 0.8);
  }
}

function thread(ctx, a, b, colour, width, alpha) {
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(a.x, a.y);
  ctx.lineTo(b.x, b.y);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

// From the point in focus to all others: who pulls it (teal) and who pushes it (magenta), and how hard.
function drawThreads(ctx, { focus, toy }, points, theme) {
  const { world } = toy;
  const { n, forces } = world;
  for (let j = 0; j < n; j++) {
    const force = (focus.view ? forces[j * n + focus.i] : forces[focus.i * n + j]) * toy.settings.eps;
    if (Math.abs(force) < 0.004) continue;
    const to = points[1 - focus.view][j];
    const colour = force > 0 ? theme.attraction : theme.repulsion;
    thread(ctx, points[focus.view][focus.i], to, colour, 1 + 6 * Math.min(1, Math.abs(force)), 0.25 + 0.65 * Math.min(1, 3 * Math.abs(force)));
  }
}

// The sums of all pulls and of all pushes on each point, along the circle.
function drawForces(ctx, stage, view, points, theme) {
  const { toy, radius } = stage;
  const { world } = toy;
  const parts = world.pushes(view);
  for (const [name, colour] of [
    ["push", theme.repulsion],
    ["pull", theme.attraction],
  ]) {
    ctx.strokeStyle = ctx.fillStyle = colour;
    for (let i = 0; i < world.n; i++) {
      const from = points[i];
      const force = Array.from(parts[name].subarray(i * world.d, (i + 1) * world.d));
      const strength = Math.min(1.2, Math.hypot(...force) * toy.settings.eps);
      if (strength < 0.03) continue;
      const length = Math.hypot(...force);
      const tip = stage.project(from.place.map((value, c) => value + (ARROW * strength * force[c]) / length), view ? OUTER : 1);
      arrow(ctx, from, tip, radius, from.depth < 0 ? 0.25 : 0.9);
    }
  }
  ctx.globalAlpha = 1;
}

function arrow(ctx, from, tip, radius, alpha) {
  const [dx, dy] = [tip.x - from.x, tip.y - from.y];
  const length = Math.hypot(dx, dy);
  if (length < 2) return;
  const head = Math.min(8, length * 0.6);
  const [ux, uy] = [dx / length, dy / length];
  ctx.globalAlpha = alpha;
  ctx.lineWidth = Math.max(1.4, radius / 110);
  ctx.beginPath();
  ctx.moveTo(from.x, from.y);
  ctx.lineTo(tip.x - ux * head * 0.8, tip.y - uy * head * 0.8);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(tip.x, tip.y);
  ctx.lineTo(tip.x - ux * head - uy * head * 0.45, tip.y - uy * head + ux * head * 0.45);
  ctx.lineTo(tip.x - ux * head + uy * head * 0.45, tip.y - uy * head - ux * head * 0.45);
  ctx.fill();
}

// View 1 filled, view 2 hollow, a shape per domain; a pinned point has a cross.
function drawPoint(ctx, world, view, i, { x, y, depth }, theme, focus) {
  const size = world.n > 40 ? 5 : 6.5;
  const colour = view ? theme.view2 : theme.view1;
  ctx.globalAlpha = depth < 0 ? 0.25 : 1;
  trace(ctx, SHAPES[world.domains[i] % SHAPES.length], x, y, size);
  ctx.fillStyle = view ? theme.background : colour;
  ctx.fill();
  ctx.lineWidth = view ? 2.4 : 1;
  ctx.strokeStyle = view ? colour : theme.background;
  ctx.stroke();
  if (view && world.pinned[i]) {
    thread(ctx, { x: x - 4, y: y - 4 }, { x: x + 4, y: y + 4 }, colour, 2, 1);
    thread(ctx, { x: x - 4, y: y + 4 }, { x: x + 4, y: y - 4 }, colour, 2, 1);
  }
  if (focus && focus.i === i) {
    ctx.globalAlpha = focus.view === view ? 1 : 0.6;
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = focus.view === view ? 2 : 1;
    ctx.beginPath();
    ctx.arc(x, y, size + 4, 0, 2 * Math.PI);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

function trace(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === "circle") ctx.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === "square") ctx.rect(x - r * 0.9, y - r * 0.9, 1.8 * r, 1.8 * r);
  else {
    const corners = shape === "diamond" ? [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]] : [[0, -1.25], [1.15, 0.85], [-1.15, 0.85]];
    corners.forEach(([dx, dy], k) => (k ? ctx.lineTo(x + dx * r, y + dy * r) : ctx.moveTo(x + dx * r, y + dy * r)));
    ctx.closePath();
  }
}
