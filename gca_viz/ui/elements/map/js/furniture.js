// What stands around the map: tools, legend, what is said to a screen reader.
import { css, ramp } from "../../shared/js/colour.js";
import { button, element } from "../../shared/js/elements.js";
import { format } from "../../shared/js/numbers.js";
import { mark } from "./marks.js";
import { saveMap } from "./save.js";
import { Tip } from "./tip.js";

const TOOLS = { lasso: "Draw a lasso around points", box: "Draw a box around points", pan: "Move the map" };

export class Furniture {
  constructor(map) {
    this.map = map;
    this.tip = new Tip(map);
    this.pill = element("div", "pill");
    this.legend = element("div", "legend");
    this.speech = element("div", "speech");
    this.speech.setAttribute("aria-live", "polite");
    this.tools = element("div", "tools");
    this.buttons = Object.entries(TOOLS).map(([name, title]) => button(name, title, () => map.take(name)));
    this.tools.append(
      ...this.buttons,
      element("span", "gap"),
      button("plus", "Zoom in (+)", () => map.zoom(1.5)),
      button("minus", "Zoom out (-)", () => map.zoom(1 / 1.5)),
      button("reset", "Whole map (0)", () => map.reset()),
      element("span", "gap"),
      this.saver("PNG"),
      this.saver("SVG"),
    );
  }

  saver(kind) {
    const node = button("save", `Save the map as ${kind}`, () => saveMap(this.map, kind.toLowerCase()));
    node.classList.add(`save-${kind.toLowerCase()}`);
    node.append(element("small", "", kind));
    return node;
  }

  describe() {
    const { map } = this;
    const { colour } = map.content;
    this.legend.hidden = map.content.bare;
    const nodes = map.content.legendEntries().map(({ text, shape, hollow, colour: ink, members }) => {
      const node = element(members ? "button" : "span", "entry", text);
      if (members) {
        node.type = "button";
        node.title = `Choose all of ${text}, or end the choice`;
        node.addEventListener("click", () => this.chooseAll(members()));
      }
      node.prepend(this.swatch(shape, hollow, ink));
      return node;
    });
    if (!colour.names.length) nodes.unshift(this.scale(colour));
    this.legend.replaceChildren(...nodes);
    this.showTool();
  }

  // Chosen twice, they are no longer chosen.
  chooseAll(samples) {
    const { chosen } = this.map;
    const same = chosen?.size === samples.length && samples.every((sample) => chosen.has(sample));
    this.map.choose(same ? [] : samples);
  }

  swatch(shape, hollow, colour) {
    const canvas = element("canvas");
    const ratio = globalThis.devicePixelRatio || 1;
    Object.assign(canvas, { width: 14 * ratio, height: 14 * ratio });
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    mark(ctx, shape, 7, 7, 5, hollow, colour);
    return canvas;
  }

  scale({ title, low, high }) {
    const node = element("span", "scale", title);
    const band = element("i");
    const colours = [0, 32, 64, 96, 128, 160, 192, 224, 255].map((k) => css(ramp("viridis")[k]));
    band.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
    node.append(element("b", "", format(low)), band, element("b", "", format(high)));
    return node;
  }

  showTool() {
    const { tool, armed, overlay } = this.map;
    Object.keys(TOOLS).forEach((name, k) => {
      this.buttons[k].setAttribute("aria-pressed", name === tool);
      this.buttons[k].classList.toggle("armed", armed && name === tool);
    });
    overlay.style.touchAction = armed ? "none" : "pan-x pan-y";
    overlay.style.cursor = tool === "pan" ? "grab" : "crosshair";
  }

  count(samples) {
    this.pill.classList.toggle("shown", samples !== null);
    if (samples !== null) this.pill.textContent = samples === 1 ? "1 sample" : `${samples} samples`;
  }

  flash(text) {
    this.pill.textContent = text;
    this.pill.classList.add("shown");
    clearTimeout(this.flashing);
    this.flashing = setTimeout(() => this.pill.classList.remove("shown"), 1200);
  }
}
