// A number in cells under the dot: the picture, its scale, the cell under the pointer, and the whole as a file.
import { download } from "../shared/js/files.js";
import { EDGE, SIDE, shape, x, y } from "./geometry.js";

const COPIED = [
  "fill",
  "stroke",
  "stroke-width",
  "font-size",
  "font-family",
  "opacity",
  "text-anchor",
  "paint-order",
  "image-rendering",
];

export class Cells {
  constructor(square) {
    this.square = square;
    this.picture = shape("image", { class: "cells", preserveAspectRatio: "none" });
    this.cursor = shape("rect", { class: "cursor", visibility: "hidden" });
    this.snap = (tau) => Math.round(tau * this.steps) / this.steps;
    this.ticks = shape("g", { class: "ticks" });
    for (const tau of [0, 0.25, 0.5, 0.75, 1]) {
      this.ticks.append(
        shape("text", { x: x(tau), y: EDGE + SIDE + 6, "text-anchor": "middle" }, String(tau)),
        shape("text", { x: EDGE - 3.6, y: y(tau) + 1, "text-anchor": "end" }, String(tau)),
      );
    }
    this.bar = document.createElement("div");
    this.bar.className = "bar";
    const [title, low, band, high] = ["b", "span", "i", "span"].map((tag) => document.createElement(tag));
    this.parts = { title, low, band, high };
    this.keep = document.createElement("button");
    Object.assign(this.keep, { type: "button", className: "keep", textContent: "SVG", title: "Save the square as SVG" });
    this.keep.addEventListener("click", () => this.save());
    this.bar.append(title, low, band, high, this.keep);
  }

  load(heat) {
    this.square.node.classList.toggle("heat", Boolean(heat));
    if (!heat) return;
    this.texts = heat.texts;
    this.name = heat.name;
    // A cell lies around its place, so that the outermost reach over the edge.
    this.steps = heat.texts.length - 1;
    this.half = SIDE / this.steps / 2;
    this.put(this.picture, EDGE - this.half, EDGE - this.half, SIDE + 2 * this.half);
    this.picture.setAttribute("href", heat.image);
    const { title, low, band, high } = this.parts;
    [title.textContent, low.textContent, high.textContent] = [heat.title, heat.low, heat.high];
    band.style.background = `linear-gradient(to right, ${heat.scale.join(", ")})`;
  }

  // The number of the nearest cell, said to be so where the place is not its own.
  text(tau1, tau2) {
    const there = [tau1, tau2].every((tau) => Math.abs(tau - this.snap(tau)) < 1e-3);
    return (there ? "" : "≈ ") + this.texts[Math.round(tau1 * this.steps)][Math.round(tau2 * this.steps)];
  }

  put(node, left, top, side) {
    for (const [name, value] of Object.entries({ x: left, y: top, width: side, height: side })) node.setAttribute(name, value);
  }

  point(place) {
    this.cursor.setAttribute("visibility", place ? "visible" : "hidden");
    if (place) this.put(this.cursor, x(place[0]) - this.half, y(place[1]) - this.half, 2 * this.half);
  }

  // Styles are written out: a file has no style sheet.
  save() {
    const { svg, node } = this.square;
    const copy = svg.cloneNode(true);
    const [from, to] = [svg, copy].map((root) => [...root.querySelectorAll("*")]);
    from.forEach((shown, k) => {
      const style = getComputedStyle(shown);
      for (const name of COPIED) to[k].setAttribute(name, style.getPropertyValue(name));
    });
    const ink = { "font-size": 4, fill: getComputedStyle(node).color };
    copy.append(shape("text", { x: EDGE, y: 7, ...ink }, this.parts.title.textContent));
    download(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }), `${this.name}.svg`);
  }
}
