// The axes of a map: a grid at round numbers, the numbers, and what the axes are.
import { ticksBetween } from "../../shared/js/ticks.js";
import { line } from "./marks.js";

const TICK_ROOM = 84; // CSS pixels between ticks

export function drawAxes(ctx, map) {
  const { frame } = map;
  const { theme, axes } = map.content;
  const { box, scale } = frame;
  const [left, top] = frame.data(box.x, box.y);
  const [right, bottom] = frame.data(box.x + box.width, box.y + box.height);
  const numbers = [
    [left, right],
    [bottom, top],
  ].map(([low, high]) => ticksBetween(low, high, (scale * (high - low)) / TICK_ROOM));
  const places = [
    numbers[0].map((value) => frame.screen(value, 0)[0]),
    numbers[1].map((value) => frame.screen(0, value)[1]),
  ];
  drawGrid(ctx, box, places, theme);
  drawNumbers(ctx, box, places, numbers, theme);
  drawTitles(ctx, box, axes, theme);
}

function drawGrid(ctx, box, [across, down], theme) {
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.grid;
  ctx.beginPath();
  for (const x of across) line(ctx, [x, box.y], [x, box.y + box.height]);
  for (const y of down) line(ctx, [box.x, y], [box.x + box.width, y]);
  ctx.stroke();
}

function drawNumbers(ctx, box, [across, down], numbers, theme) {
  const [right, upwards] = numbers.map((values) => values.map(textOf));
  ctx.font = `12px ${theme.font}`;
  ctx.fillStyle = theme.faint;
  ctx.textBaseline = "top";
  ctx.textAlign = "center";
  across.forEach((x, k) => ctx.fillText(right[k], x, box.y + box.height + 5));
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  down.forEach((y, k) => ctx.fillText(upwards[k], box.x - 6, y));
}

function textOf(value) {
  return String(parseFloat(value.toPrecision(6))).replace("-", "−");
}

function drawTitles(ctx, box, axes, theme) {
  ctx.font = `13px ${theme.font}`;
  ctx.fillStyle = theme.text;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.fillText(axes[0], box.x + box.width / 2, box.y + box.height + 42);
  ctx.save();
  ctx.translate(12, box.y + box.height / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textBaseline = "middle";
  ctx.fillText(axes[1], 0, 0);
  ctx.restore();
}
