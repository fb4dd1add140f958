// Shapes that several drawings have.
export function fillTriangle(ctx, colour, first, ...others) {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(...first);
  for (const corner of others) ctx.lineTo(...corner);
  ctx.fill();
}
