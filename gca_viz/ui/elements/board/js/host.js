// A board outside Streamlit: whoever has a place on a page hands it bytes and frames, and hears what the user does.
import { Library } from "../../shared/js/wire.js";
import { Board } from "./board.js";

export class BoardHost {
  // `hear(name, value, at)` is told of "step" (a half step), "pick" ([i, j]) and "group" (rows of a block, or none), and
  // when; what frames say in `control` of a later time the user has overridden.
  constructor(place, hear) {
    this.library = new Library(new Map());
    this.board = new Board(place, this.library);
    this.tell = (name, { value, at }) => hear(name, value, at);
  }

  // A part of the batch as gca_viz.ui.elements.board packs it, unpacked: "samples", "cost" or "targets". A later one takes
  // its place.
  keep(part, blob) {
    this.library.keep(blob, part);
  }

  // Frames as Python packs them, unpacked, or made of such by solver.js.
  show(frames) {
    this.board.show(frames, this.tell);
  }

  // When the ground turned light or dark.
  repaint() {
    this.board.refresh();
  }

  destroy() {
    this.board.destroy();
  }
}
