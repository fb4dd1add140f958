// Where a panel's parts are, in CSS pixels.
export const LEFT = 40; // axis title, group labels, group strip
export const TOP = 40;
export const STRIP = 32; // marginal bars
export const RIGHT = STRIP + 14;
export const BOTTOM = STRIP + 8;
export const BAR_HEIGHT = 46;
export const BAR_TOP = 19;
export const NUMBERED = 24; // side of a cell from which it carries its number

export function place(geometry, view) {
  const cell = geometry.side / view.span;
  return {
    cell,
    x: (j) => LEFT + (j - view.x) * cell,
    y: (i) => TOP + (i - view.y) * cell,
    column: (x) => Math.floor((x - LEFT) / cell + view.x),
    row: (y) => Math.floor((y - TOP) / cell + view.y),
  };
}
