// A table of losses: a row each, a small picture per dial. Rows are kept while their content stays, so that a press
// does not make the page jump and the keyboard stays where it is.
import { element } from "../shared/js/elements.js";
import { mounted } from "../shared/js/lifecycle.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 96;
const HIGH = 64;

class LossTable {
  constructor(place) {
    this.node = element("div", "losses");
    this.table = element("table");
    this.head = element("thead");
    this.body = element("tbody");
    this.table.append(this.head, this.body);
    this.node.append(this.table);
    this.rows = new Map();
    place.append(this.node);
  }

  receive({ data, setTriggerValue }) {
    this.say = (what, name) => setTriggerValue("choice", { what, name });
    this.drawHead(data.heads);
    const kept = new Map();
    for (const row of data.rows) {
      const said = JSON.stringify([row, row.cells.map((cell) => cell.images.map((name) => data.pictures[name]))]);
      const before = this.rows.get(row.name);
      kept.set(row.name, before?.said === said ? before : { said, node: this.drawn(row, data, before?.node) });
    }
    for (const [name, { node }] of this.rows) if (kept.get(name)?.node !== node) node.remove();
    this.rows = kept;
    let place = this.body.firstChild;
    for (const { node } of kept.values()) {
      if (node === place) place = place.nextSibling;
      else this.body.insertBefore(node, place);
    }
  }

  drawHead(heads) {
    const said = JSON.stringify(heads);
    if (said === this.headed) return;
    this.headed = said;
    const row = element("tr");
    for (const [title, sentence] of [["loss", ""], ...heads]) {
      const cell = element("th", "", title);
      cell.scope = "col";
      if (sentence) cell.append(element("small", "", sentence));
      row.append(cell);
    }
    this.head.replaceChildren(row);
  }

  // The row anew; where it was there and only its picks have changed, its buttons are changed in place.
  drawn(row, data, before) {
    const node = element("tr", row.here ? "here" : "");
    node.append(this.title(row));
    if (row.problem) {
      const cell = element("td", "problem", row.problem);
      cell.colSpan = data.heads.length;
      node.append(cell);
    }
    row.cells.forEach((cell, at) => node.append(dial(cell, data.pictures, data.heads[at][0])));
    const focused = before?.querySelector(":focus")?.dataset.what;
    if (focused) requestAnimationFrame(() => node.querySelector(`[data-what="${focused}"]`)?.focus());
    return node;
  }

  title(row) {
    const cell = element("th");
    cell.scope = "row";
    const open = element("button", "open", row.title);
    open.type = "button";
    open.title = "Open in the workbench";
    open.dataset.what = "open";
    open.addEventListener("click", () => this.say("open", row.name));
    cell.append(open);
    if (row.small) cell.append(element("small", "", row.small));
    if (row.here) cell.append(element("small", "now", "in the workbench now"));
    const picks = element("div", "picks");
    for (const side of "AB") {
      const pick = element("button", "pick", side);
      pick.type = "button";
      pick.dataset.what = side;
      pick.setAttribute("aria-pressed", String(row.picked.includes(side)));
      pick.setAttribute("aria-label", `Compare as ${side}: ${row.title}`);
      pick.addEventListener("click", () => this.say(side, row.name));
      picks.append(pick);
    }
    cell.append(picks);
    return cell;
  }

  destroy() {
    this.node.remove();
  }
}

function dial(cell, pictures, head) {
  const node = element("td");
  node.dataset.head = head;
  const figure = element("figure");
  if (cell.images.length) figure.append(images(cell, pictures));
  else if (cell.bars.length) figure.append(chart(cell));
  const words = element("figcaption", "", cell.words);
  if (cell.small) words.append(element("small", "", cell.small));
  figure.append(words);
  node.append(figure);
  return node;
}

function images(cell, pictures) {
  const place = element("div", cell.rows.length ? "edged" : "side-by-side");
  cell.images.forEach((name, number) => {
    const image = element("img");
    image.src = pictures[name];
    image.alt = number ? "" : cell.alt;
    place.append(image);
  });
  if (cell.rows.length) {
    place.append(edge(cell.rows, "right"), edge(cell.columns, "below"));
  }
  return place;
}

// What rows send, or columns receive, as bars along an edge of the picture.
function edge(heights, side) {
  const across = side === "right";
  const svg = graph(across ? [10, heights.length] : [heights.length, 10], "");
  svg.setAttribute("class", side);
  heights.forEach((height, at) => {
    const length = 10 * height;
    svg.append(rectangle(across ? [0, at, length, 1.02] : [at, 0, 1.02, length]));
  });
  return svg;
}

function chart(cell) {
  const svg = graph([WIDE, HIGH], cell.alt);
  const width = WIDE / cell.bars.length;
  cell.bars.forEach((height, at) => svg.append(rectangle([at * width, HIGH * (1 - height), width - 0.5, HIGH * height])));
  if (cell.line.length) {
    const curve = document.createElementNS(SVG, "polyline");
    const step = WIDE / cell.line.length;
    curve.setAttribute("points", cell.line.map((y, at) => `${(at + 0.5) * step},${2 + (HIGH - 4) * (1 - y)}`).join(" "));
    svg.append(curve);
  }
  return svg;
}

function graph([width, height], alt) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  if (alt) svg.setAttribute("aria-label", alt);
  else svg.setAttribute("aria-hidden", "true");
  return svg;
}

function rectangle([x, y, width, height]) {
  const node = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x, y, width, height })) node.setAttribute(name, value);
  return node;
}

export default mounted((place) => new LossTable(place));
