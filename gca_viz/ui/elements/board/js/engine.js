// The entry: registers itself on the page, then serves every store and board element.
import { hideRoom, isOnPage } from "../../shared/js/lifecycle.js";
import { Library } from "../../shared/js/wire.js";
import { Board } from "./board.js";
import { Hand } from "./hand.js";
import { page } from "./page.js";

const library = new Library(page.blobs);
const boards = new Map();

const engine = {
  receive(component) {
    const parent = component.parentElement;
    if (component.name === "gca_viz.board.store") {
      hideRoom(parent);
      library.put(component.data, parent);
      for (const { board } of boards.values()) board.refresh();
      return;
    }
    if (!boards.has(parent)) {
      parent.querySelector(".board")?.remove();
      const board = new Board(parent, library);
      boards.set(parent, { board, hand: new Hand(board, library) });
    }
    const { board, hand } = boards.get(parent);
    board.receive(component);
    hand.take(board.frames);
  },

  release(parent) {
    if (isOnPage(parent)) return;
    library.drop(parent);
    const { board, hand } = boards.get(parent) ?? {};
    hand?.destroy();
    board?.destroy();
    boards.delete(parent);
  },
};

export default function ({ parentElement }) {
  hideRoom(parentElement);
  page.engine = engine;
  for (const component of page.waiting.splice(0)) engine.receive(component);
}
