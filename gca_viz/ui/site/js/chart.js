// A chart of lines and points, as SVG in the colours of the palette; what a mark is, a pointer is told.
import { element } from "../../elements/shared/js/elements.js";
import { formatTick } from "../../elements/shared/js/numbers.js";
import { ticksBetween } from "../../elements/shared/js/ticks.js";

const HEIGHT = 360;
const ROOM = { left: 58, right: 86, top: 12, bottom: 44, slanted: 110 };
const TICK = { x: 70, y: 44 }; // CSS pixels for each number
const SLANT = 130; // pixels of the page that each name needs to stand upright
const DOT = 4.5;
const BAR = 0.85; // of the room of a number

// `series` are { xs, ys, name, colour, width (of a line; none without) and whether it has a dash,
// dots (or crosses) or bars, how wide these are, title or titles, label at the end, labels over the dots, their radii, floors
// of the bars }; `x` and `y` have a title and may begin `from` and end at `to`
// somewhere, have a `mark` { at, text }, `names` for 0, 1, …, or be bare of numbers.
export class Chart {
  constructor(place) {
    this.place = place;
    this.legend = element("div", "chart-legend");
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(place);
  }

  show(spec) {
    this.spec = spec;
    this.draw();
  }

  draw() {
    const width = this.place.clientWidth;
    if (!width || !this.spec) return;
    const { series, x, y } = this.spec;
    const svg = node("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img" });
    svg.setAttribute("aria-label", `${y.title} against ${x.title}`);
    const slanted = x.names && width < SLANT * x.names.length;
    const bottom = slanted ? ROOM.slanted : ROOM.bottom;
    const across = new Axis(x, series.flatMap(endsOf), [ROOM.left, width - ROOM.right]);
    const up = new Axis(y, series.flatMap(({ ys }) => [...ys]), [HEIGHT - bottom, ROOM.top]);
    svg.append(...frame(across, up, width, slanted));
    for (const one of series) svg.append(...marks(one, across, up));
    const names = new Map(series.filter(({ name }) => name).map(({ name, colour }) => [name, colour]));
    this.legend.replaceChildren(
      ...[...names].map(([name, colour]) => {
        const item = element("span", "", name);
        const dot = element("i");
        dot.style.background = `var(--gca-${colour})`;
        item.prepend(dot);
        return item;
      }),
    );
    this.place.replaceChildren(svg, this.legend);
  }
}

class Axis {
  constructor({ title, from, to, mark, bare, names }, values, [start, end]) {
    const seen = [...values, ...[from, to, mark?.at].filter((value) => value !== undefined)];
    const [low, high] = [Math.min(...seen), Math.max(...seen)];
    const margin = 0.04 * (high - low || 1);
    Object.assign(this, { title, mark, bare, names, start, end });
    Object.assign(this, { low: low === from ? low : low - margin, high: high === to ? high : high + margin });
  }

  place(value) {
    return this.start + ((value - this.low) / (this.high - this.low)) * (this.end - this.start);
  }

  said(value) {
    return this.names?.[value] ?? formatTick(value, false);
  }

  ticks(room) {
    if (this.bare) return [];
    if (this.names) return [...this.names.keys()];
    return ticksBetween(this.low, this.high, Math.floor(Math.abs(this.end - this.start) / room));
  }
}

function node(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Where a series is drawn; a bar has its width.
function endsOf({ xs, bars, wide = 1 }) {
  return bars ? xs.flatMap((x) => [x - wide / 2, x + wide / 2]) : [...xs];
}

function frame(across, up, width, slanted) {
  const [left, right, bottom, top] = [across.start, across.end, up.start, up.end];
  const middle = (top + bottom) / 2;
  return [
    ...across.ticks(TICK.x).flatMap((value) => {
      const at = across.place(value);
      const turn = `translate(${at + 4} ${bottom + 12}) rotate(-35)`;
      const said = slanted ? node("text", { class: "tick end", transform: turn }, across.said(value)) : words("tick", at, bottom + 16, across.said(value));
      return [line("grid", at, top, at, bottom), said];
    }),
    ...up.ticks(TICK.y).flatMap((value) => {
      const at = up.place(value);
      return [line("grid", left, at, right, at), words("tick end", left - 8, at + 4, up.said(value))];
    }),
    words("title", (left + Math.min(right, width)) / 2, HEIGHT - 8, across.title),
    node("text", { class: "title", transform: `translate(14 ${middle}) rotate(-90)` }, up.title),
    ...(across.mark ? [line("mark", across.place(across.mark.at), top, across.place(across.mark.at), bottom)] : []),
    ...(across.mark ? [words("tick begin", across.place(across.mark.at) + 4, top + 10, across.mark.text)] : []),
    ...(up.mark ? [line("mark", left, up.place(up.mark.at), right, up.place(up.mark.at))] : []),
  ];
}

function line(kind, x1, y1, x2, y2) {
  return node("line", { class: kind, x1, y1, x2, y2 });
}

function words(kind, x, y, text) {
  return node("text", { class: kind, x, y }, text);
}

function crossAt(x, y, r) {
  return `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}`;
}

function marks({ xs, ys, colour, width, dash, dots, crosses, bars, wide = 1, title, titles, label, labels, radii, floors }, across, up) {
  const ink = `var(--gca-${colour})`;
  const places = xs.map((value, k) => [across.place(value), up.place(ys[k])]);
  const made = [];
  if (width) {
    const style = `stroke: ${ink}; stroke-dasharray: ${dash ? "6 5" : "none"}`;
    made.push(node("polyline", { points: places.join(" "), fill: "none", "stroke-width": width, style }));
    made[0].append(node("title", {}, title));
  }
  const told = (mark, k, text) => {
    mark.append(node("title", {}, `${titles?.[k] ?? title}: ${text}`));
    made.push(mark);
  };
  if (bars) {
    const room = BAR * wide * (across.place(1) - across.place(0));
    places.forEach(([x, y], k) => {
      const height = Math.max(0, up.place(floors?.[k] ?? 0) - y);
      const value = formatTick(ys[k] - (floors?.[k] ?? 0), false);
      told(node("rect", { x: x - room / 2, y, width: room, height, style: `fill: ${ink}` }), k, value);
    });
  }
  if (dots) {
    places.forEach(([cx, cy], k) => {
      const r = radii?.[k] ?? DOT;
      const values = `${formatTick(xs[k], false)}, ${formatTick(ys[k], false)}`;
      const mark = crosses
        ? node("path", { d: crossAt(cx, cy, r), fill: "none", "stroke-width": 3, style: `stroke: ${ink}` })
        : node("circle", { class: "dot", cx, cy, r, style: `fill: ${ink}` });
      told(mark, k, values);
      if (labels) made.push(words("tick", cx, cy - r - 4, labels[k]));
    });
  }
  if (label) {
    const [x, y] = places.at(-1);
    made.push(words("tick begin", x + 6, y + 4, label));
    if (colour) made.at(-1).style.fill = ink;
  }
  return made;
}
