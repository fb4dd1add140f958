// Where a panel's parts are, in CSS pixels.
export const LEFT = 40; // axis title, group labels, group strip
export const TOP = 40;
export const STRIP = 32; // marginal bars
export const RIGHT = STRIP + 14;
export const BOTTOM = STRIP + 8;
export const BAR_HEIGHT = 46;
export const BAR_TOP = 19;
export const NUMBERED = 24; // side of a cell from which it carries its number

// A view is measured in rows, both ways: a column is `stretch` of them wide, N/M, so that N × M cells fill a square.
export function place(geometry, view) {
  const { side, stretch = 1 } = geometry;
  const height = side / view.span;
  const width = height * stretch;
  return {
    height,
    width,
    cell: Math.min(height, width),
    x: (j) => LEFT + (j * stretch - view.x) * height,
    y: (i) => TOP + (i - view.y) * height,
    column: (x) => Math.floor(((x - LEFT) / height + view.x) / stretch),
    row: (y) => Math.floor((y - TOP) / height + view.y),
  };
}

// The cells that are seen: `across` columns from x on, `down` rows from y on.
export function seenIn({ stretch = 1 }, view) {
  return { x: view.x / stretch, across: view.span / stretch, y: view.y, down: view.span };
}
