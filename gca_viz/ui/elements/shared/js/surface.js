// A canvas that is looked at with mouse, fingers and keys, and that leaves the page its scrolling: the wheel zooms with
// Ctrl or ⌘ only (which is also what a trackpad pinch sends).

// `hand` has a method for each: press, move, release, cancel (events of a pointer), leave, double, hint (the wheel alone),
// zoom (with Ctrl); `keeps` tells whether a touch is not for scrolling, `key` whether a key was one of its own.
export function listenOn(canvas, hand) {
  for (const [name, method] of Object.entries({
    pointerdown: "press",
    pointermove: "move",
    pointerup: "release",
    pointercancel: "cancel",
  })) {
    canvas.addEventListener(name, (event) => hand[method](event));
  }
  canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hand.leave());
  canvas.addEventListener("blur", () => hand.leave());
  canvas.addEventListener("dblclick", () => hand.double());
  // Without this the browser may take a gesture for a scroll and cancel the pointers.
  canvas.addEventListener("touchmove", (event) => hand.keeps(event) && event.preventDefault(), { passive: false });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return hand.hint();
      event.preventDefault();
      hand.zoom(event);
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    if (!hand.key(event)) return;
    event.preventDefault();
    event.stopPropagation();
  });
}
