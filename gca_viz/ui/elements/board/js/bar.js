// Colour bar of one scale with the hovered values marked on it.
import { contextOf, resize } from "../../shared/js/canvas.js";
import { css } from "../../shared/js/colour.js";
import { element } from "../../shared/js/elements.js";
import { formatTick } from "../../shared/js/numbers.js";
import { BAR_HEIGHT, BAR_TOP, LEFT, RIGHT } from "./geometry.js";
import { fillTriangle } from "./shapes.js";
import { fit, label } from "./text.js";

export function drawBar(ctx, width, scale, title, { markers = [], over = false }, theme) {
  const [left, right] = [LEFT, width - RIGHT];
  const room = right - left;
  ctx.clearRect(0, 0, width, BAR_HEIGHT);
  label(ctx, theme, fit(ctx, theme, title, room), left, 7, { align: "left" });
  for (let x = 0; x < Math.round(room); x++) {
    ctx.fillStyle = css(scale.ramp[Math.round((x / (room - 1)) * 255)] ?? scale.ramp[255]);
    ctx.fillRect(left + x, BAR_TOP, 1.5, 9);
  }
  ctx.strokeStyle = theme.line;
  ctx.strokeRect(left - 0.5, BAR_TOP - 0.5, room + 1, 10);
  drawTicks(ctx, scale, left, room, theme);
  if (over) {
    const tip = [right + 8, BAR_TOP + 4.5];
    fillTriangle(ctx, css(scale.ramp[255]), [right + 1, BAR_TOP - 1], tip, [right + 1, BAR_TOP + 10]);
  }
  for (const value of markers) {
    const x = left + scale.position(value) * room;
    if (!Number.isNaN(x)) drawMarker(ctx, x, theme);
  }
}

function drawTicks(ctx, scale, left, room, theme) {
  ctx.font = `400 11px ${theme.font}`;
  let free = -Infinity;
  const ticks = scale.ticks(room).map((value) => ({ value, x: left + scale.position(value) * room }));
  for (const { value, x } of ticks.sort((a, b) => a.x - b.x)) {
    const text = formatTick(value, scale.log);
    const half = ctx.measureText(text).width / 2;
    if (x - half < free) continue;
    ctx.fillStyle = theme.faint;
    ctx.fillRect(x - 0.5, BAR_TOP + 9, 1, 4);
    label(ctx, theme, text, x, BAR_TOP + 20, { size: 11 });
    free = x + half + 6;
  }
}

// A triangle that points down at a value, with a halo.
function drawMarker(ctx, x, theme) {
  for (const [grow, colour] of [
    [1.5, theme.background],
    [0, theme.text],
  ]) {
    const top = BAR_TOP - 5 - grow;
    fillTriangle(ctx, colour, [x, BAR_TOP + 3 + grow], [x - 4.5 - grow, top], [x + 4.5 + grow, top]);
  }
}

// The bar under a run of panels that share a scale.
export class Bar {
  constructor(board, panel, k, columns) {
    Object.assign(this, { board, name: panel.scaleName, panels: [panel] });
    Object.assign(this, { line: Math.floor(k / columns), start: k % columns });
    this.node = element("canvas", "bar");
    this.node.setAttribute("role", "img");
    board.grid.append(this.node);
  }

  extend(panel) {
    this.panels.push(panel);
  }

  arrange({ width, gap, ratio }) {
    const span = this.panels.length;
    this.width = span * width + (span - 1) * gap;
    this.node.style.gridArea = `${this.line * 4 + 4} / ${this.start + 1} / span 1 / span ${span}`;
    resize(this.node, this.width, BAR_HEIGHT, ratio);
    this.node.setAttribute("aria-label", `Colour scale of ${this.panels.map((panel) => panel.name).join(", ")}`);
  }

  paint(stale) {
    const { board } = this;
    const where = board.cursor && board.cursor[0] * board.m + board.cursor[1];
    if (!stale && where === this.where) return;
    this.where = where;
    const markers = board.cursor ? this.panels.map((panel) => panel.data.values[where]) : [];
    const ctx = contextOf(this.node, board.geometry.ratio);
    drawBar(ctx, this.width, this.panels[0].scale, barTitle(this.panels), { markers, over: this.over }, board.theme);
  }

  get over() {
    return this.panels.some(({ data, scale }) => scale.kind === "mass" && data.largest > scale.maximum * 1.001);
  }
}

const SIGNED_WORDS = {
  residual: ["less wanted", "target − plan", "more wanted"],
  force: ["pushed apart", "force (1/cost)", "pulled together"],
  difference: ["less", "difference of mass", "more"],
};

export function barTitle(panels) {
  const { scale, spec } = panels[0];
  const how = scale.log ? (scale.kind === "signed" ? ", symmetric log" : ", log") : "";
  if (scale.kind === "cost") return "cost C";
  if (scale.kind === "signed") {
    const [low, middle, high] = SIGNED_WORDS[spec.kind];
    return `${low}  ←  ${middle}${how}  →  ${high}`;
  }
  const kinds = new Set(panels.map((panel) => panel.spec.kind));
  return kinds.size === 1 && kinds.has("kernel") ? `kernel${how}` : `mass${how}`;
}
