// The world on a canvas: the circle or the sphere, the points of both views, and the forces on them.
import { resize } from "../../shared/js/canvas.js";
import { element } from "../../shared/js/elements.js";
import { unit } from "./crowd.js";
import { listen } from "./pointer.js";

export const OUTER = 1.1; // view 2 stands on a ring of its own, so that partners that meet are both seen
const REACH = 16; // CSS pixels from which a point is grabbed

export class Stage {
  constructor(toy) {
    this.toy = toy;
    this.canvas = element("canvas", "stage");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.yaw = 0.35; // the crowd begins in front
    this.pitch = 0.3;
    this.chosen = null; // { view, i }
    this.hovered = null;
    listen(this);
  }

  get focus() {
    return this.hovered ?? this.chosen;
  }

  arrange(size, ratio) {
    const radius = (size / 2 - 10) / (this.toy.world.d === 2 ? 1.2 : 1.09);
    Object.assign(this, { size, ratio, middle: size / 2, radius });
    resize(this.canvas, size, size, ratio);
  }

  // Where a place of the world lies on the canvas; depth > 0 is in front.
  project(place, ring = 1) {
    const [x, y, z] = place;
    const { middle, radius } = this;
    if (place.length < 3) return { x: middle + radius * ring * x, y: middle - radius * ring * y, depth: 1 };
    const [cy, sy, cp, sp] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    const across = cy * y - sy * x;
    const ahead = cy * x + sy * y;
    return {
      x: middle + radius * across,
      y: middle - radius * (cp * z - sp * ahead),
      depth: cp * ahead + sp * z,
    };
  }

  // The point of the circle, or of the front of the sphere, below a point of the canvas.
  unproject(x, y) {
    const right = (x - this.middle) / this.radius;
    const up = (this.middle - y) / this.radius;
    if (this.toy.world.d === 2) return unit([right, up]);
    const length = Math.hypot(right, up);
    const [a, b] = length > 1 ? [right / length, up / length] : [right, up];
    const front = Math.sqrt(Math.max(0, 1 - a * a - b * b));
    const [cy, sy, cp, sp] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    const ahead = cp * front - sp * b;
    return [cy * ahead - sy * a, sy * ahead + cy * a, sp * front + cp * b];
  }

  at(view, i) {
    const { world } = this.toy;
    const z = view ? world.z2 : world.z1;
    const place = Array.from(z.subarray(i * world.d, (i + 1) * world.d));
    return { place, ...this.project(place, view ? OUTER : 1) };
  }

  nearest(x, y) {
    let best = null;
    let least = REACH;
    for (let view = 0; view < 2; view++) {
      for (let i = 0; i < this.toy.world.n; i++) {
        const point = this.at(view, i);
        const far = Math.hypot(point.x - x, point.y - y);
        if (point.depth >= 0 && far < least) [best, least] = [{ view, i }, far];
      }
    }
    return best;
  }

  turn(yaw, pitch) {
    this.yaw -= yaw;
    this.pitch = Math.max(-1.4, Math.min(1.4, this.pitch + pitch));
    this.toy.request();
  }

  add(place) {
    const i = this.toy.world.add(place);
    if (i === null) return;
    this.chosen = { view: 0, i };
    this.toy.edited();
  }

  // Next to the chosen point.
  addBeside() {
    const { chosen } = this;
    this.add(chosen ? this.at(0, chosen.i).place.map((value, c) => value + (c === 1 ? 0.2 : 0)) : [1, 0, 0]);
  }

  remove() {
    if (!this.chosen || !this.toy.world.remove(this.chosen.i)) return;
    this.chosen = this.hovered = null;
    this.toy.edited();
  }

  nudge(angle) {
    const { view, i } = this.chosen;
    const [x, y, ...rest] = this.at(view, i).place;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    this.toy.world.move(view, i, [c * x - s * y, s * x + c * y, ...rest]);
    this.toy.edited();
  }

  chooseNext(step) {
    const all = 2 * this.toy.world.n;
    const now = this.chosen ? this.chosen.view * this.toy.world.n + this.chosen.i : step > 0 ? -1 : 0;
    const next = (now + step + all) % all;
    this.chosen = { view: next >= this.toy.world.n ? 1 : 0, i: next % this.toy.world.n };
    this.toy.say(`view ${this.chosen.view + 1}, point ${this.chosen.i}`);
  }
}
