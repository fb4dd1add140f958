// A whole panel on a 2-D context in CSS pixels; the same code paints the screen and the downloaded picture.
import { drawAxes } from "./axes.js";
import { drawMarginal } from "./marginal.js";
import { drawMatrix, drawNumbers, drawVeil } from "./matrix.js";

export function drawPanel(ctx, geometry, view, content, ratio, theme) {
  const { picture, data, strips } = content;
  drawMatrix(ctx, geometry, view, picture, ratio, theme);
  if (content.veil) drawVeil(ctx, geometry, view, content.veil);
  drawNumbers(ctx, geometry, view, content, theme);
  drawAxes(ctx, geometry, view, content, theme);
  if (!strips) return;
  const { limit, signed, what, rowMass, columnMass } = strips;
  const unit = content.n / content.m; // of a column where all receive the same
  const rows = { limit, signed, what, ratio, vertical: true, colour: theme.view1 };
  const columns = { limit: limit * unit, unit, signed, what, ratio, vertical: false, colour: theme.view2 };
  drawMarginal(ctx, geometry, view, data.rows, rowMass, rows, theme);
  drawMarginal(ctx, geometry, view, data.columns, columnMass, columns, theme);
}
