// Which points are meant, by where they are on the screen.

// The index of the place nearest to another and closer than `reach`; null for none.
export function nearest(places, [x, y], reach) {
  let best = reach;
  let found = null;
  places.forEach(([u, v], index) => {
    const away = Math.hypot(u - x, v - y);
    if (away < best) [best, found] = [away, index];
  });
  return found;
}

// The index of the place nearest to that of index `from` among those that lie rather this way, [right, down], than any
// other; itself if there is none.
export function onwards(places, from, [right, down]) {
  const [a, b] = places[from];
  let [best, found] = [Infinity, from];
  places.forEach(([x, y], index) => {
    const ahead = (x - a) * right + (y - b) * down;
    const aside = Math.abs((x - a) * down) + Math.abs((y - b) * right);
    if (ahead > 0.5 && ahead >= aside && ahead + 2 * aside < best) [best, found] = [ahead + 2 * aside, index];
  });
  return found;
}

// The corners of a lasso, or of the box between its ends.
export function cornersOf(tool, trail) {
  if (tool === "lasso") return trail;
  const [[left, top], [right, bottom]] = [trail[0], trail.at(-1)];
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

// Whether a place lies within an outline: a ray from it crosses that an odd number of times.
export function within(corners, [x, y]) {
  let inside = false;
  corners.forEach(([a, b], k) => {
    const [c, d] = corners.at(k - 1);
    if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) inside = !inside;
  });
  return inside;
}
