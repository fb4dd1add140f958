// For tests and benchmarks: what is really on the screen, in original indices.
import { place } from "./geometry.js";

export function inspector(board) {
  const shown = (i, j) => [board.model.place[i], board.model.columnPlace[j]];
  return {
    value: (p, i, j) => board.panels[p].data.values[shown(i, j)[0] * board.m + shown(i, j)[1]],
    values: (p) => Array.from(board.panels[p].data.values),
    pixel: (p, i, j) => {
      const { x, y } = { x: shown(i, j)[1], y: shown(i, j)[0] };
      return Array.from(board.panels[p].picture.getContext("2d").getImageData(x, y, 1, 1).data);
    },
    veiled: (i, j) => {
      const [y, x] = shown(i, j);
      return board.veil ? board.veil.getContext("2d").getImageData(x, y, 1, 1).data[3] > 0 : false;
    },
    point: (p, i, j) => {
      const to = place(board.geometry, board.view);
      const box = board.panels[p].overlay.getBoundingClientRect();
      const [row, column] = shown(i, j);
      return { x: box.left + to.x(column + 0.5), y: box.top + to.y(row + 0.5) };
    },
    reading: (p) => {
      const { loss, total, top1, rows, columns, size } = board.panels[p].data;
      return { loss, total, top1, size, rows: Array.from(rows), columns: Array.from(columns) };
    },
    state: () => ({
      step: board.t,
      pick: board.original ?? null,
      hover: board.cursor ? board.model.originals(board.cursor) : null,
      view: { ...board.view },
      took: board.took,
      scales: board.panels.map(({ scale }) => ({ minimum: scale.minimum, maximum: scale.maximum, log: scale.log })),
      blobs: [...board.library.blobs.keys()],
    }),
    // All that is drawn and written, as it is and after everything was made anew.
    anew: () => {
      const seen = () => [
        ...Array.from(board.grid.querySelectorAll("canvas"), (canvas) => canvas.toDataURL()),
        board.root.innerText,
      ];
      const before = seen();
      board.refresh();
      board.paint();
      return [before, seen()];
    },
    // Milliseconds of synchronous work per frame, by kind of redraw.
    time: (kind, argument) => {
      const begin = performance.now();
      if (kind === "step") board.step = argument;
      if (kind === "zoom") board.view = { x: 0, y: 0, span: argument };
      if (kind === "hover") board.hover([argument, argument]);
      board.stale = kind !== "hover";
      board.paint();
      // Reading one pixel back waits for the drawing itself.
      board.panels.at(-1).base.getContext("2d").getImageData(0, 0, 1, 1);
      return performance.now() - begin;
    },
  };
}
