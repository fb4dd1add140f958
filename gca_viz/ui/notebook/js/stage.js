// Where an element of ours lives in a notebook: a place with a sheet of its own, light or dark as the page is.
import { element } from "../../elements/shared/js/elements.js";

export class Stage {
  // `repaint` is called when the ground has turned.
  constructor(model, el, repaint) {
    this.host = element("div", "gca-viz");
    // JupyterLab's shortcuts would take the arrow keys.
    this.host.setAttribute("data-lm-suppress-shortcuts", "true");
    this.place = element("div");
    this.host.attachShadow({ mode: "open" }).append(element("style", "", model.get("_sheet")), this.place);
    el.append(this.host);
    // The picture that a notebook keeps for when nobody can draw the element.
    this.stills = document.querySelectorAll(`[data-still="${model.get("_still_key")}"]`);
    this.showStills(false);
    this.repaint = repaint;
    // A notebook attaches the element after it is made, and changes its theme by attributes.
    this.arrival = new ResizeObserver(() => this.follow());
    this.arrival.observe(this.host);
    this.theme = new MutationObserver(() => requestAnimationFrame(() => this.follow()));
    for (const node of [document.documentElement, document.body]) this.theme.observe(node, { attributes: true });
  }

  // The page's text tells what its ground is, whichever notebook it is.
  follow() {
    if (!this.host.isConnected) return;
    const [red, green, blue] = getComputedStyle(this.host.parentElement).color.match(/[\d.]+/g).map(Number);
    const ground = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 128 ? "dark" : "light";
    if (this.host.dataset.ground === ground) return;
    this.host.dataset.ground = ground;
    this.repaint();
  }

  showStills(shown) {
    for (const still of this.stills) still.style.display = shown ? "" : "none";
  }

  destroy() {
    this.arrival.disconnect();
    this.theme.disconnect();
    this.showStills(true);
    this.host.remove();
  }
}
