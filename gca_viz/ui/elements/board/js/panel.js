// One panel (title, summary, matrix with its strips).
import { contextOf, resize } from "../../shared/js/canvas.js";
import { button, element } from "../../shared/js/elements.js";
import { listenOn } from "../../shared/js/surface.js";
import { SIGNED } from "./calibrate.js";
import { drawPanel } from "./draw.js";
import { drawOverlay } from "./overlay.js";
import { Pointer } from "./pointer.js";
import { savePicture } from "./save.js";
import { summaryOf } from "./summary.js";

export class PanelView {
  constructor(board) {
    this.board = board;
    this.node = element("figure", "panel");
    this.title = element("figcaption", "title");
    this.save = button("save", "Save this panel as PNG", () => savePicture(board, this));
    const head = element("div", "head");
    head.append(this.title, this.save);
    this.summary = element("div", "summary");
    const stage = element("div", "stage");
    this.base = element("canvas", "base");
    this.overlay = element("canvas", "overlay");
    this.overlay.tabIndex = 0;
    this.overlay.setAttribute("role", "application"); // keys are its own, a screen reader lets them through
    this.pill = element("div", "pill", "Ctrl + scroll zooms · drag moves");
    this.picture = document.createElement("canvas");
    stage.append(this.base, this.overlay, this.pill);
    this.node.append(head, this.summary, stage);
    board.grid.append(this.node);
    listenOn(this.overlay, new Pointer(board, this));
  }

  describe(spec, frames, { n, m }) {
    this.spec = spec;
    const plan = frames.plans[spec.plan]?.name;
    const names = {
      cost: "cost C",
      kernel: "kernel exp(−C/ε)",
      plan,
      target: "target",
      residual: `target − ${plan}`,
      force: `force of ${plan}`,
      difference: `${plan} − ${frames.plans[spec.minus]?.name}`,
    };
    this.name = names[spec.kind];
    write(this.title, (this.heading = spec.title || this.name));
    this.overlay.setAttribute(
      "aria-label",
      `${this.heading}: ${this.name}, ${n} by ${m} matrix. Arrow keys move the cross-hair, Enter picks a cell.`,
    );
    if (this.picture.width !== m || this.picture.height !== n) {
      [this.picture.width, this.picture.height] = [m, n];
      this.image = new ImageData(m, n);
    }
    this.shown = null;
  }

  arrange(k, columns, { width, height, ratio }) {
    const line = Math.floor(k / columns);
    this.node.style.gridArea = `${line * 4 + 1} / ${(k % columns) + 1} / span 3 / span 1`;
    for (const canvas of [this.base, this.overlay]) resize(canvas, width, height, ratio);
  }

  get content() {
    const { board, spec, data } = this;
    const { arrays } = board.frames;
    const marginal = (name) => spec.kind === "plan" && arrays[`${name}${spec.plan}`];
    const { order, columnOrder } = board.model;
    const strips = spec.kind !== "cost" && {
      limit: this.limit,
      signed: SIGNED.has(spec.kind),
      what: spec.kind === "force" ? "force" : undefined,
      rowMass: arranged(marginal("rowMass"), order),
      columnMass: arranged(marginal("columnMass"), columnOrder),
    };
    const portrait = (ctx, side, k, x, y, size) =>
      board.dock.thumbnail(ctx, side, (side === "rows" ? order : columnOrder)[k], x, y, size);
    return {
      picture: this.picture,
      veil: board.veil,
      blocks: board.blocks,
      columnBlocks: board.columnBlocks,
      axes: board.model.samples.axes,
      n: board.n,
      m: board.m,
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
      this.summarize(t);
    }
    const ctx = contextOf(this.base, board.geometry.ratio);
    ctx.clearRect(0, 0, board.geometry.width, board.geometry.height);
    drawPanel(ctx, board.geometry, board.view, this.content, board.geometry.ratio, board.theme);
  }

  paintOverlay(thumbnails) {
    const { board } = this;
    const ctx = contextOf(this.overlay, board.geometry.ratio);
    ctx.clearRect(0, 0, board.geometry.width, board.geometry.height);
    drawOverlay(ctx, board.geometry, board.view, { hover: board.cursor, pick: board.pick, thumbnails }, board.theme);
  }

  summarize(t) {
    const items = summaryOf(this.spec, this.data, this.board.model, t);
    this.text = items.map(({ name, value }) => `${name} ${value}`).join("   ");
    const kinds = items.map(({ name, why }) => `${name} ${why}`).join();
    if (kinds === this.kinds) {
      for (const [k, shown] of this.summary.querySelectorAll("b").entries()) write(shown, items[k].value);
      return;
    }
    this.kinds = kinds;
    this.summary.replaceChildren(
      ...items.map(({ name, value, why }) => {
        const item = element("span", "item", `${name} `);
        item.append(element("b", "", value));
        if (why) item.title = why;
        return item;
      }),
    );
  }
}

// The same words again would make the page lay itself out anew.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Masses in the order in which they are drawn; what is not given stays so.
function arranged(mass, order) {
  return mass && Float32Array.from(order, (original) => mass[original]);
}
