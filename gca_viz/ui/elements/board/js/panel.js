// One panel (title, readout, matrix with its strips).
class PanelView {
  constructor(board) {
    this.board = board;
    this.node = element("figure", "panel");
    this.title = element("figcaption", "title");
    this.save = button("save", "Save this panel as PNG", () => savePicture(board, this));
    const head = element("div", "head");
    head.append(this.title, this.save);
    this.readout = element("div", "readout");
    const stage = element("div", "stage");
    this.base = element("canvas", "base");
    this.overlay = element("canvas", "overlay");
    this.overlay.tabIndex = 0;
    this.overlay.setAttribute("role", "application"); // keys are its own, a screen reader lets them through
    this.pill = element("div", "pill", "Ctrl + scroll zooms · drag moves");
    this.picture = document.createElement("canvas");
    stage.append(this.base, this.overlay, this.pill);
    this.node.append(head, this.readout, stage);
    board.grid.append(this.node);
    attach(board, this);
  }

  describe(spec, frames, n) {
    this.spec = spec;
    const plan = frames.plans[spec.plan]?.name;
    const names = {
      cost: "cost C",
      kernel: "kernel exp(−C/ε)",
      plan,
      target: "target",
      residual: `target − ${plan}`,
      difference: `${plan} − ${frames.plans[spec.minus]?.name}`,
    };
    this.name = names[spec.kind];
    this.title.textContent = this.heading = spec.title || this.name;
    this.overlay.setAttribute(
      "aria-label",
      `${this.heading}: ${this.name}, ${n} by ${n} matrix. Arrow keys move the cross-hair, Enter picks a cell.`,
    );
    if (this.picture.width !== n) {
      this.picture.width = this.picture.height = n;
      this.image = new ImageData(n, n);
    }
    this.shown = null;
  }

  arrange(k, columns, { width, height, ratio }) {
    const line = Math.floor(k / columns);
    this.node.style.gridArea = `${line * 4 + 1} / ${(k % columns) + 1} / span 3 / span 1`;
    for (const canvas of [this.base, this.overlay]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
  }

  get content() {
    const { board, spec, data } = this;
    const { arrays } = board.frames;
    const marginal = (name) => spec.kind === "plan" && arrays[`${name}${spec.plan}`];
    const arranged = (mass) => mass && Float32Array.from(board.model.order, (original) => mass[original]);
    const strips = spec.kind !== "cost" && {
      limit: this.limit,
      signed: SIGNED.has(spec.kind),
      rowMass: arranged(marginal("rowMass")),
      columnMass: arranged(marginal("columnMass")),
    };
    const portrait = (ctx, side, k, x, y, size) =>
      board.dock.thumbnail(ctx, side, board.model.order[k], x, y, size);
    return {
      picture: this.picture,
      veil: board.veil,
      blocks: board.blocks,
      axes: board.model.samples.axes,
      n: board.n,
      scale: this.scale,
      portrait,
      data,
      strips,
    };
  }

  paint(t) {
    const { board, scale, spec } = this;
    this.data = board.model.panel(spec, t);
    if (this.shown?.data !== this.data || this.shown.scale !== scale) {
      scale.paint(this.data.values, this.image);
      this.picture.getContext("2d").putImageData(this.image, 0, 0);
      this.shown = { data: this.data, scale };
      this.read(t);
    }
    const ctx = context(this.base, board.geometry.ratio);
    ctx.clearRect(0, 0, board.geometry.width, board.geometry.height);
    drawPanel(ctx, board.geometry, board.view, this.content, board.geometry.ratio, board.theme);
  }

  paintOverlay(thumbnails) {
    const { board } = this;
    const ctx = context(this.overlay, board.geometry.ratio);
    ctx.clearRect(0, 0, board.geometry.width, board.geometry.height);
    drawOverlay(ctx, board.geometry, board.view, { hover: board.cursor, pick: board.pick, thumbnails }, board.theme);
  }

  read(t) {
    const { board, spec, data } = this;
    const percent = (share) => `${(100 * share).toFixed(share > 0.0995 || share === 0 ? 0 : 1)} %`;
    const mass = data.total.toFixed(data.total < 99.95 ? 2 : 1);
    let pairs;
    if (spec.kind === "plan") {
      pairs = [["mass", mass]];
      if (data.loss !== undefined) {
        pairs.unshift(["pair loss", format(data.loss), "Mean of −log P over the pairs"]);
        pairs.push(["row top-1", percent(data.matched)]);
      }
      const held = board.model.held(spec.plan, t);
      // First, so that a narrow panel does not put it on a line of its own.
      if (held < t) pairs.unshift(["t", String(held), `This plan ends at half step ${held}`]);
    } else if (spec.kind === "cost") {
      const cells = board.n * board.n - board.model.forbidden(spec.plan).length;
      pairs = [["mean", format(data.total / cells)]];
      if (Number.isFinite(data.partners)) pairs.push(["of partners", format(data.partners)]);
    } else if (SIGNED.has(spec.kind)) {
      pairs = [[spec.kind === "residual" ? "½Σ|T − P|" : "½Σ|ΔP|", format(data.size / 2)]];
    } else pairs = [["mass", mass]];
    this.text = pairs.map(([name, value]) => `${name} ${value}`).join("   ");
    this.readout.replaceChildren(
      ...pairs.map(([name, value, why]) => {
        const item = element("span", "reading", `${name} `);
        item.append(element("b", "", value));
        if (why) item.title = why;
        return item;
      }),
    );
  }
}

function context(canvas, ratio) {
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}

// The panel as a picture for a slide: title, readout, matrix, colour bar at three times the size.
function savePicture(board, panel) {
  const { geometry, theme } = board;
  const ratio = 3;
  const head = 46;
  const canvas = document.createElement("canvas");
  canvas.width = geometry.width * ratio;
  canvas.height = (head + geometry.height + BAR_HEIGHT) * ratio;
  const ctx = context(canvas, ratio);
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, geometry.width, head + geometry.height + BAR_HEIGHT);
  const room = geometry.width - 16;
  label(ctx, theme, fit(ctx, theme, panel.heading, room, 14), 8, 14, { align: "left", size: 14, weight: 600, colour: theme.text });
  label(ctx, theme, fit(ctx, theme, `${panel.text}   t = ${board.t}`, room), 8, 33, { align: "left" });
  ctx.translate(0, head);
  drawPanel(ctx, geometry, board.view, panel.content, ratio, theme);
  drawOverlay(ctx, geometry, board.view, { pick: board.pick, thumbnails: board.pick && board.thumbnails() }, theme);
  ctx.translate(0, geometry.height);
  const bar = board.bars.find(({ panels }) => panels.includes(panel));
  const strip = document.createElement("canvas");
  strip.width = geometry.width * ratio;
  strip.height = BAR_HEIGHT * ratio;
  drawBar(context(strip, ratio), geometry.width, panel.scale, barTitle([panel]), { over: bar.over }, theme);
  ctx.drawImage(strip, 0, 0, geometry.width, BAR_HEIGHT);
  canvas.toBlob((blob) => {
    const link = element("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${panel.name.replace(/[^\p{L}\p{N}]+/gu, "-")}-t${board.t}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
