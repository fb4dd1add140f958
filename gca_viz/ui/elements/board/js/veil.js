// What covers the cells that are not chosen: one pixel per cell, opaque where neither row nor column is marked; null
// where none is marked.
export function veilOf({ n, m, marked, markedColumns }, colour) {
  if (!marked.size) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [m, n];
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, m, n);
  for (const j of markedColumns) ctx.clearRect(j, 0, 1, n);
  for (const i of marked) ctx.clearRect(0, i, m, 1);
  return canvas;
}
