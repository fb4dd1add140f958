// A shape per domain (beyond five they repeat), filled in view 1 and hollow in view 2.
const SHAPES = [
  (ctx, x, y, r) => ctx.arc(x, y, r, 0, 2 * Math.PI),
  (ctx, x, y, r) => ctx.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r),
  (ctx, x, y, r) => polygon(ctx, [x, y - 1.25 * r], [x + 1.25 * r, y], [x, y + 1.25 * r], [x - 1.25 * r, y]),
  (ctx, x, y, r) => polygon(ctx, [x, y - 1.2 * r], [x + 1.1 * r, y + 0.8 * r], [x - 1.1 * r, y + 0.8 * r]),
  (ctx, x, y, r) => {
    const [a, b] = [0.4 * r, 1.1 * r];
    const quarter = [[0, -a], [b - a, -b], [b, a - b]];
    const arms = [quarter, turned(quarter), turned(turned(quarter)), turned(turned(turned(quarter)))];
    polygon(ctx, ...arms.flat().map(([dx, dy]) => [x + dx, y + dy]));
  },
];

// By a quarter, clockwise.
function turned(corners) {
  return corners.map(([x, y]) => [-y, x]);
}

export function line(ctx, start, end) {
  ctx.moveTo(...start);
  ctx.lineTo(...end);
}

export function polygon(ctx, first, ...others) {
  ctx.moveTo(...first);
  for (const corner of others) ctx.lineTo(...corner);
  ctx.closePath();
}

export function mark(ctx, shape, x, y, r, hollow, colour) {
  ctx.beginPath();
  SHAPES[shape % SHAPES.length](ctx, x, y, hollow ? r - 0.4 : r);
  if (hollow) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.5;
    ctx.stroke();
  } else {
    ctx.fillStyle = colour;
    ctx.fill();
  }
}

export function ring(ctx, x, y, r, colour, width) {
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}
