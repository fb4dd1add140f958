// What covers the cells that are not chosen: one pixel per cell, opaque where neither row nor column is marked; null
// where none is marked.
export function veilOf(n, marked, colour) {
  if (!marked.size) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = n;
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, n, n);
  for (const k of marked) {
    ctx.clearRect(k, 0, 1, n);
    ctx.clearRect(0, k, n, 1);
  }
  return canvas;
}
