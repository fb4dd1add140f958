// Mouse, finger and keyboard on a panel: one finger scrolls the page and taps, two fingers zoom and move.
import { Fingers, placeOn, wheelFactor } from "../../shared/js/fingers.js";
import { LEFT, place, TOP } from "./geometry.js";

const TAP = 6; // CSS pixels that a press may wander and still be a click
const STRIP_WIDTH = 26; // CSS pixels beside a matrix that belong to the strips of its blocks and their names
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Pointer {
  constructor(board, panel) {
    Object.assign(this, { board, panel, canvas: panel.overlay });
    this.fingers = new Fingers();
  }

  cellAt(event) {
    const { geometry, view, n, m } = this.board;
    const [x, y] = placeOn(this.canvas, event);
    if (x < LEFT || y < TOP || x >= LEFT + geometry.side || y >= TOP + geometry.side) return null;
    const to = place(geometry, view);
    const [i, j] = [to.row(y), to.column(x)];
    return i >= 0 && j >= 0 && i < n && j < m ? [i, j] : null;
  }

  // The block whose strip or name is pointed at.
  blockAt(event) {
    const { geometry, view, blocks, columnBlocks } = this.board;
    const [x, y] = placeOn(this.canvas, event);
    const along = (at, from) => at >= from && at < from + geometry.side;
    const onTop = isBeside(y, TOP) && along(x, LEFT);
    if (!onTop && !(isBeside(x, LEFT) && along(y, TOP))) return null;
    const to = place(geometry, view);
    const at = onTop ? to.column(x) : to.row(y);
    const beside = onTop ? columnBlocks : blocks;
    return beside.find(({ start, end, choosable }) => choosable && at >= start && at < end) ?? null;
  }

  press(event) {
    if (event.button > 0) return;
    this.fingers.press(event.pointerId, placeOn(this.canvas, event));
    if (event.pointerType === "mouse") this.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    const { board, fingers } = this;
    const mouse = event.pointerType === "mouse";
    const way = fingers.move(event.pointerId, placeOn(this.canvas, event));
    const dragged = way && mouse && fingers.travel > TAP;
    if (dragged && !fingers.several) board.pan(...way);
    const pinch = fingers.pinch();
    if (pinch) {
      board.pan(...pinch.way);
      board.zoom(pinch.factor, ...pinch.middle);
    }
    if (!mouse) return;
    const cell = this.cellAt(event);
    this.canvas.style.cursor = dragged ? "grabbing" : cell ? "crosshair" : this.blockAt(event) ? "pointer" : "default";
    board.hover(cell);
  }

  // Tells whether it was a click or a tap.
  lift(event) {
    const pressed = this.fingers.lift(event.pointerId);
    return pressed && !this.fingers.several && this.fingers.travel <= TAP;
  }

  cancel(event) {
    this.lift(event);
  }

  release(event) {
    const { board } = this;
    const cell = this.cellAt(event);
    if (!this.lift(event)) return;
    if (cell) {
      board.hover(cell);
      board.pickCell(cell);
      return;
    }
    const block = this.blockAt(event);
    if (block) board.chooseBlock(block.text);
  }

  leave() {
    this.board.hover(null);
  }

  double() {
    this.board.resetZoom();
  }

  hint() {
    this.board.hint(this.panel);
  }

  zoom(event) {
    this.board.zoom(wheelFactor(event), ...placeOn(this.canvas, event));
    this.board.hover(this.cellAt(event));
  }

  keeps(event) {
    return event.touches.length > 1;
  }

  // What the mouse does, by keys.
  key({ key, shiftKey }) {
    const { board } = this;
    const { side } = board.geometry;
    const centre = [LEFT + side / 2, TOP + side / 2];
    if (MOVES[key]) {
      const stride = shiftKey ? 10 : 1;
      const counts = [board.n, board.m];
      const from = board.cursor ?? board.pick ?? [0, 0];
      const moved = from.map((k, axis) => k + MOVES[key][axis] * stride);
      board.hover(moved.map((k, axis) => Math.max(0, Math.min(counts[axis] - 1, k))), { speak: true });
    } else if (key === "Enter" && board.cursor) board.pickCell(board.cursor);
    else if (key === "Escape") board.hover(null);
    else if (key === "+" || key === "=") board.zoom(1.5, ...centre);
    else if (key === "-") board.zoom(1 / 1.5, ...centre);
    else if (key === "0") board.resetZoom();
    else return false;
    return true;
  }
}

function isBeside(at, edge) {
  return at > edge - STRIP_WIDTH && at < edge - 2;
}
