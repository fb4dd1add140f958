// Tells Python how wide this place is where it is narrow, in steps, so that a drag of the window's edge tells little.
import { plotIn } from "../shared/js/plotly.js";

const WIDE = 600; // pixels
const STEP = 20;
const REST = 500; // milliseconds
const observers = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const place = parentElement.host ?? parentElement;
  observers.get(place)?.disconnect();
  let waiting = null;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (!contentRect.width) return; // hidden
    const width = contentRect.width < WIDE ? STEP * Math.round(contentRect.width / STEP) : 0;
    const resized = waiting !== null;
    if (resized) stop(data.target);
    clearTimeout(waiting);
    waiting = setTimeout(() => width !== data.width && setStateValue("width", width), resized ? REST : 0);
  });
  observer.observe(place);
  observers.set(place, observer);
  return () => observer.disconnect();
}

// A figure that is resized while it plays could not be stopped any more, not even once another takes its place.
function stop(target) {
  const plot = plotIn(target);
  if (plot) window.Plotly?.animate(plot, [null], { mode: "immediate" });
}
