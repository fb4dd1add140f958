// Tells Python how wide this place is where it is narrow, in steps, so that a drag of the window's edge tells little.
import { mounted } from "../shared/js/lifecycle.js";
import { plotIn } from "../shared/js/plotly.js";

const WIDE = 600; // pixels
const STEP = 20;
const REST = 500; // milliseconds

class Width {
  constructor(place) {
    this.width = this.waiting = null;
    this.observer = new ResizeObserver(([{ contentRect }]) => this.measured(contentRect.width));
    this.observer.observe(place.host ?? place);
  }

  receive(component) {
    this.component = component;
    if (this.width !== null && this.waiting === null) this.tellIn(0);
  }

  measured(pixels) {
    if (!pixels) return; // hidden
    const first = this.width === null;
    this.width = pixels < WIDE ? STEP * Math.round(pixels / STEP) : 0;
    if (!first) stop(this.component.data.target);
    this.tellIn(first ? 0 : REST);
  }

  tellIn(milliseconds) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.waiting = null;
      if (this.width !== this.component.data.width) this.component.setStateValue("width", this.width);
    }, milliseconds);
  }

  destroy() {
    this.observer.disconnect();
    clearTimeout(this.waiting);
  }
}

// A figure that is resized while it plays could not be stopped any more, not even once another takes its place.
function stop(target) {
  const plot = plotIn(target);
  if (plot) window.Plotly?.animate(plot, [null], { mode: "immediate" });
}

export default mounted((place) => new Width(place));
