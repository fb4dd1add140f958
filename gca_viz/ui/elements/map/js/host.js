// A map outside Streamlit: whoever has a place on a page hands it bytes, and hears what the user does.
import { EmbeddingMap } from "./map.js";
import { dropSamples, holdSamples } from "./samples.js";

export class MapHost {
  // `hear(kind, points)` is told of "click" (a point) and "group" (samples, or none).
  constructor(place, hear) {
    this.map = new EmbeddingMap(place);
    this.tell = (name, { kind, points }) => hear(kind, points);
  }

  // Samples as gca_viz.ui.elements.map packs them.
  keep(samples) {
    holdSamples(samples, this);
  }

  // A map as it packs it.
  show(content) {
    this.content = content;
    this.map.receive({ data: content, setTriggerValue: this.tell });
  }

  choose(group, pair) {
    this.map.obey(group, pair);
  }

  // When the ground turned light or dark; what is chosen stays.
  repaint() {
    if (!this.content) return;
    const { group, pair } = this.map;
    this.show(this.content);
    this.choose(group, pair);
  }

  destroy() {
    this.map.destroy();
    dropSamples(this);
  }
}
