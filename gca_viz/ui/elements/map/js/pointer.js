// Mouse, finger and keyboard on the map. The page keeps its scrolling: the wheel zooms with Ctrl or ⌘ only, one finger
// scrolls and taps until a tool is taken up, two fingers zoom and move.
const TAP = 5; // CSS pixels that a press may wander and still be a click
const NEAR = 12; // CSS pixels from a point that still mean it

function listen(map) {
  const canvas = map.overlay;
  const fingers = new Map();
  let travel = 0;
  let spread = 0;
  let multi = false;
  let middle = null;

  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const draws = (event) => event.pointerType !== "touch" || map.armed;

  const leave = () => {
    if (map.cursor !== null) map.hover(null);
    else if (map.group.length) map.choose([]);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    fingers.set(event.pointerId, where(event));
    multi = fingers.size > 1;
    spread = 0;
    if (multi) return map.abandon();
    travel = 0;
    if (!draws(event)) return;
    canvas.setPointerCapture(event.pointerId);
    map.begin(where(event), event.shiftKey);
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = where(event);
    const before = fingers.get(event.pointerId);
    if (!before) return event.pointerType === "mouse" && map.hover(map.nearest(now, NEAR));
    travel += Math.hypot(now[0] - before[0], now[1] - before[1]);
    fingers.set(event.pointerId, now);
    if (fingers.size === 2) {
      const [a, b] = [...fingers.values()];
      const distance = Math.hypot(a[0] - b[0], a[1] - b[1]);
      const between = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      if (spread) {
        map.pan(between[0] - middle[0], between[1] - middle[1]);
        map.zoom(distance / spread, between);
      }
      [spread, middle] = [distance, between];
    } else if (!multi && draws(event) && travel > TAP) {
      if (map.tool === "pan") map.pan(now[0] - before[0], now[1] - before[1]);
      else map.extend(now);
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    const pressed = fingers.delete(event.pointerId);
    if (!pressed || multi) return;
    if (travel > TAP) return draws(event) && map.finish();
    map.abandon();
    const point = map.nearest(where(event), event.pointerType === "touch" ? 2 * NEAR : NEAR);
    if (point !== null) map.pick(point);
  });
  canvas.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    map.abandon();
  });
  canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && map.hover(null));
  canvas.addEventListener("dblclick", () => (map.group.length ? map.choose([]) : map.reset()));
  // Without this the browser may take the gesture for a scroll and cancel the pointers.
  const keep = (event) => (event.touches.length > 1 || map.armed) && event.preventDefault();
  canvas.addEventListener("touchmove", keep, { passive: false });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return map.hint();
      event.preventDefault();
      map.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.006), where(event));
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (moves[event.key]) map.walk(...moves[event.key]);
    else if (event.key === "Enter" && map.cursor !== null) map.pick(map.cursor);
    else if (event.key === "Escape") leave();
    else if (event.key === "+" || event.key === "=") map.zoom(1.5);
    else if (event.key === "-") map.zoom(1 / 1.5);
    else if (event.key === "0") map.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("blur", () => map.hover(null));
}
