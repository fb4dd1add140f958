// Which part of a matrix of n rows is seen: { x, y, span } in rows, from the upper left; a square. Of another number of
// columns each is more or less than a row wide (geometry.js).
const LEAST = 4; // cells that are seen at the greatest zoom

export function wholeOf(n) {
  return { x: 0, y: 0, span: n };
}

// Moved so that it does not reach over an edge.
function inside({ x, y, span }, n) {
  const keep = (at) => Math.max(0, Math.min(n - span, at));
  return { x: keep(x), y: keep(y), span };
}

// Enlarged around a place, given as the shares of the side that lie left of and above it.
export function zoomed(view, n, factor, [across, down]) {
  const span = Math.max(Math.min(LEAST, n), Math.min(n, view.span / factor));
  const gained = view.span - span;
  return inside({ x: view.x + across * gained, y: view.y + down * gained, span }, n);
}

export function panned(view, n, [right, down]) {
  return inside({ x: view.x - right, y: view.y - down, span: view.span }, n);
}

// Moved as little as shows a cell, whose column is `stretch` rows wide.
export function following({ x, y, span }, n, [i, j], stretch = 1) {
  const keep = (at, from, till) => Math.min(from, Math.max(at, till - span));
  return inside({ x: keep(x, j * stretch, (j + 1) * stretch), y: keep(y, i, i + 1), span }, n);
}
