// The constraint square: τ₁ (rows) to the right, τ₂ (columns) upwards, a named method in each corner. The page hears of
// a move when the dot is let go or the arrow keys rest: a run of the page that is interrupted by the next one can
// leave other controls with values that they no longer have.
import { later } from "../shared/js/clock.js";
import { Cells } from "./cells.js";
import { EDGE, SIDE, shape, snap, x, y } from "./geometry.js";

const STEP = 0.05;
const REST = 300; // ms without a further arrow key
export class Square {
  constructor(host) {
    this.claimed = 0;
    this.node = document.createElement("div");
    this.node.className = "tau-square";
    this.cells = new Cells(this);
    this.beside = shape("text", { class: "axis" }, "columns held  τ₂ →");
    this.names = shape("g", { class: "names" });
    this.outer = shape("g", {});
    this.dots = shape("g", {});
    this.svg = this.picture();
    this.summary = document.createElement("output");
    this.node.append(this.cells.bar, this.svg, this.summary);
    host.append(this.node);
    this.listen();
  }

  picture() {
    const { cells } = this;
    const full = SIDE + 2 * EDGE;
    const svg = shape("svg", { viewBox: `0 0 ${full} ${full}`, tabindex: 0, role: "slider", "aria-label": "Constraint square" });
    svg.append(shape("rect", { class: "ground", x: EDGE, y: EDGE, width: SIDE, height: SIDE, rx: 1.5 }), cells.picture);
    for (const tau of [0.25, 0.5, 0.75]) {
      svg.append(shape("path", { class: "grid", d: `M${x(tau)} ${y(0)}V${y(1)}M${x(0)} ${y(tau)}H${x(1)}` }));
    }
    const below = shape("text", { class: "axis", x: x(0.5), y: full - 2.5 }, "rows held  τ₁ →");
    svg.append(below, this.beside, cells.ticks, this.names, cells.cursor, this.outer, this.dots);
    return svg;
  }

  listen() {
    this.svg.addEventListener("pointerdown", (event) => this.press(event));
    this.svg.addEventListener("pointermove", (event) => {
      if (this.dragging) this.move(this.at(event));
      else if (this.data.heat) this.point(this.at(event));
    });
    this.svg.addEventListener("pointerleave", () => this.data.heat && this.point(null));
    for (const name of ["pointerup", "pointercancel"]) this.svg.addEventListener(name, () => this.release());
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  receive({ data, setStateValue }) {
    this.report = setStateValue;
    this.data = data;
    this.node.classList.toggle("fixed", Boolean(data.why));
    this.svg.setAttribute("aria-disabled", Boolean(data.why));
    this.node.title = data.why;
    this.cells.load(data.heat);
    this.beside.setAttribute("transform", `translate(${data.heat ? 3 : 7.5} ${y(0.5)}) rotate(-90)`);
    const [first, between] = data.heat ? [3.6, 3.2] : [8, 7];
    this.names.replaceChildren(
      ...data.corners.flatMap(([tau1, tau2, lines]) =>
        lines.map((line, k) => {
          const down = tau2 ? first + between * k : -first / 2 - between * (lines.length - 1 - k);
          const place = { x: x(tau1) + (tau1 ? -3 : 3), y: y(tau2) + down, "text-anchor": tau1 ? "end" : "start" };
          return shape("text", place, line);
        }),
      ),
    );
    if (!this.dragging && data.at >= this.claimed) this.draw(data.dots);
  }

  draw(dots) {
    this.shown = dots;
    const radius = this.data.heat ? 1.9 : 4.2;
    // A plan that is none of the square stands outside its corner (0, 0), until somebody drags it in.
    const outside = this.data.apart && dots === this.data.dots;
    this.outer.replaceChildren(...this.places(outside));
    const places = outside ? dots.map(() => [-0.06, -0.06]) : dots;
    this.dots.replaceChildren(
      shape("polyline", { class: "join", points: places.map(([tau1, tau2]) => `${x(tau1)},${y(tau2)}`).join(" ") }),
      ...places.map(([tau1, tau2]) => {
        return shape("circle", { class: outside ? "dot apart" : "dot", cx: x(tau1), cy: y(tau2), r: radius });
      }),
    );
    const text = outside ? this.data.apart : dots.map((dot) => this.say(...dot)).join(" and ");
    this.summary.textContent = outside && !this.data.heat ? "" : text; // the form tells what is held below
    this.svg.setAttribute("aria-valuetext", text);
    this.svg.setAttribute("aria-valuenow", dots[0][0].toFixed(2));
  }

  // The name of the place outside the corner; without a number in the cells it is there for who is on the square, too.
  places(outside) {
    const { heat, apart } = this.data;
    if (heat && !outside) return [];
    const at = { x: x(-0.06) + (heat ? 3 : 6), y: y(-0.06) + (heat ? 4 : 2) };
    const name = shape("text", { class: "beside", ...at }, (outside ? apart : "One total").split(":")[0]);
    return outside ? [name] : [shape("circle", { class: "spare", cx: x(-0.06), cy: y(-0.06), r: 2 }), name];
  }

  say(tau1, tau2) {
    const value = this.data.heat ? ` · ${this.cells.text(tau1, tau2)}` : "";
    return `τ₁ ${tau1.toFixed(2)}, τ₂ ${tau2.toFixed(2)}${value}`;
  }

  // The cell under the pointer; none, and the dot's own is told again.
  point(place) {
    this.cells.point(place);
    const outside = this.data.apart && this.shown === this.data.dots;
    const resting = outside ? this.data.apart : this.shown.map((dot) => this.say(...dot)).join(" and ");
    this.summary.textContent = place ? this.say(...place) : resting;
  }

  at(event) {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const near = this.data.heat ? this.cells.snap : snap;
    const inside = (value) => near(Math.max(0, Math.min(1, value)));
    return [inside((place.x - EDGE) / SIDE), inside(1 - (place.y - EDGE) / SIDE)];
  }

  press(event) {
    if (event.button > 0 || this.data.why) return;
    event.preventDefault();
    this.svg.focus({ preventScroll: true });
    this.svg.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.cells.point(null);
    this.move(this.at(event));
  }

  release() {
    if (!this.dragging) return;
    this.dragging = false;
    this.tell();
  }

  move(place) {
    this.claimed = later(this.claimed);
    this.draw([place]);
    // Boards of the page hear of it at once; null where the server has the dot.
    const detail = this.isHome(place) ? null : place;
    this.node.dispatchEvent(new CustomEvent("gca-place", { bubbles: true, composed: true, detail }));
  }

  isHome(place) {
    const { apart, dots } = this.data;
    return !apart && dots.length === 1 && place.every((tau, k) => Math.abs(tau - dots[0][k]) < 5e-4);
  }

  tell() {
    const [[tau1, tau2]] = this.shown;
    this.report("place", { tau1, tau2, at: this.claimed });
  }

  key(event) {
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    const move = moves[event.key];
    if (!move || this.data.why) return;
    event.preventDefault();
    event.stopPropagation();
    const [from] = this.shown;
    this.move(from.map((tau, k) => Math.round(Math.max(0, Math.min(1, tau + move[k])) * 100) / 100));
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.tell(), REST);
  }

  destroy() {
    clearTimeout(this.waiting);
    this.node.remove();
  }
}
