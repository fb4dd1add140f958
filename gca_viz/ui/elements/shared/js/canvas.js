// A canvas of so many CSS pixels, sharp on a screen with `ratio` device pixels to each.
export function resize(canvas, width, height, ratio) {
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  // Setting a size clears the canvas, even to what it was.
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

// Its context, in CSS pixels.
export function contextOf(canvas, ratio) {
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}
