// Groups of consecutive rows (and columns), and the legend that names each once.
import { classColour } from "../../shared/js/colour.js";
import { element } from "../../shared/js/elements.js";

// Where each block stands, and its colour; blocks of one name have one. A block of columns alone is nobody's to choose.
export function blocksOf(groups, theme, among = groups) {
  const colours = new Map();
  const names = new Set(among.map(({ label: text }) => text));
  let start = 0;
  return groups.map(({ label: text, size, number }) => {
    if (!colours.has(text)) colours.set(text, classColour(theme, number ?? colours.size));
    start += size;
    return { start: start - size, end: start, text, colour: colours.get(text), choosable: names.has(text) };
  });
}

export function fillLegend(legend, blocks, choose) {
  const colours = new Map(blocks.map(({ text, colour }) => [text, colour]));
  legend.replaceChildren(
    ...[...colours].map(([text, colour]) => {
      const item = element("button", "group", text);
      item.type = "button";
      item.title = `Choose the group ${text}, or end the choice`;
      item.addEventListener("click", () => choose(text));
      const dot = element("i");
      dot.style.background = colour;
      item.prepend(dot);
      return item;
    }),
  );
}
