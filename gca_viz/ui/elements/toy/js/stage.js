// The world on a canvas: the circle or the sphere, the points of both views, and the forces on them.
const SHAPES = ["circle", "square", "diamond", "triangle"];
const OUTER = 1.1; // view 2 stands on a ring of its own, so that partners that meet are both seen
const REACH = 16; // CSS pixels from which a point is grabbed
const ARROW = 0.34; // of the radius, for a force of 1/ε
const TURN = Math.PI / 90;

class Stage {
  constructor(toy) {
    this.toy = toy;
    this.canvas = element("canvas", "stage");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.yaw = 0.35; // the crowd begins in front
    this.pitch = 0.3;
    this.chosen = null; // { view, i }
    this.hovered = null;
    this.listen();
  }

  get focus() {
    return this.hovered ?? this.chosen;
  }

  arrange(size, ratio) {
    Object.assign(this, { size, ratio, middle: size / 2, radius: (size / 2 - 10) / (this.toy.world.d === 2 ? 1.2 : 1.09) });
    this.canvas.width = this.canvas.height = Math.round(size * ratio);
    this.canvas.style.width = this.canvas.style.height = `${size}px`;
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

  listen() {
    const { canvas } = this;
    const where = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      const point = this.nearest(...where(event));
      this.chosen = point;
      held = { point, x: event.clientX, y: event.clientY };
      if (point || this.toy.world.d === 3) canvas.setPointerCapture(event.pointerId);
      this.toy.request();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!held) {
        this.hovered = this.nearest(...where(event));
        canvas.style.cursor = this.hovered ? "grab" : "default";
        this.toy.request();
      } else if (held.point) {
        this.hovered = null;
        this.toy.world.move(held.point.view, held.point.i, this.unproject(...where(event)));
        this.toy.edited();
      } else if (this.toy.world.d === 3) {
        this.turn((event.clientX - held.x) / 120, (event.clientY - held.y) / 120);
        Object.assign(held, { x: event.clientX, y: event.clientY });
      }
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (held = null));
    // A finger on a point moves it; beside the points it scrolls the page.
    canvas.addEventListener(
      "touchstart",
      (event) => event.touches.length === 1 && this.nearest(...where(event.touches[0])) && event.preventDefault(),
      { passive: false },
    );
    canvas.addEventListener("pointerleave", () => {
      this.hovered = null;
      this.toy.request();
    });
    canvas.addEventListener("dblclick", (event) => {
      if (!this.nearest(...where(event))) this.add(this.unproject(...where(event)));
    });
    canvas.addEventListener("keydown", (event) => {
      if (!this.key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
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

  remove() {
    if (!this.chosen || !this.toy.world.remove(this.chosen.i)) return;
    this.chosen = this.hovered = null;
    this.toy.edited();
  }

  // What the mouse does, by keys; returns whether the key was one of these.
  key({ key, shiftKey }) {
    const { toy } = this;
    const { world } = toy;
    const along = { ArrowLeft: 1, ArrowRight: -1 }[key];
    const through = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (key === " ") toy.toggle();
    else if (key === "s") toy.stepOnce();
    else if (key === "r") toy.reset();
    else if (key === "+") this.add(this.chosen ? this.at(0, this.chosen.i).place.map((value, c) => value + (c === 1 ? 0.2 : 0)) : [1, 0, 0]);
    else if (key === "Delete" || key === "Backspace") this.remove();
    else if (key === "Escape") this.chosen = null;
    else if (along && world.d === 3 && !(this.chosen && shiftKey)) this.turn(-along * 0.1, 0);
    else if (along && this.chosen) this.nudge(along * TURN * (shiftKey && world.d === 2 ? 5 : 1));
    else if (through) this.chooseNext(through);
    else return false;
    toy.request();
    return true;
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
