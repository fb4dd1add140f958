// What stands around the map: tools, legend, the image under the pointer, what is said to a screen reader, files.
Object.assign(ICONS, {
  lasso: "M8 2C4.1 2 1.5 4 1.5 6.6c0 1.5 1 2.8 2.5 3.6-.5.9-.4 2 .5 2.8.6.6 1.3 1 2 1.2l.4-1.2c-.6-.2-1-.4-1.4-.8-.4-.4-.5-.9-.3-1.4.9.2 1.8.4 2.8.4 3.9 0 6.5-2 6.5-4.6S11.9 2 8 2zm0 1.4c3 0 5 1.4 5 3.2s-2 3.2-5 3.2-5-1.4-5-3.2 2-3.2 5-3.2z",
  box: "M2 2h3v1.4H3.4V5H2zM6.5 2h3v1.4h-3zM11 2h3v3h-1.4V3.4H11zM2 6.5h1.4v3H2zM12.6 6.5H14v3h-1.4zM2 11h1.4v1.6H5V14H2zM6.5 12.6h3V14h-3zM12.6 11H14v3h-3v-1.4h1.6z",
  pan: "M8 1l2.3 2.6H8.7v3.7h3.7V5.7L15 8l-2.6 2.3V8.7H8.7v3.7h1.6L8 15l-2.3-2.6h1.6V8.7H3.6v1.6L1 8l2.6-2.3v1.6h3.7V3.6H5.7z",
});

class Furniture {
  constructor(map) {
    this.map = map;
    this.tip = element("div", "tip");
    this.tip.append(element("canvas"), element("span"));
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
    const node = button("save", `Save the map as ${kind}`, () => this.save(kind.toLowerCase()));
    node.classList.add(`save-${kind.toLowerCase()}`);
    node.append(element("small", "", kind));
    return node;
  }

  describe() {
    const { map } = this;
    const { colour } = map.content;
    this.legend.hidden = map.content.bare;
    const nodes = map.content.legendEntries().map(({ text, shape, hollow, colour: css, members }) => {
      const node = element(members ? "button" : "span", "entry", text);
      if (members) {
        node.type = "button";
        node.title = `Choose all of ${text}, or end the choice`;
        node.addEventListener("click", () => this.chooseAll(members()));
      }
      node.prepend(this.swatch(shape, hollow, css));
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

  point(number) {
    const { map, tip } = this;
    tip.hidden = number === null;
    if (number === null) return;
    const [x, y] = map.at(number);
    const [picture, text] = tip.children;
    text.textContent = map.content.textOf(number);
    tip.dataset.point = number;
    const drawn = map.content.pictureOf(number);
    picture.hidden = !drawn;
    if (drawn) {
      const side = drawn[3];
      Object.assign(picture, { width: side, height: side });
      picture.getContext("2d").drawImage(...drawn, 0, 0, side, side);
    }
    const beside = x > map.frame.width / 2 ? x - 14 - tip.offsetWidth : x + 14;
    const left = Math.max(0, Math.min(map.frame.width - tip.offsetWidth, beside));
    const top = y < map.frame.height / 3 ? y + 14 : y - 14 - tip.offsetHeight;
    tip.style.transform = `translate(${left}px, ${top}px)`;
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

  save(kind) {
    const { map } = this;
    const { theme } = map.content;
    const { width, height, box } = map.frame;
    const draw = (ctx, full) => {
      ctx.fillStyle = theme.background;
      ctx.fillRect(0, 0, width, full);
      drawScene(ctx, map);
      return drawLegend(ctx, map, box.x, height + 14, box.width);
    };
    const legend = drawLegend(new SvgContext(width, height), map, box.x, 0, box.width);
    const full = height + legend + 14;
    const name = `${map.content.name}.${kind}`;
    if (kind === "svg") {
      const ctx = new SvgContext(width, full);
      draw(ctx, full);
      return download(new Blob([ctx.toString()], { type: "image/svg+xml" }), name);
    }
    const canvas = element("canvas");
    Object.assign(canvas, { width: 2 * width, height: 2 * full });
    const ctx = canvas.getContext("2d");
    ctx.scale(2, 2);
    draw(ctx, full);
    canvas.toBlob((blob) => download(blob, name));
  }
}

function download(blob, name) {
  const link = element("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// For tests and benchmarks: what is really on the screen.
function inspector(map) {
  return {
    points: () =>
      Array.from({ length: 2 * map.n }, (_, point) => {
        const box = map.overlay.getBoundingClientRect();
        const [x, y] = map.at(point);
        return {
          place: [map.places[2 * point], map.places[2 * point + 1]],
          at: [box.left + x, box.top + y],
          chosen: map.isChosen(point),
          colour: map.content.colourOf(point),
        };
      }),
    state: () => {
      const { pair, group, cursor, echo, tool, armed } = map;
      return { pair: [...pair], group: [...group], view: { ...map.frame.view }, cursor, echo, tool, armed };
    },
    text: (point) => map.content.textOf(point),
    outlined: () => Array.from(map.content.arrays.outlined),
    lines: () => Array.from(map.content.arrays.line_start, (start, k) => [start, map.content.arrays.line_end[k]]),
    arrows: () => Array.from(map.content.arrays.arrow_places),
    pixel: (x, y) => {
      const ratio = map.canvas.width / map.frame.width;
      return Array.from(map.canvas.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1).data);
    },
  };
}
