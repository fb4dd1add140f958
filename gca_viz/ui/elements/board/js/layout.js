// How large matrices are and how they stand: the whole of one and its slider should fit on the screen.
import { BOTTOM, LEFT, RIGHT, TOP } from "./geometry.js";

const GAP = 20;
const NARROWEST = 300; // CSS pixels below which panels wrap
const AROUND = 400; // CSS pixels of title, strips, colour bar and slider around a matrix
const WASTE = 0.86; // of the side that whole device pixels per cell must fill

export function layoutOf({ count, n, m = n, width, screen, most, ratio }) {
  const fitting = Math.max(1, Math.min(count, Math.floor((width + GAP) / (NARROWEST + GAP))));
  const columns = Math.ceil(count / Math.ceil(count / fitting));
  const room = Math.floor((width - GAP * (columns - 1)) / columns) - LEFT - RIGHT;
  let side = Math.max(120, Math.min(most, Math.max(280, screen - AROUND), room));
  const cells = Math.max(n, m);
  const pixels = (side * ratio) / cells;
  // Whole device pixels per cell keep cells equal, on the side that has more of them.
  if (pixels >= 1 && Math.floor(pixels) / pixels > WASTE) side = (Math.floor(pixels) * cells) / ratio;
  const panel = Math.ceil(side + LEFT + RIGHT);
  const gap = Math.max(GAP, Math.min(3 * GAP, Math.floor((width - columns * panel) / (columns - 1 || 1))));
  return { columns, side, stretch: n / m, width: panel, height: Math.ceil(TOP + side + BOTTOM), gap, ratio };
}
