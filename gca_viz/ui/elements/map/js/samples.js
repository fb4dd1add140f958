// Who the points are: their texts, and their images in one picture. Sent once per batch, kept for every map of it.
import { hideRoom, isOnPage } from "../../shared/js/lifecycle.js";
import { Library } from "../../shared/js/wire.js";
import { page } from "./page.js";

const library = new Library(page.samples);

function repaint() {
  for (const map of page.maps) map.request();
}

export default function ({ data, parentElement: place }) {
  hideRoom(place);
  const samples = library.get(library.put(data, place));
  if (!samples.image) {
    samples.image = new Image();
    samples.image.addEventListener("load", () => {
      URL.revokeObjectURL(samples.image.src);
      repaint();
    });
    samples.image.src = URL.createObjectURL(new Blob([samples.arrays.sheet], { type: "image/webp" }));
  }
  repaint();
  return () => isOnPage(place) || library.drop(place);
}
