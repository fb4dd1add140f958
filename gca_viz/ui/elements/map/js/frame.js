// What of a map is seen, and where on the screen: one scale for both axes, so that distances are the same along either.
const MARGIN = { left: 62, right: 8, top: 8, bottom: 46 };
const BARE_MARGIN = { left: 4, right: 4, top: 4, bottom: 4 }; // of a map without axes
const AROUND_ALL = 20; // CSS pixels between the outermost points and the edge
export const WHOLE = { x: 0, y: 0, zoom: 1 };

export class Frame {
  constructor({ arrays, bounds: given, bare }, width, height, view) {
    Object.assign(this, { width, height, view });
    const { left, right, top, bottom } = bare ? BARE_MARGIN : MARGIN;
    this.box = { x: left, y: top, width: width - left - right, height: height - top - bottom };
    const bounds = given ?? [0, 1].map((k) => {
      const values = arrays.places.filter((_, at) => at % 2 === k);
      return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
    });
    const around = given ? 0 : AROUND_ALL;
    const spans = bounds.map(([low, high]) => high - low || 1);
    this.span = Math.max(...spans);
    this.centre = bounds.map(([low, high]) => (low + high) / 2);
    this.whole = Math.min((this.box.width - 2 * around) / spans[0], (this.box.height - 2 * around) / spans[1]);
  }

  // CSS pixels per unit.
  get scale() {
    return this.whole * this.view.zoom;
  }

  get middle() {
    return [this.box.x + this.box.width / 2, this.box.y + this.box.height / 2];
  }

  screen(x, y) {
    const { view, centre, scale, middle } = this;
    return [
      middle[0] + (x - centre[0]) * scale - view.x * view.zoom,
      middle[1] - (y - centre[1]) * scale - view.y * view.zoom,
    ];
  }

  data(x, y) {
    const { view, centre, scale, middle } = this;
    return [
      centre[0] + (x - middle[0] + view.x * view.zoom) / scale,
      centre[1] - (y - middle[1] + view.y * view.zoom) / scale,
    ];
  }

  // The view after zooming around a place on the screen.
  zoomed(factor, [x, y] = this.middle) {
    const { view, middle } = this;
    const zoom = Math.max(0.5, Math.min(200, view.zoom * factor));
    const move = (before, reach) => before + reach / view.zoom - reach / zoom;
    return { x: move(view.x, x - middle[0]), y: move(view.y, y - middle[1]), zoom };
  }

  panned(right, down) {
    const { x, y, zoom } = this.view;
    return { x: x - right / zoom, y: y - down / zoom, zoom };
  }
}
