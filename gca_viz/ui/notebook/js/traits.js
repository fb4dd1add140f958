// What Python and the element say to each other: the traits of the widget.

// Bytes of Python's.
export function bytesOf(model, name) {
  const { buffer, byteOffset, byteLength } = model.get(name);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

// Call `draw` once per frame in which some of the traits changed; what is returned ends it.
export function watch(model, names, draw) {
  let waiting = 0;
  const changed = () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      draw();
    });
  };
  for (const name of names) model.on(`change:${name}`, changed);
  return () => {
    cancelAnimationFrame(waiting);
    for (const name of names) model.off(`change:${name}`, changed);
  };
}

export function tell(model, name, value) {
  model.set(name, value);
  model.save_changes();
}
