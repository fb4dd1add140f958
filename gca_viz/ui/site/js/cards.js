// Pictures under a chart or in its place, with what is said of each.
import { element } from "../../elements/shared/js/elements.js";

// `cards` have a title, and `all`: of each its `pictures` as { place among the addresses, name } and its `lines` as { text,
// colour of a mark before it }.
export function drawCards(place, cards, addresses) {
  if (!cards) return place.replaceChildren();
  const strip = element("div", "cards");
  strip.append(...cards.all.map((card) => cardOf(card, addresses)));
  return place.replaceChildren(element("h2", "", cards.title), strip);
}

function cardOf({ pictures, lines }, addresses) {
  const card = element("figure");
  for (const { place, name } of pictures) card.append(Object.assign(element("img"), { src: addresses[place], alt: name, title: name }));
  for (const { text, colour } of lines) {
    const line = element("figcaption", "", text);
    if (colour) {
      line.prepend(element("i"));
      line.firstChild.style.background = `var(--gca-${colour})`;
    }
    card.append(line);
  }
  return card;
}
