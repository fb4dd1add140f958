// Mouse, finger and keyboard on a panel. The page keeps its scrolling: the wheel zooms only with Ctrl or ⌘ (which is
// also what a trackpad pinch sends), one finger scrolls the page and taps, two fingers zoom and move.
const TAP = 6; // CSS pixels that a press may wander and still be a click

function attach(board, panel) {
  const canvas = panel.overlay;
  const fingers = new Map();
  let travel = 0;
  let spread = 0;
  let multi = false;

  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const cellAt = (event) => {
    const { x, y } = where(event);
    const to = place(board.geometry, board.view);
    const [i, j] = [to.row(y), to.column(x)];
    const { side } = board.geometry;
    return x >= LEFT && y >= TOP && x < LEFT + side && y < TOP + side && i >= 0 && j >= 0 && i < board.n && j < board.n
      ? [i, j]
      : null;
  };

  // The block whose strip or name is pointed at.
  const blockAt = (event) => {
    const { x, y } = where(event);
    const to = place(board.geometry, board.view);
    const { side } = board.geometry;
    const above = y > TOP - 26 && y < TOP - 2 && x >= LEFT && x < LEFT + side;
    const beside = x > LEFT - 26 && x < LEFT - 2 && y >= TOP && y < TOP + side;
    if (!above && !beside) return null;
    const at = above ? to.column(x) : to.row(y);
    return board.blocks.find(({ start, end }) => at >= start && at < end) ?? null;
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    fingers.set(event.pointerId, where(event));
    if (fingers.size === 1) {
      travel = 0;
      multi = false;
    } else multi = true;
    spread = 0;
    if (event.pointerType === "mouse") canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = where(event);
    const before = fingers.get(event.pointerId);
    if (before && fingers.size === 1 && event.pointerType === "mouse") {
      travel += Math.hypot(now.x - before.x, now.y - before.y);
      if (travel > TAP) board.pan(now.x - before.x, now.y - before.y);
    } else if (before && fingers.size === 1) travel += Math.hypot(now.x - before.x, now.y - before.y);
    if (before) fingers.set(event.pointerId, now);
    if (fingers.size === 2) {
      const [a, b] = [...fingers.values()];
      const distance = Math.hypot(a.x - b.x, a.y - b.y);
      const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
      if (spread) {
        board.pan(middle.x - panel.middle.x, middle.y - panel.middle.y);
        board.zoom(distance / spread, middle.x, middle.y);
      }
      spread = distance;
      panel.middle = middle;
    }
    if (event.pointerType === "mouse") {
      canvas.style.cursor = travel > TAP && before ? "grabbing" : cellAt(event) ? "crosshair" : blockAt(event) ? "pointer" : "default";
      board.hover(cellAt(event));
    }
  });
  const lift = (event) => {
    const pressed = fingers.delete(event.pointerId);
    spread = 0;
    return pressed && !multi && travel <= TAP;
  };
  canvas.addEventListener("pointerup", (event) => {
    const cell = cellAt(event);
    if (!lift(event)) return;
    if (!cell) {
      const block = blockAt(event);
      return block && board.chooseBlock(block.text);
    }
    board.hover(cell);
    board.pickCell(cell);
  });
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") board.hover(null);
  });
  // Without this the browser may take a two-finger gesture for a scroll and cancel the pointers.
  canvas.addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
  canvas.addEventListener("dblclick", () => board.resetZoom());
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return board.hint(panel);
      event.preventDefault();
      const { x, y } = where(event);
      board.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.006), x, y);
      board.hover(cellAt(event));
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const stride = event.shiftKey ? 10 : 1;
    const { side } = board.geometry;
    const centre = [LEFT + side / 2, TOP + side / 2];
    if (moves[event.key]) {
      const [di, dj] = moves[event.key];
      const [i, j] = board.cursor ?? board.pick ?? [0, 0];
      const keep = (k) => Math.max(0, Math.min(board.n - 1, k));
      board.hover([keep(i + di * stride), keep(j + dj * stride)], { speak: true });
    } else if (event.key === "Enter" && board.cursor) board.pickCell(board.cursor);
    else if (event.key === "Escape") board.hover(null);
    else if (event.key === "+" || event.key === "=") board.zoom(1.5, ...centre);
    else if (event.key === "-") board.zoom(1 / 1.5, ...centre);
    else if (event.key === "0") board.resetZoom();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("blur", () => board.hover(null));
}
