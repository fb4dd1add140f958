// Bars of one marginal along an axis; several rows per pixel show their mean (solid) and their largest (faint).
import { formatShort } from "../../shared/js/numbers.js";
import { LEFT, seenIn, STRIP, TOP } from "./geometry.js";
import { label } from "./text.js";

// `sums` of the plan, `reference` what they should be (without it: `unit`), `limit` where bars end; `unit` is what a
// row or a column has where all have the same, 1 of as many columns as rows.
export function drawMarginal(ctx, geometry, view, sums, reference, options, theme) {
  const strip = new Strip(ctx, geometry, view, options);
  const { signed, colour, unit = 1 } = options;
  const inkOf = (value) => (signed ? (value < 0 ? theme.repulsion : theme.attraction) : colour);
  for (let bin = 0; bin < strip.bins; bin++) {
    const { mean, extreme, several } = spreadOf(sums, ...strip.rowsOf(bin, sums.length));
    if (several) strip.bar(bin, extreme, 0.35, inkOf(extreme), theme.text);
    strip.bar(bin, mean, 0.92, inkOf(mean), theme.text);
  }
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.text;
  if (signed) strip.lineAt(strip.zero);
  else {
    for (let bin = 0; bin < strip.bins; bin++) {
      const value = reference ? reference[Math.min(sums.length - 1, Math.floor(strip.start(bin)))] : unit;
      strip.mark(bin, strip.length(value));
    }
  }
  drawNames(ctx, geometry, strip, options, theme);
}

// What a bar of several rows says: their mean, and the one farthest from 0.
export function spreadOf(sums, from, till) {
  let sum = 0;
  let extreme = 0;
  for (let k = from; k < till; k++) {
    sum += sums[k];
    if (Math.abs(sums[k]) > Math.abs(extreme)) extreme = sums[k];
  }
  return { mean: sum / (till - from || 1), extreme, several: till - from > 1 };
}

// The room of the bars, along the right edge (vertical) or the lower one.
class Strip {
  constructor(ctx, geometry, view, { vertical, limit, signed, ratio }) {
    const { side } = geometry;
    Object.assign(this, { ctx, side, vertical, limit, signed, ratio });
    const { x, y, across, down } = seenIn(geometry, view);
    const span = vertical ? down : across;
    this.first = vertical ? y : x;
    this.bins = Math.min(Math.ceil(span), Math.max(1, Math.floor(side)));
    this.step = span / this.bins;
    this.scale = side / span;
    this.base = (vertical ? LEFT : TOP) + side + 6;
    this.along = (vertical ? TOP : LEFT) - this.first * this.scale;
    this.zero = signed ? STRIP / 2 : 0;
  }

  start(bin) {
    return this.first + bin * this.step;
  }

  rowsOf(bin, count) {
    const from = Math.max(0, Math.floor(this.start(bin)));
    return [from, Math.min(count, Math.max(from + 1, Math.floor(this.start(bin + 1))))];
  }

  length(value) {
    const share = value / this.limit;
    return this.signed ? Math.max(-1, Math.min(1, share)) * (STRIP / 2) : Math.min(1, share) * STRIP;
  }

  // Edges on whole device pixels: neighbouring bars neither overlap nor leave hairlines.
  snap(bin) {
    return Math.round((this.along + this.start(bin) * this.scale) * this.ratio) / this.ratio;
  }

  // A rectangle that lies `away` from the matrix, along an axis or down it.
  rect(at, away, width, size) {
    if (this.vertical) this.ctx.fillRect(this.base + away, at, size, width);
    else this.ctx.fillRect(at, this.base + away, width, size);
  }

  // One that is longer than its room ends in the colour of the text.
  bar(bin, value, alpha, ink, over) {
    const { ctx } = this;
    const at = this.snap(bin);
    const width = this.snap(bin + 1) - at - (this.step * this.scale > 5 ? 1 : 0);
    const size = this.length(value);
    ctx.globalAlpha = alpha;
    ctx.fillStyle = ink;
    this.rect(at, this.zero + Math.min(0, size), width, Math.abs(size));
    if (this.signed || !(value > this.limit)) return;
    ctx.globalAlpha = 1;
    ctx.fillStyle = over;
    this.rect(at, STRIP - 1, width, 3);
  }

  mark(bin, away) {
    const at = this.snap(bin);
    this.rect(at, away - 0.5, this.snap(bin + 1) - at, 1);
  }

  lineAt(away) {
    this.rect(this.vertical ? TOP : LEFT, away - 0.5, this.side, 1);
  }
}

function drawNames(ctx, { side }, strip, { vertical, signed, what, colour, unit = 1 }, theme) {
  const name = what ?? (signed ? "Δ mass" : "mass");
  const mark = signed ? "0" : unit === 1 ? "1" : formatShort(unit);
  const at = strip.base + (signed ? strip.zero : strip.length(unit));
  if (vertical) {
    label(ctx, theme, name, strip.base + STRIP / 2, TOP - 24, { size: 11, colour });
    label(ctx, theme, mark, at, TOP - 9, { size: 11, colour: theme.text });
  } else {
    label(ctx, theme, name, LEFT + side + 14, strip.base + STRIP - 6, { size: 11, colour, align: "left" });
    label(ctx, theme, mark, LEFT + side + 6, at, { size: 11, colour: theme.text });
  }
}
