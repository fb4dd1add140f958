// What follows the pointer: the lasso, and the point that it is on with its partner.
import { line, polygon, ring } from "./marks.js";

export function drawOverlay(ctx, map) {
  const { theme, radius } = map.content;
  if (map.trail) drawTrail(ctx, map.corners, theme);
  const point = map.cursor ?? map.echo;
  if (point !== null) drawPair(ctx, map.at(point), map.at((point + map.n) % (2 * map.n)), radius, theme);
}

function drawTrail(ctx, corners, theme) {
  ctx.beginPath();
  polygon(ctx, ...corners);
  ctx.fillStyle = ctx.strokeStyle = theme.text;
  ctx.globalAlpha = 0.08;
  ctx.fill();
  ctx.globalAlpha = 0.8;
  ctx.lineWidth = 1;
  ctx.setLineDash([4, 3]);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

function drawPair(ctx, place, partner, radius, theme) {
  ctx.beginPath();
  line(ctx, place, partner);
  ctx.strokeStyle = theme.text;
  ctx.lineWidth = 1.2;
  ctx.stroke();
  ring(ctx, ...partner, radius + 4, theme.text, 1.2);
  ring(ctx, ...place, radius + 4, theme.text, 2.4);
}
