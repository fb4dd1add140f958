// Who the points are: their texts, and their images in one picture. Sent once per batch, kept for every map of it.
import { Library } from "../../shared/js/wire.js";
import { page } from "./page.js";

const library = new Library(page.samples);

function repaint() {
  for (const map of page.maps) map.request();
}

// As long as `holder` is not let go.
export function holdSamples(data, holder) {
  const samples = library.get(library.put(data, holder));
  if (!samples.image && samples.arrays.sheet.length) {
    samples.image = new Image();
    samples.image.addEventListener("load", () => {
      URL.revokeObjectURL(samples.image.src);
      repaint();
    });
    samples.image.src = URL.createObjectURL(new Blob([samples.arrays.sheet], { type: "image/webp" }));
  }
  repaint();
}

export function dropSamples(holder) {
  library.drop(holder);
}
