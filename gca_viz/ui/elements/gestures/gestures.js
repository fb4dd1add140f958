// Listens to the Plotly chart in the container `target`: tells Python which point was clicked, and shows the image of
// the point under the pointer. Streamlit itself reports no click in three dimensions.
import { mounted } from "../shared/js/lifecycle.js";
import { plotIn } from "../shared/js/plotly.js";

const STILL = 4; // CSS pixels that a press may wander and still be a click
const ASIDE = 14; // CSS pixels from the pointer to the image
const TIP_STYLE =
  "position:fixed;z-index:9999;display:none;pointer-events:none;border:1px solid #888;border-radius:4px;background-color:#fff";

// The image of a point beside the pointer.
class Tip {
  constructor() {
    this.node = document.createElement("div");
    this.node.className = "gca-map-tip";
    this.node.style.cssText = TIP_STYLE;
    document.body.appendChild(this.node);
  }

  show(point, { sheet, columns, tile }, { clientX, clientY }) {
    const [left, top] = [-(point % columns) * tile, -Math.floor(point / columns) * tile];
    this.node.dataset.point = point;
    Object.assign(this.node.style, {
      display: "block",
      width: `${tile}px`,
      height: `${tile}px`,
      left: `${clientX + ASIDE}px`,
      top: `${clientY - tile - ASIDE}px`,
      backgroundImage: `url(${sheet})`,
      backgroundPosition: `${left}px ${top}px`,
    });
  }

  hide() {
    this.node.style.display = "none";
  }
}

class ChartGestures {
  constructor() {
    this.tip = new Tip();
    this.chart = this.component = this.press = null;
    this.hovered = null;
    this.heard = {
      plotly_click: (event) => this.click(pointOf(event)),
      plotly_hover: (event) => this.hover(event),
      plotly_unhover: () => this.leave(),
    };
    // A chart whose data changed is a new one.
    this.observer = new MutationObserver(() => this.component && this.follow());
    this.observer.observe(document.body, { childList: true, subtree: true });
    this.listening = new AbortController();
    const always = { capture: true, signal: this.listening.signal };
    document.addEventListener("pointerdown", (event) => this.down(event), always);
    document.addEventListener("pointerup", (event) => this.up(event), always);
  }

  receive(component) {
    this.component = component;
    this.follow();
  }

  // Listen to the chart that is there now.
  follow() {
    const found = plotIn(this.component.data.target);
    if (!found?.on || found === this.chart) return;
    this.chart = found;
    this.leave();
    for (const [name, listener] of Object.entries(this.heard)) found.on(name, listener);
  }

  // With the camera, so that the map is still seen from there when it is drawn anew.
  click(point) {
    this.press = null;
    if (point === undefined) return;
    const camera = JSON.parse(JSON.stringify(this.chart.layout.scene?.camera ?? null));
    this.component.setTriggerValue("gesture", { point, camera });
  }

  hover(event) {
    const point = pointOf(event);
    this.hovered = point ?? null;
    const { data } = this.component;
    if (point !== undefined && data.sheet) this.tip.show(point, data, event.event ?? { clientX: 0, clientY: 0 });
  }

  leave() {
    this.hovered = null;
    this.tip.hide();
  }

  // In three dimensions plotly tells of a click only if it draws a frame while the button is down.
  down({ clientX, clientY, target }) {
    const solid = this.chart?.layout.scene && this.chart.contains(target) && this.hovered !== null;
    this.press = solid ? { clientX, clientY, point: this.hovered } : null;
  }

  up({ clientX, clientY }) {
    const { press } = this;
    if (press && Math.hypot(clientX - press.clientX, clientY - press.clientY) < STILL) this.click(press.point);
    this.press = null;
  }

  destroy() {
    this.observer.disconnect();
    this.listening.abort();
    this.tip.node.remove();
    if (!this.chart?.removeListener) return;
    for (const [name, listener] of Object.entries(this.heard)) this.chart.removeListener(name, listener);
  }
}

function pointOf(event) {
  return event?.points?.map((point) => point.customdata).find(Number.isInteger);
}

export default mounted(() => new ChartGestures());
