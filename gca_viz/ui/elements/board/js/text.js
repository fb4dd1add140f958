// Words on a 2-D context.
export function label(ctx, theme, text, x, y, { size = 12, colour = theme.faint, align = "center", turn = 0, weight = 400 } = {}) {
  ctx.save();
  ctx.translate(x, y);
  ctx.rotate(turn);
  ctx.font = `${weight} ${size}px ${theme.font}`;
  ctx.fillStyle = colour;
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(text, 0, 0);
  ctx.restore();
}

export function fit(ctx, theme, text, room, size = 12, shorten = true) {
  ctx.font = `400 ${size}px ${theme.font}`;
  if (ctx.measureText(text).width <= room) return text;
  if (!shorten) return "";
  for (let k = text.length - 1; k >= 3; k--) {
    if (ctx.measureText(`${text.slice(0, k)}…`).width <= room) return `${text.slice(0, k)}…`;
  }
  return "";
}
