// One board: its elements, what it shows, and when it paints. Cells are kept in display order; only picks that
// leave or enter through Python are original indices.
import { later } from "../../shared/js/clock.js";
import { css, readTheme } from "../../shared/js/colour.js";
import { element } from "../../shared/js/elements.js";
import { unpack } from "../../shared/js/wire.js";
import { Bar } from "./bar.js";
import { blocksOf, fillLegend } from "./blocks.js";
import { calibrate } from "./calibrate.js";
import { Controls } from "./controls.js";
import { Dock } from "./dock.js";
import { LEFT, TOP } from "./geometry.js";
import { inspector } from "./inspector.js";
import { layoutOf } from "./layout.js";
import { Model } from "./model.js";
import { PanelView } from "./panel.js";
import { veilOf } from "./veil.js";
import { following, panned, wholeOf, zoomed } from "./view.js";

export class Board {
  constructor(host, library) {
    this.library = library;
    this.model = new Model();
    this.root = element("div", "board");
    this.grid = element("div", "grid");
    this.legend = element("div", "legend");
    this.controls = new Controls(this);
    this.speech = element("div", "speech");
    this.speech.setAttribute("aria-live", "polite");
    this.dock = new Dock();
    const foot = element("div", "foot");
    foot.append(this.dock.node, this.controls.node);
    this.root.append(this.grid, this.legend, foot, this.speech);
    this.panels = [];
    this.bars = [];
    this.scales = new Map();
    this.step = null;
    this.pick = this.cursor = null;
    this.claims = { step: 0, pick: 0, group: 0 };
    this.clock = 0;
    this.painted = this.hints = 0;
    this.root.gcaBoard = inspector(this);
    host.append(this.root);
    const layout = () => this.ready && this.layout();
    this.resize = new ResizeObserver(layout);
    this.resize.observe(this.root);
    this.listening = new AbortController();
    addEventListener("resize", layout, { signal: this.listening.signal });
  }

  destroy() {
    this.resize.disconnect();
    this.listening.abort();
    this.controls.destroy();
    this.root.remove();
  }

  receive({ data, setStateValue }) {
    mark("gca-board:received");
    this.show(unpack(data), setStateValue);
  }

  // `tell(name, { value, at })` hears what the user does.
  show(frames, tell) {
    this.setStateValue = tell;
    this.frames = frames;
    this.refresh();
  }

  // The same plans at other numbers, while a hand moves them: painted at once, and only what these change.
  follow(frames) {
    this.frames = frames;
    this.model.load(frames, this.library);
    this.describe();
    this.calibrate();
    this.stale = true;
    this.paint();
  }

  // Called again when a part of the batch arrives; until all have, the last picture stays.
  refresh() {
    if (!this.frames) return;
    this.ready = this.model.load(this.frames, this.library);
    this.root.dataset.waiting = !this.ready;
    if (!this.ready) return;
    const { frames, model } = this;
    this.theme = readTheme(this.root);
    if (this.n !== model.n || this.m !== model.m) {
      this.view = wholeOf(model.n);
      this.cursor = null;
    }
    [this.n, this.m] = [model.n, model.m];
    this.dock.load(model.samples, () => this.request(true));
    this.obey("step", frames.control.step, (value) => (this.step = value));
    this.obey("pick", frames.control.pick, (value) => (this.original = value));
    this.pick = this.original ? [model.place[this.original[0]], model.columnPlace[this.original[1]]] : null;
    this.furnish();
    this.calibrate();
    this.veil = veilOf(model, this.theme.veil);
    this.layout();
  }

  // Take Python's value unless the user has acted since Python last heard.
  obey(name, order, take) {
    if (order && order.at >= this.claims[name]) take(order.value);
  }

  claim(name) {
    this.clock = later(this.clock);
    this.claims[name] = this.clock;
  }

  report(name, value) {
    this.claim(name);
    this.setStateValue(name, { value, at: this.claims[name] });
  }

  get t() {
    return Math.min(this.step ?? this.model.last, this.model.last);
  }

  setStep(t) {
    this.claim("step");
    this.step = Math.max(0, Math.min(this.model.last, t));
    this.request(true);
  }

  pickCell([i, j]) {
    if (this.pick && this.pick[0] === i && this.pick[1] === j) return;
    this.pick = [i, j];
    this.original = this.model.originals([i, j]);
    this.request(false);
    this.report("pick", this.original);
  }

  // Chosen twice, a block is no longer chosen; the veil follows with Python's answer.
  chooseBlock(text) {
    const { marked } = this.model;
    const shown = this.blocks
      .filter((block) => block.text === text)
      .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, k) => start + k));
    const same = shown.length === marked.size && shown.every((k) => marked.has(k));
    this.report("group", same ? [] : shown.map((k) => this.model.order[k]));
  }

  hover(cell, { speak = false } = {}) {
    if (cell?.[0] === this.cursor?.[0] && cell?.[1] === this.cursor?.[1]) return;
    this.cursor = cell;
    this.spoken = speak;
    if (cell && speak) this.look(following(this.view, this.n, cell, this.n / this.m));
    this.request(false);
  }

  // Around a place in CSS pixels.
  zoom(factor, x, y) {
    const { side } = this.geometry;
    this.look(zoomed(this.view, this.n, factor, [(x - LEFT) / side, (y - TOP) / side]));
  }

  // By CSS pixels.
  pan(right, down) {
    const scale = this.view.span / this.geometry.side;
    this.look(panned(this.view, this.n, [right * scale, down * scale]));
  }

  resetZoom() {
    this.look(wholeOf(this.n));
  }

  look(view) {
    this.view = view;
    this.request(true);
  }

  // Said twice at most: whoever scrolls the page past the board need not read it every time.
  hint(panel) {
    if (this.hints >= 2) return;
    this.hints += 1;
    panel.pill.classList.add("shown");
    clearTimeout(panel.pillTimer);
    panel.pillTimer = setTimeout(() => panel.pill.classList.remove("shown"), 1200);
  }

  // One set of elements per panel, reused for as long as the number of panels stays.
  furnish() {
    const { frames, theme } = this;
    while (this.panels.length > frames.panels.length) this.panels.pop().node.remove();
    while (this.panels.length < frames.panels.length) this.panels.push(new PanelView(this));
    this.describe();
    this.blocks = blocksOf(frames.groups, theme);
    this.columnBlocks = blocksOf(frames.columnGroups ?? frames.groups, theme, frames.groups);
    fillLegend(this.legend, this.blocks, (text) => this.chooseBlock(text));
  }

  describe() {
    const { frames, model } = this;
    frames.panels.forEach((spec, k) => this.panels[k].describe(spec, frames, model));
  }

  calibrate() {
    const { frames, model, theme, scales } = this;
    this.scales = calibrate(this.panels, { frames, model, theme, known: scales });
  }

  layout() {
    const width = this.root.clientWidth;
    if (!width || !this.panels.length) return;
    this.geometry = layoutOf({
      count: this.panels.length,
      n: this.n,
      m: this.m,
      width,
      screen: globalThis.innerHeight,
      most: this.frames.maxSide,
      ratio: globalThis.devicePixelRatio || 1,
    });
    const { columns, gap } = this.geometry;
    this.dock.node.style.minHeight = "";
    this.grid.style.columnGap = `${gap}px`;
    this.grid.style.gridTemplateColumns = `repeat(${columns}, ${this.geometry.width}px)`;
    this.panels.forEach((panel, k) => panel.arrange(k, columns, this.geometry));
    for (const bar of this.bars) bar.node.remove();
    this.bars = [];
    this.panels.forEach((panel, k) => {
      const previous = this.bars.at(-1);
      if (previous && previous.name === panel.scaleName && k % columns) previous.extend(panel);
      else this.bars.push(new Bar(this, panel, k, columns));
    });
    for (const bar of this.bars) bar.arrange(this.geometry);
    this.request(true);
  }

  request(everything) {
    this.stale ||= everything;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  paint() {
    if (!this.ready || !this.geometry) return;
    const begin = performance.now();
    const { t, stale } = this;
    this.stale = false;
    if (stale) {
      this.model.forget(t);
      for (const panel of this.panels) panel.paint(t);
      this.controls.show(t);
    }
    const thumbnails = this.thumbnails();
    for (const panel of this.panels) panel.paintOverlay(thumbnails);
    for (const bar of this.bars) bar.paint(stale);
    this.inspect();
    if (!stale) return;
    Object.assign(this.root.dataset, {
      paintedStep: t,
      framesId: this.frames.id,
      batchId: this.model.costId,
      painted: ++this.painted,
    });
    this.took = performance.now() - begin;
    mark("gca-board:painted");
  }

  // The cross-hair's cell, or the picked one while nothing is pointed at.
  get focus() {
    return this.cursor ?? this.pick;
  }

  // The two images of the cell in focus, for the ends of the cross-hair.
  thumbnails() {
    if (!this.focus) return null;
    const [i, j] = this.model.originals(this.focus);
    return (ctx, side, x, y, size) => this.dock.thumbnail(ctx, side, side === "rows" ? i : j, x, y, size);
  }

  inspect() {
    const { model } = this;
    if (!this.focus) return this.dock.clear();
    const [i, j] = this.focus;
    const lines = this.panels.map((panel) => {
      const value = panel.data.values[i * this.m + j];
      return { title: panel.name, value, colour: css(panel.scale.colour(value)) };
    });
    this.dock.fill(...model.originals([i, j]), lines);
    if (this.spoken) this.speech.textContent = this.dock.text;
  }
}

// Only the latest mark of a name is kept: tests and benchmarks read it, long sessions must not pile them up.
function mark(name) {
  performance.clearMarks(name);
  performance.mark(name);
}
