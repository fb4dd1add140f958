// Mouse, finger and keyboard on the stage. A finger on a point moves it; beside the points it scrolls the page.
import { placeOn } from "../../shared/js/fingers.js";

const TURN = Math.PI / 90; // radians that an arrow key moves a point
const SLOWNESS = 120; // CSS pixels of a drag for a radian that the sphere turns

export function listen(stage) {
  const { canvas } = stage;
  const pointer = new Pointer(stage);
  canvas.addEventListener("pointerdown", (event) => pointer.press(event));
  canvas.addEventListener("pointermove", (event) => pointer.move(event));
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => pointer.release());
  const keep = (event) => event.touches.length === 1 && pointer.pointAt(event.touches[0]) && event.preventDefault();
  canvas.addEventListener("touchstart", keep, { passive: false });
  canvas.addEventListener("pointerleave", () => {
    stage.hovered = null;
    stage.toy.request();
  });
  canvas.addEventListener("dblclick", (event) => {
    if (!pointer.pointAt(event)) stage.add(stage.unproject(...placeOn(canvas, event)));
  });
  canvas.addEventListener("keydown", (event) => {
    if (!press(stage, event)) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

class Pointer {
  constructor(stage) {
    this.stage = stage;
    this.held = null; // what is dragged: { point, x, y }; without a point, the sphere
  }

  pointAt(event) {
    return this.stage.nearest(...placeOn(this.stage.canvas, event));
  }

  press(event) {
    if (event.button > 0) return;
    const { stage } = this;
    const point = this.pointAt(event);
    stage.chosen = point;
    this.held = { point, x: event.clientX, y: event.clientY };
    if (point || stage.toy.world.d === 3) stage.canvas.setPointerCapture(event.pointerId);
    stage.toy.request();
  }

  move(event) {
    const { stage, held } = this;
    const { world } = stage.toy;
    if (!held) {
      stage.hovered = this.pointAt(event);
      stage.canvas.style.cursor = stage.hovered ? "grab" : "default";
      stage.toy.request();
    } else if (held.point) {
      stage.hovered = null;
      world.move(held.point.view, held.point.i, stage.unproject(...placeOn(stage.canvas, event)));
      stage.toy.edited();
    } else if (world.d === 3) {
      stage.turn((event.clientX - held.x) / SLOWNESS, (event.clientY - held.y) / SLOWNESS);
      Object.assign(held, { x: event.clientX, y: event.clientY });
    }
  }

  release() {
    this.held = null;
  }
}

// What the mouse does, by keys; tells whether the key was one of these.
function press(stage, { key, shiftKey }) {
  const { toy, chosen } = stage;
  const flat = toy.world.d === 2;
  const along = { ArrowLeft: 1, ArrowRight: -1 }[key];
  const through = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (key === " ") toy.toggle();
  else if (key === "s") toy.stepOnce();
  else if (key === "r") toy.reset();
  else if (key === "+") stage.addBeside();
  else if (key === "Delete" || key === "Backspace") stage.remove();
  else if (key === "Escape") stage.chosen = null;
  else if (along && !flat && !(chosen && shiftKey)) stage.turn(-along * 0.1, 0);
  else if (along && chosen) stage.nudge(along * TURN * (shiftKey && flat ? 5 : 1));
  else if (through) stage.chooseNext(through);
  else return false;
  toy.request();
  return true;
}
