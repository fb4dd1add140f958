// Mouse, finger and keyboard on the map: one finger scrolls the page and taps until a tool is taken up, two fingers
// zoom and move.
import { Fingers, placeOn, wheelFactor } from "../../shared/js/fingers.js";

const TAP = 5; // CSS pixels that a press may wander and still be a click
const NEAR = 12; // CSS pixels from a point that still mean it
const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export class Pointer {
  constructor(map) {
    Object.assign(this, { map, canvas: map.overlay });
    this.fingers = new Fingers();
  }

  // Whether it uses the tool; a finger scrolls the page otherwise.
  draws(event) {
    return event.pointerType !== "touch" || this.map.armed;
  }

  press(event) {
    if (event.button > 0) return;
    const place = placeOn(this.canvas, event);
    this.fingers.press(event.pointerId, place);
    if (this.fingers.several) return this.map.abandon();
    if (!this.draws(event)) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.map.begin(place, event.shiftKey);
  }

  move(event) {
    const { map, fingers } = this;
    const place = placeOn(this.canvas, event);
    const way = fingers.move(event.pointerId, place);
    if (!way) return event.pointerType === "mouse" && map.hover(map.near(place, NEAR));
    const pinch = fingers.pinch();
    if (pinch) {
      map.pan(...pinch.way);
      map.zoom(pinch.factor, pinch.middle);
    } else if (!fingers.several && this.draws(event) && fingers.travel > TAP) {
      if (map.tool === "pan") map.pan(...way);
      else map.extend(place);
    }
  }

  release(event) {
    const { map, fingers } = this;
    const pressed = fingers.lift(event.pointerId);
    if (!pressed || fingers.several) return;
    if (fingers.travel > TAP) return this.draws(event) && map.finish();
    map.abandon();
    const point = map.near(placeOn(this.canvas, event), event.pointerType === "touch" ? 2 * NEAR : NEAR);
    if (point !== null) map.pick(point);
  }

  cancel(event) {
    this.fingers.lift(event.pointerId);
    this.map.abandon();
  }

  leave() {
    this.map.hover(null);
  }

  double() {
    if (this.map.group.length) this.map.choose([]);
    else this.map.reset();
  }

  hint() {
    this.map.hint();
  }

  zoom(event) {
    this.map.zoom(wheelFactor(event), placeOn(this.canvas, event));
  }

  keeps(event) {
    return event.touches.length > 1 || this.map.armed;
  }

  // What the mouse does, by keys.
  key({ key }) {
    const { map } = this;
    if (MOVES[key]) map.walk(MOVES[key]);
    else if (key === "Enter" && map.cursor !== null) map.pick(map.cursor);
    else if (key === "Escape") this.escape();
    else if (key === "+" || key === "=") map.zoom(1.5);
    else if (key === "-") map.zoom(1 / 1.5);
    else if (key === "0") map.reset();
    else return false;
    return true;
  }

  escape() {
    const { map } = this;
    if (map.cursor !== null) map.hover(null);
    else if (map.group.length) map.choose([]);
  }
}
