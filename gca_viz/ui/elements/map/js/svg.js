// As much of a canvas' context as the map draws with, written down as SVG.
import { polygon } from "./marks.js";

const SVG_STYLE = ["fillStyle", "strokeStyle", "lineWidth", "globalAlpha", "font", "textAlign", "textBaseline"];
const SVG_ANCHOR = { left: "start", center: "middle", right: "end" };
const SVG_BASELINE = { alphabetic: "auto", middle: "central", top: "hanging", bottom: "text-after-edge" };

export class SvgContext {
  constructor(width, height) {
    Object.assign(this, { width, height, parts: [], saved: [], open: 0, clips: 0, path: "" });
    Object.assign(this, { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1 });
    Object.assign(this, { font: "10px sans-serif", textAlign: "left", textBaseline: "alphabetic" });
  }

  put(tag, attributes, text) {
    const written = Object.entries(attributes).map(([name, value]) => `${name}="${SvgContext.plain(value)}"`);
    this.parts.push(`<${tag} ${written.join(" ")}${text === undefined ? "/>" : `>${SvgContext.plain(text)}</${tag}>`}`);
  }

  group(attributes) {
    this.parts.push(`<g ${attributes}>`);
    this.open += 1;
  }

  save() {
    this.saved.push([this.open, SVG_STYLE.map((name) => this[name])]);
  }

  restore() {
    const [open, style] = this.saved.pop();
    this.parts.push("</g>".repeat(this.open - open));
    this.open = open;
    SVG_STYLE.forEach((name, k) => (this[name] = style[k]));
  }

  translate(x, y) {
    this.group(`transform="translate(${x} ${y})"`);
  }

  rotate(angle) {
    this.group(`transform="rotate(${(angle * 180) / Math.PI})"`);
  }

  clip() {
    const name = `clip-${++this.clips}`;
    this.parts.push(`<clipPath id="${name}"><path d="${this.path}"/></clipPath>`);
    this.group(`clip-path="url(#${name})"`);
  }

  beginPath() {
    this.path = "";
  }

  step(letter, ...numbers) {
    this.path += letter + numbers.map((number) => Math.round(number * 100) / 100).join(" ");
  }

  moveTo(x, y) {
    this.step("M", x, y);
  }

  lineTo(x, y) {
    this.step("L", x, y);
  }

  closePath() {
    this.path += "Z";
  }

  rect(x, y, width, height) {
    polygon(this, [x, y], [x + width, y], [x + width, y + height], [x, y + height]);
  }

  // Whole circles only.
  arc(x, y, r) {
    this.step("M", x - r, y);
    this.step("A", r, r, 0, 1, 0, x + r, y);
    this.step("A", r, r, 0, 1, 0, x - r, y);
    this.closePath();
  }

  fill() {
    this.put("path", { d: this.path, fill: this.fillStyle, "fill-opacity": this.globalAlpha });
  }

  stroke() {
    const line = { stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-opacity": this.globalAlpha };
    this.put("path", { d: this.path, fill: "none", ...line });
  }

  fillRect(x, y, width, height) {
    this.put("rect", { x, y, width, height, fill: this.fillStyle, "fill-opacity": this.globalAlpha });
  }

  fillText(text, x, y) {
    const place = { "text-anchor": SVG_ANCHOR[this.textAlign], "dominant-baseline": SVG_BASELINE[this.textBaseline] };
    this.put("text", { x, y, fill: this.fillStyle, style: `font: ${this.font}`, ...place }, text);
  }

  measureText(text) {
    this.ruler ??= document.createElement("canvas").getContext("2d");
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }

  drawImage(image, sx, sy, sw, sh, x, y, width, height) {
    const cut = document.createElement("canvas");
    Object.assign(cut, { width: sw, height: sh });
    cut.getContext("2d").drawImage(image, sx, sy, sw, sh, 0, 0, sw, sh);
    this.put("image", { href: cut.toDataURL(), x, y, width, height, opacity: this.globalAlpha });
  }

  toString() {
    const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${this.parts.join("\n")}</svg>`;
  }

  static plain(text) {
    return String(text).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  }
}
