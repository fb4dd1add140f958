// One message of Python's: what each point looks like and what is said of it.
import { css, onGround, ramp, readTheme } from "../../shared/js/colour.js";
import { format } from "../../shared/js/numbers.js";
import { unpack } from "../../shared/js/wire.js";
import { page } from "./page.js";

export class Content {
  constructor(bytes, root) {
    const { arrays, samples: batch, ...header } = unpack(bytes);
    const theme = readTheme(root);
    const grid = theme.dark ? "rgba(255,255,255,.09)" : "rgba(30,34,45,.09)";
    Object.assign(this, header, { batch, arrays, theme: { ...theme, grid, reference: theme.grey } });
    this.colour.palette = this.colour.palette.map((colour) => onGround(theme, colour));
    this.n = arrays.places.length / 4;
    this.radius = this.n <= 300 ? 4.5 : this.n <= 800 ? 3.5 : 2.5;
  }

  get samples() {
    return page.samples.get(this.batch)?.blob;
  }

  // Image and the part of it that shows a point, as drawImage takes them.
  pictureOf(point) {
    const { image, tile, columns } = this.samples ?? {};
    return image?.complete ? [image, (point % columns) * tile, Math.floor(point / columns) * tile, tile, tile] : null;
  }

  colourOf(point) {
    const { names, palette, low, high } = this.colour;
    const value = this.arrays.values[point];
    if (names.length) return palette[value];
    const share = (value - low) / (high - low);
    if (Number.isNaN(share)) return this.theme.excluded;
    return css(ramp("viridis")[Math.round(255 * Math.max(0, Math.min(1, share)))]);
  }

  textOf(point) {
    const { names, title } = this.colour;
    const text = this.samples?.texts[point] ?? `point ${point}`;
    const value = this.arrays.values[point];
    return names.length ? text : `${text} · ${title} ${Number.isNaN(value) ? "–" : format(value)}`;
  }

  // What colour, filling and shape mean; where the colour says the same as one of the others, once.
  legendEntries() {
    const { colour, domains, n } = this;
    const { values, domains: shapes } = this.arrays;
    const { reference } = this.theme;
    const nameOf = new Map(domains);
    const says = (other) => colour.names.length > 0 && values.every((value, point) => colour.names[value] === other(point));
    const byView = says((point) => `view ${point < n ? 1 : 2}`);
    const byDomain = !byView && says((point) => nameOf.get(shapes[point]));
    const shown = byView || byDomain ? [] : [...new Set(values)].sort((a, b) => a - b);
    const having = (array, value) => () => {
      const samples = Array.from(array, (own, point) => (own === value ? point % this.n : -1));
      return [...new Set(samples)].filter((sample) => sample >= 0).sort((a, b) => a - b);
    };
    return [
      ...(colour.names.length ? shown : []).map((value) =>
        entry(colour.names[value], 0, false, colour.palette[value], having(values, value)),
      ),
      entry("view 1", 0, false, byView ? colour.palette[0] : reference),
      entry("view 2", 0, true, byView ? colour.palette[1] : reference),
      ...(domains.length > 1 || byDomain ? domains : []).map(([value, name]) =>
        entry(name, value, false, byDomain ? colour.palette[value] : reference, having(shapes, value)),
      ),
    ];
  }
}

function entry(text, shape, hollow, colour, members) {
  return { text, shape, hollow, colour, members };
}
