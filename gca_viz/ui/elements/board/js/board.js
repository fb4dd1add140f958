// One board: its elements, what it shows, and when it paints. Cells are kept in display order; only picks that
// leave or enter through Python are original indices.
const SCALE_OF = { cost: "cost", kernel: "kernel", plan: "mass", target: "mass", residual: "signed", difference: "signed" };
const SIGNED = new Set(["residual", "difference"]);
const GAP = 20;
const NARROWEST = 300; // CSS pixels below which panels wrap
const AROUND = 400; // CSS pixels of title, strips, colour bar and slider around a matrix

class Board {
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
    this.setStateValue = setStateValue;
    this.frames = unpack(data);
    this.refresh();
  }

  // Called again when a part of the batch arrives; until all have, the last picture stays.
  refresh() {
    if (!this.frames) return;
    this.ready = this.model.load(this.frames, this.library);
    this.root.dataset.waiting = !this.ready;
    if (!this.ready) return;
    const { frames, model } = this;
    this.theme = readTheme(this.root);
    if (this.n !== model.n) {
      this.view = { x: 0, y: 0, span: model.n };
      this.cursor = null;
    }
    this.n = model.n;
    this.dock.load(model.samples, () => this.request(true));
    this.obey("step", frames.control.step, (value) => (this.step = value));
    this.obey("pick", frames.control.pick, (value) => (this.original = value));
    this.pick = this.original ? this.original.map((index) => model.place[index]) : null;
    this.furnish();
    this.calibrate();
    this.veil = this.makeVeil();
    this.layout();
  }

  // One pixel per cell, opaque where neither row nor column is marked; null where none is.
  makeVeil() {
    const { n, theme } = this;
    const { marked } = this.model;
    if (!marked.size) return null;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = n;
    const ctx = canvas.getContext("2d");
    ctx.fillStyle = theme.veil;
    ctx.fillRect(0, 0, n, n);
    for (const k of marked) {
      ctx.clearRect(k, 0, 1, n);
      ctx.clearRect(0, k, n, 1);
    }
    return canvas;
  }

  // Take Python's value unless the user has acted since Python last heard.
  obey(name, order, take) {
    if (order && order.at >= this.claims[name]) take(order.value);
  }

  claim(name) {
    this.clock = Math.max(Date.now(), this.clock + 1);
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
    this.original = [this.model.order[i], this.model.order[j]];
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
    if (cell && speak) this.follow(cell);
    this.request(false);
  }

  zoom(factor, x, y) {
    const { view } = this;
    const { side } = this.geometry;
    const span = Math.max(Math.min(4, this.n), Math.min(this.n, view.span / factor));
    const [u, v] = [(x - LEFT) / side, (y - TOP) / side];
    this.look(view.x + u * (view.span - span), view.y + v * (view.span - span), span);
  }

  pan(dx, dy) {
    const scale = this.view.span / this.geometry.side;
    this.look(this.view.x - dx * scale, this.view.y - dy * scale, this.view.span);
  }

  resetZoom() {
    this.look(0, 0, this.n);
  }

  follow([i, j]) {
    const { x, y, span } = this.view;
    const keep = (at, k) => Math.min(k, Math.max(at, k + 1 - span));
    this.look(keep(x, j), keep(y, i), span);
  }

  look(x, y, span) {
    const inside = (at) => Math.max(0, Math.min(this.n - span, at));
    this.view = { x: inside(x), y: inside(y), span };
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
    const { frames, model, theme } = this;
    while (this.panels.length > frames.panels.length) this.panels.pop().node.remove();
    while (this.panels.length < frames.panels.length) this.panels.push(new PanelView(this));
    frames.panels.forEach((spec, k) => this.panels[k].describe(spec, frames, model.n));
    const colours = new Map();
    let start = 0;
    this.blocks = frames.groups.map(({ label: text, size, number }) => {
      if (!colours.has(text)) colours.set(text, classColour(theme, number ?? colours.size));
      start += size;
      return { start: start - size, end: start, text, colour: colours.get(text) };
    });
    this.legend.replaceChildren(
      ...[...colours].map(([text, colour]) => {
        const item = element("button", "group", text);
        item.type = "button";
        item.title = `Choose the group ${text}, or end the choice`;
        item.addEventListener("click", () => this.chooseBlock(text));
        const dot = element("i");
        dot.style.background = colour;
        item.prepend(dot);
        return item;
      }),
    );
  }

  // Scales come from the last half step, so that colours mean the same while the steps are scrubbed.
  calibrate() {
    const { frames, model, theme } = this;
    const { log, decades, maximum, signed_maximum: signedMaximum, palette } = frames.scale;
    const members = new Map();
    for (const panel of this.panels) {
      const name = panel.spec.scale ?? SCALE_OF[panel.spec.kind];
      if (!members.has(name)) members.set(name, []);
      members.get(name).push(panel);
    }
    const known = this.scales ?? new Map();
    this.scales = new Map();
    for (const [name, panels] of members) {
      const specs = panels.map((panel) => panel.spec);
      const leading = specs.some((spec) => spec.kind === "plan") ? specs.filter((spec) => spec.kind === "plan") : specs;
      const ends = leading.map((spec) => model.panel(spec, model.last));
      const kind = specs[0].kind === "cost" ? "cost" : SIGNED.has(specs[0].kind) ? "signed" : "mass";
      const given = kind === "signed" ? signedMaximum : kind === "mass" ? maximum : null;
      const options = {
        kind,
        log: log && kind !== "cost",
        decades,
        minimum: kind === "cost" ? Math.min(...ends.map((end) => end.minimum)) : 0,
        maximum: given ?? Math.max(...ends.map((end) => end.largest)),
        palette,
        theme,
      };
      const id = ColourScale.id(options);
      const scale = [...known.values()].find((other) => other.id === id) ?? new ColourScale(options);
      this.scales.set(name, scale);
      const reach = ends.flatMap((end) => [...end.rows, ...end.columns]).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      const limit = kind === "signed" ? Math.max(0.05, reach) : Math.max(1.6, Math.min(5, reach));
      for (const panel of panels) Object.assign(panel, { scale, limit, scaleName: name });
    }
  }

  layout() {
    const ratio = globalThis.devicePixelRatio || 1;
    const width = this.root.clientWidth;
    if (!width || !this.panels.length) return;
    const count = this.panels.length;
    const most = Math.max(1, Math.min(count, Math.floor((width + GAP) / (NARROWEST + GAP))));
    const lines = Math.ceil(count / most);
    const columns = Math.ceil(count / lines);
    const room = Math.floor((width - GAP * (columns - 1)) / columns) - LEFT - RIGHT;
    // The whole matrix and its slider should fit on the screen.
    const tallest = Math.max(280, globalThis.innerHeight - AROUND);
    let side = Math.max(120, Math.min(this.frames.maxSide, tallest, room));
    const pixels = (side * ratio) / this.n;
    // Whole device pixels per cell keep cells equal, unless that wastes much room.
    if (pixels >= 1 && Math.floor(pixels) / pixels > 0.86) side = (Math.floor(pixels) * this.n) / ratio;
    const panelWidth = Math.ceil(side + LEFT + RIGHT);
    const gap = Math.max(GAP, Math.min(3 * GAP, Math.floor((width - columns * panelWidth) / (columns - 1 || 1))));
    this.geometry = { side, width: panelWidth, height: Math.ceil(TOP + side + BOTTOM), gap, ratio };
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
    const [i, j] = this.focus.map((k) => this.model.order[k]);
    return (ctx, side, x, y, size) => this.dock.thumbnail(ctx, side, side === "rows" ? i : j, x, y, size);
  }

  inspect() {
    const { model } = this;
    if (!this.focus) return this.dock.clear();
    const [i, j] = this.focus;
    const lines = this.panels.map((panel) => {
      const value = panel.data.values[i * this.n + j];
      const at = panel.scale.position(value);
      const colour = Number.isNaN(at) ? this.theme.excluded : css(panel.scale.ramp[Math.round(at * 255)]);
      return { title: panel.name, value, colour };
    });
    this.dock.fill(model.order[i], model.order[j], lines);
    if (this.spoken) this.speech.textContent = this.dock.text;
  }
}

// Only the latest mark of a name is kept: tests and benchmarks read it, long sessions must not pile them up.
function mark(name) {
  performance.clearMarks(name);
  performance.mark(name);
}
