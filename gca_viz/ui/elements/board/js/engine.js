// The entry: registers itself on the page, then serves every store and board element.
const page = (globalThis.gcaVizBoard ??= { engine: null, waiting: [], blobs: new Map() });
const library = new Library(page.blobs);
const boards = new Map();

function hide(parent) {
  const box = (parent.host ?? parent).closest('[data-testid="stElementContainer"]');
  if (box) box.style.display = "none";
}

const engine = {
  receive(component) {
    const parent = component.parentElement;
    if (component.name === "gca_viz.board.store") {
      hide(parent);
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

  // Streamlit also calls this for a superseded message while the element lives on.
  release(parent) {
    if ((parent.host ?? parent).isConnected) return;
    library.drop(parent);
    boards.get(parent)?.destroy();
    boards.delete(parent);
  },
};

export default function ({ parentElement }) {
  hide(parentElement);
  page.engine = engine;
  for (const component of page.waiting.splice(0)) engine.receive(component);
}
