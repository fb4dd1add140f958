// One map: what is on it, what of it is seen, and what the user does with it. Samples and points are Python's numbers:
// point = sample + n · view.
import { resize } from "../../shared/js/canvas.js";
import { later } from "../../shared/js/clock.js";
import { element } from "../../shared/js/elements.js";
import { isCalm } from "../../shared/js/lifecycle.js";
import { listenOn } from "../../shared/js/surface.js";
import { Content } from "./content.js";
import { cornersOf, nearest, onwards, within } from "./find.js";
import { Frame, WHOLE } from "./frame.js";
import { Furniture } from "./furniture.js";
import { inspector } from "./inspector.js";
import { drawOverlay } from "./overlay.js";
import { page } from "./page.js";
import { Pointer } from "./pointer.js";
import { drawScene } from "./scene.js";

const GLIDE = 350; // ms that points take from one map of a batch to the next
const KEPT_VIEWS = 30;

export class EmbeddingMap {
  constructor(host) {
    this.root = element("div", "map");
    this.furniture = new Furniture(this);
    this.canvas = element("canvas");
    this.overlay = element("canvas", "overlay");
    this.overlay.tabIndex = 0;
    this.overlay.setAttribute("role", "application");
    this.stage = element("div", "stage");
    this.stage.append(this.canvas, this.overlay, this.furniture.tip.node, this.furniture.pill);
    this.root.append(this.furniture.tools, this.stage, this.furniture.legend, this.furniture.speech);
    this.tool = "lasso";
    this.armed = false; // whether one finger draws instead of scrolling the page
    this.cursor = this.echo = this.trail = null;
    this.group = [];
    this.pair = [];
    this.claimed = this.painted = this.hints = 0;
    this.root.gcaMap = inspector(this);
    host.append(this.root);
    listenOn(this.overlay, new Pointer(this));
    this.resize = new ResizeObserver(() => this.content && this.layout());
    this.resize.observe(this.root);
    page.maps.add(this);
  }

  destroy() {
    cancelAnimationFrame(this.gliding);
    this.resize.disconnect();
    page.maps.delete(this);
    this.root.remove();
  }

  receive({ data, setTriggerValue }) {
    this.say = setTriggerValue;
    const before = this.content;
    const content = new Content(data, this.root);
    const glides = this.frame && before.batch === content.batch && before.place !== content.place;
    cancelAnimationFrame(this.gliding); // it goes to where the points lie no more
    const started = glides ? this.screen : null;
    this.content = content;
    this.n = content.n;
    this.places = content.arrays.places;
    // Unless the user has acted since Python last heard.
    if (content.at >= this.claimed) [this.group, this.pair] = [content.group, content.pair];
    if (before?.place !== content.place) this.cursor = this.echo = this.trail = null;
    this.mark();
    this.overlay.setAttribute("aria-label", `${content.alt}. Arrow keys go from point to point, Enter picks one.`);
    this.furniture.describe();
    this.layout();
    if (started) this.glide(started);
  }

  // What is chosen and picked from now on, by somebody else.
  obey(group, pair) {
    Object.assign(this, { group, pair });
    this.mark();
    this.request();
  }

  mark() {
    const { n, group } = this;
    this.chosen = group.length ? new Set(group) : null;
    this.isChosen = this.chosen ? (point) => this.chosen.has(point % n) : () => true;
  }

  layout() {
    const width = this.root.clientWidth;
    if (!width) return;
    const tallest = this.content.tallest;
    const height = Math.round(Math.min(tallest, Math.max(tallest / 2, 0.95 * width)));
    const ratio = globalThis.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.overlay]) {
      resize(canvas, width, height, ratio);
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.frame = new Frame(this.content, width, height, page.views.get(this.content.place) ?? WHOLE);
    this.paint();
  }

  get pictureSide() {
    return Math.max(18, 0.045 * this.frame.span * this.frame.scale);
  }

  at(point) {
    return this.frame.screen(this.places[2 * point], this.places[2 * point + 1]);
  }

  // From the places on the screen where the same points were before.
  glide(started) {
    if (isCalm()) return;
    const target = this.content.arrays.places;
    const from = new Float32Array(started.flatMap((place) => this.frame.data(...place)));
    const begin = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - begin) / GLIDE));
      const eased = share * share * (3 - 2 * share);
      this.places = share < 1 ? target.map((to, k) => from[k] + eased * (to - from[k])) : target;
      this.paint();
      if (share < 1) this.gliding = requestAnimationFrame(step);
    };
    step(begin);
  }

  request() {
    if (!this.frame) return;
    this.waiting ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.waiting = 0;
    const ctx = this.canvas.getContext("2d");
    ctx.clearRect(0, 0, this.frame.width, this.frame.height);
    drawScene(ctx, this);
    this.paintOverlay();
    const still = this.places === this.content.arrays.places;
    Object.assign(this.root.dataset, { painted: ++this.painted, content: this.content.id, still });
  }

  paintOverlay() {
    const ctx = this.overlay.getContext("2d");
    ctx.clearRect(0, 0, this.frame.width, this.frame.height);
    drawOverlay(ctx, this);
    this.furniture.tip.show(this.cursor);
  }

  // Where all points are on the screen.
  get screen() {
    return Array.from({ length: 2 * this.n }, (_, point) => this.at(point));
  }

  // The point within so many CSS pixels of a place; null for none.
  near(place, reach) {
    return nearest(this.screen, place, reach);
  }

  // From the cursor to the nearest point that lies rather this way than any other.
  walk(way) {
    const from = this.cursor ?? this.pair[0] ?? this.near(this.frame.middle, Infinity);
    this.hover(this.cursor === null ? from : onwards(this.screen, from, way), true);
  }

  hover(point, speak = false) {
    if (point === this.cursor) return;
    this.cursor = point;
    this.paintOverlay();
    for (const other of this.linked()) {
      other.echo = point;
      other.paintOverlay();
    }
    if (speak) this.furniture.speech.textContent = point === null ? "" : this.content.textOf(point);
  }

  begin(place, more) {
    this.trail = this.tool === "pan" ? null : [place];
    this.more = more;
    this.hover(null);
  }

  extend(place) {
    this.trail?.push(place);
    this.paintOverlay();
    this.furniture.count(this.trail ? this.inside().length : null);
  }

  // The outline of what was drawn.
  get corners() {
    return cornersOf(this.tool, this.trail);
  }

  // Samples of which a point of either view lies within what was drawn.
  inside() {
    const { corners, n } = this;
    const found = new Set(this.more ? this.group : []);
    this.screen.forEach((place, point) => within(corners, place) && found.add(point % n));
    return [...found].sort((a, b) => a - b);
  }

  finish() {
    if (!this.trail) return;
    const found = this.inside();
    this.abandon();
    this.choose(found);
  }

  abandon() {
    this.trail = null;
    this.furniture.count(null);
    this.paintOverlay();
  }

  choose(samples) {
    this.group = samples;
    this.mark();
    this.tell("group", samples);
    this.paint();
  }

  pick(point) {
    this.pair = [point % this.n, (point % this.n) + this.n];
    this.tell("click", [point]);
    this.paint();
  }

  tell(kind, points) {
    this.claimed = later(this.claimed);
    this.say("gesture", { kind, points, at: this.claimed });
  }

  zoom(factor, place) {
    this.look(this.frame.zoomed(factor, place));
  }

  pan(right, down) {
    this.look(this.frame.panned(right, down));
  }

  reset() {
    this.look(WHOLE);
  }

  // Maps of the same points on one scale: what is pointed at and what is seen is so on all.
  linked() {
    const { place, batch } = this.content;
    const same = ({ content }) => content.place === place && content.batch === batch;
    return [...page.maps].filter((map) => map !== this && map.frame && same(map));
  }

  look(view) {
    for (const map of [this, ...this.linked()]) {
      map.frame.view = view;
      map.request();
    }
    page.views.delete(this.content.place);
    page.views.set(this.content.place, view);
    if (page.views.size > KEPT_VIEWS) page.views.delete(page.views.keys().next().value);
  }

  take(tool) {
    this.armed = !(this.armed && this.tool === tool);
    this.tool = tool;
    this.furniture.showTool();
  }

  // Said twice at most: whoever scrolls the page past the map need not read it every time.
  hint() {
    if (++this.hints <= 2) this.furniture.flash("Ctrl or ⌘ and the wheel zoom");
  }
}
