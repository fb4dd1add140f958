// The line under the matrices that says what the cross-hair points at: who row and column are, with their thumbnails,
// and the value in every panel. It stands still, so that it never covers a matrix.
import { element } from "../../shared/js/elements.js";
import { format } from "../../shared/js/numbers.js";

const INVITATION = {
  touch: "Tap a cell to see the pair behind it. Two fingers zoom.",
  mouse: "Point at a cell to see the pair behind it. Click keeps it, Ctrl + scroll zooms, drag moves.",
};

export class Dock {
  constructor() {
    this.node = element("div", "dock");
    this.sides = {};
    const pair = element("div", "pair");
    for (const side of ["rows", "columns"]) {
      const line = element("div", `who ${side}`);
      const canvas = element("canvas");
      canvas.width = canvas.height = 96;
      const words = element("div", "words");
      const parts = { canvas, index: element("div", "index"), name: element("div", "name"), kind: element("div", "kind") };
      words.append(parts.index, parts.name, parts.kind);
      line.append(canvas, words);
      pair.append(line);
      this.sides[side] = parts;
    }
    this.relation = element("div", "relation");
    this.values = element("div", "values");
    const facts = element("div", "facts");
    facts.append(this.relation, this.values);
    const kind = matchMedia("(pointer: coarse)").matches ? "touch" : "mouse";
    this.node.append(pair, facts, element("div", "invitation", INVITATION[kind]));
    this.atlases = {};
    this.node.dataset.empty = true;
  }

  load(samples, drawn) {
    if (this.samples?.id === samples.id) return;
    this.samples = samples;
    this.atlases = {};
    for (const side of ["rows", "columns"]) {
      const bytes = samples.arrays[`${side}Atlas`];
      this.sides[side].canvas.hidden = !bytes;
      if (!bytes) continue;
      createImageBitmap(new Blob([bytes])).then((picture) => {
        if (this.samples !== samples) return;
        this.atlases[side] = picture;
        drawn();
      });
    }
  }

  // Draw one thumbnail into a square; false without pictures.
  thumbnail(ctx, side, index, x, y, size) {
    const atlas = this.atlases[side];
    if (!atlas) return false;
    const columns = this.samples[side].atlasColumns;
    const tile = atlas.width / columns;
    ctx.imageSmoothingEnabled = tile > 20;
    ctx.imageSmoothingQuality = "high";
    ctx.drawImage(atlas, (index % columns) * tile, Math.floor(index / columns) * tile, tile, tile, x, y, size, size);
    return true;
  }

  // i, j are original indices; lines are { title, value, colour }.
  fill(i, j, lines) {
    const { axes } = this.samples;
    this.describe("rows", `${axes[0]} · i = ${i}`, i);
    this.describe("columns", `${axes[1]} · j = ${j}`, j);
    this.relate(i, j);
    this.values.replaceChildren(
      ...lines.map(({ title, value, colour }) => {
        const line = element("span", "line");
        const swatch = element("i", "swatch");
        swatch.style.background = colour;
        line.append(swatch, element("span", "what", title), element("b", "number", format(value)));
        return line;
      }),
    );
    this.node.dataset.empty = false;
    // It may grow once, but never shrinks and grows while the pointer moves.
    this.node.style.minHeight = `${this.node.offsetHeight}px`;
    const [row, column] = ["rows", "columns"].map((side) => {
      const { index, name } = this.sides[side];
      return `${index.textContent} ${name.textContent}`;
    });
    this.text = `${row}, ${column}: ${lines.map(({ title, value }) => `${title} ${format(value)}`).join(", ")}`;
  }

  // Who a row or a column is.
  describe(side, place, index) {
    const { names, classes, domains } = this.samples[side];
    const parts = this.sides[side];
    parts.index.textContent = place;
    parts.name.textContent = names?.[index] ?? "";
    parts.kind.textContent = [classes?.[index], domains?.[index]].filter(Boolean).join(" · ");
    const ctx = parts.canvas.getContext("2d");
    ctx.clearRect(0, 0, parts.canvas.width, parts.canvas.height);
    this.thumbnail(ctx, side, index, 0, 0, parts.canvas.width);
  }

  relate(i, j) {
    const { rows, columns, arrays } = this.samples;
    const partners = arrays.partner[i] === j;
    const [first, second] = [rows.classes?.[i], columns.classes?.[j]];
    const classes = !first || !second ? "" : first === second ? "same class" : "different classes";
    this.relation.textContent = partners ? "partners" : classes;
    this.relation.dataset.partners = partners;
  }

  clear() {
    this.node.dataset.empty = true;
  }
}
