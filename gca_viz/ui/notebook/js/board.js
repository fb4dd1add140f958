// The board in a notebook.
import { BoardHost } from "../../elements/board/js/host.js";
import { unpack } from "../../elements/shared/js/wire.js";
import { Stage } from "./stage.js";
import { bytesOf, tell, watch } from "./traits.js";

const PARTS = ["samples", "cost", "targets", "frames"];

class NotebookBoard {
  constructor({ model, el }) {
    this.model = model;
    this.heardAt = 0;
    this.taken = {};
    this.stage = new Stage(model, el, () => this.host.repaint());
    this.host = new BoardHost(this.stage.place, (...act) => this.hear(...act));
    const names = [...PARTS.map((part) => `_${part}`), "_sample_of", "selected", "picked", "step"];
    this.unwatch = watch(model, names, () => this.draw());
    this.draw();
  }

  hear(name, value, at) {
    this.heardAt = at;
    if (name === "step") tell(this.model, "step", value < this.host.board.model.last ? value : null);
    if (name === "pick") tell(this.model, "picked", Array.from(value));
    if (name === "group") {
      const { rows } = this.model.get("_sample_of");
      tell(this.model, "selected", [...new Set(value.map((row) => rows[row]))].sort((a, b) => a - b));
    }
  }

  // A part as it came, unpacked once.
  take(part) {
    const came = this.model.get(`_${part}`);
    if (this.taken[part]?.came !== came) this.taken[part] = { came, blob: unpack(bytesOf(this.model, `_${part}`)) };
    return this.taken[part].blob;
  }

  draw() {
    for (const part of ["samples", "cost", "targets"]) this.host.keep(part, this.take(part));
    const frames = this.take("frames");
    const at = this.heardAt;
    const chosen = new Set(this.model.get("selected"));
    const { rows, columns } = this.model.get("_sample_of");
    const marked = (samples) => Uint32Array.from(samples.keys()).filter((k) => chosen.has(samples[k]));
    this.host.show({
      ...frames,
      control: { step: { value: this.model.get("step"), at }, pick: { value: this.model.get("picked"), at } },
      arrays: { ...frames.arrays, marked: marked(rows), markedColumns: marked(columns) },
    });
  }

  destroy() {
    this.unwatch();
    this.host.destroy();
    this.stage.destroy();
  }
}

function render(place) {
  const board = new NotebookBoard(place);
  return () => board.destroy();
}

export default { render };
