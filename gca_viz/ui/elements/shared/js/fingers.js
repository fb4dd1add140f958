// Where a mouse and fingers are on a surface, how far they wandered, and how two of them zoom and move.

// Where an event is on a node, in CSS pixels.
export function placeOn(node, { clientX, clientY }) {
  const box = node.getBoundingClientRect();
  return [clientX - box.left, clientY - box.top];
}

// By how much a turn of the wheel enlarges.
export function wheelFactor({ deltaY }) {
  return Math.exp(-Math.max(-60, Math.min(60, deltaY)) * 0.006);
}

export class Fingers {
  constructor() {
    this.places = new Map();
    this.travel = 0; // CSS pixels since the press
    this.several = false; // whether there was more than one finger since the press
    this.held = null; // how two fingers last stood
  }

  press(id, place) {
    this.places.set(id, place);
    this.several = this.places.size > 1;
    this.held = null;
    if (!this.several) this.travel = 0;
  }

  // Tells the way it went, [right, down]; null for one that is not down.
  move(id, to) {
    const from = this.places.get(id);
    if (!from) return null;
    this.places.set(id, to);
    const way = [to[0] - from[0], to[1] - from[1]];
    this.travel += Math.hypot(...way);
    return way;
  }

  // What two fingers did since this was last asked: how their middle went, and how much farther apart they are.
  pinch() {
    if (this.places.size !== 2) return null;
    const [a, b] = [...this.places.values()];
    const before = this.held;
    this.held = { spread: Math.hypot(a[0] - b[0], a[1] - b[1]), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
    if (!before?.spread) return null;
    const { spread, middle } = this.held;
    return { way: [middle[0] - before.middle[0], middle[1] - before.middle[1]], factor: spread / before.spread, middle };
  }

  // Tells whether it had been down.
  lift(id) {
    this.held = null;
    return this.places.delete(id);
  }
}
