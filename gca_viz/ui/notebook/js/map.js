// The map of embeddings in a notebook.
import { MapHost } from "../../elements/map/js/host.js";
import { Stage } from "./stage.js";
import { bytesOf, tell, watch } from "./traits.js";

class NotebookMap {
  constructor({ model, el }) {
    this.model = model;
    this.stage = new Stage(model, el, () => this.host.repaint());
    this.host = new MapHost(this.stage.place, (...act) => this.hear(...act));
    this.host.keep(bytesOf(model, "_samples"));
    this.host.show(bytesOf(model, "_content"));
    this.unwatch = watch(model, ["selected", "picked"], () => this.choose());
    this.choose();
  }

  get count() {
    return this.host.map.n;
  }

  hear(kind, points) {
    if (kind === "group") tell(this.model, "selected", points);
    // A point and its partner.
    else tell(this.model, "picked", [points[0] % this.count, points[0] % this.count]);
  }

  choose() {
    const picked = this.model.get("picked");
    this.host.choose([...this.model.get("selected")], picked ? [picked[0], picked[1] + this.count] : []);
  }

  destroy() {
    this.unwatch();
    this.host.destroy();
    this.stage.destroy();
  }
}

function render(place) {
  const map = new NotebookMap(place);
  return () => map.destroy();
}

export default { render };
