// The entry: registers itself on the page, then serves every store and board element.
import { hideRoom, isOnPage } from "../../shared/js/lifecycle.js";
import { Library } from "../../shared/js/wire.js";
import { Board } from "./board.js";
import { page } from "./page.js";

const library = new Library(page.blobs);
const boards = new Map();

const engine = {
  receive(component) {
    const parent = component.parentElement;
    if (component.name === "gca_viz.board.store") {
      hideRoom(parent);
      library.put(component.data, parent);
      for (const board of boards.values()) board.refresh();
      return;
    }
    if (!boards.has(parent)) {
      parent.querySelector(".board")?.remove();
      boards.set(parent, new Board(parent, library));
    }
    boards.get(parent).receive(component);
  },

  release(parent) {
    if (isOnPage(parent)) return;
    library.drop(parent);
    boards.get(parent)?.destroy();
    boards.delete(parent);
  },
};

export default function ({ parentElement }) {
  hideRoom(parentElement);
  page.engine = engine;
  for (const component of page.waiting.splice(0)) engine.receive(component);
}
