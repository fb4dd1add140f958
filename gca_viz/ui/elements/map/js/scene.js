// Everything that stays on the map while the pointer moves: axes, lines, points, pictures, rings; on a canvas or as SVG.
import { drawAxes } from "./axes.js";
import { line, mark, polygon, ring } from "./marks.js";

const FADED = 0.15;
const WIDTHS = [[0.4, 2.4], [0.1, 1.3], [0, 0.6]]; // from this share of the mass on, this wide
const FRAME = 3; // CSS pixels of a picture's frame

export function drawScene(ctx, map) {
  const { box } = map.frame;
  if (map.content.bare) drawEdge(ctx, map);
  else drawAxes(ctx, map);
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.x, box.y, box.width, box.height);
  ctx.clip();
  drawLines(ctx, map);
  drawArrows(ctx, map);
  drawPoints(ctx, map);
  drawPictures(ctx, map);
  const { theme, radius, arrays } = map.content;
  for (const sample of arrays.outlined)
    for (const point of [sample, sample + map.n]) ring(ctx, ...map.at(point), radius + 2.5, theme.text, 1.2);
  map.pair.forEach((point, k) => ring(ctx, ...map.at(point), 10, k ? theme.view2 : theme.view1, 3));
  ctx.restore();
}

function drawEdge(ctx, map) {
  const { x, y, width, height } = map.frame.box;
  ctx.beginPath();
  ctx.rect(x, y, width, height);
  ctx.lineWidth = 1;
  ctx.strokeStyle = map.content.theme.line;
  ctx.stroke();
}

// Teal to partners, magenta to others and under them; wider for more. With a group, only lines that start in it.
function drawLines(ctx, map) {
  const { line_start: start, line_end: end, line_share: share, line_partner: partner } = map.content.arrays;
  ctx.globalAlpha = 0.75;
  for (const near of [0, 1]) {
    ctx.strokeStyle = near ? map.content.theme.attraction : map.content.theme.repulsion;
    WIDTHS.forEach(([low, width], k) => {
      const high = k ? WIDTHS[k - 1][0] : Infinity;
      ctx.lineWidth = width;
      ctx.beginPath();
      start.forEach((from, l) => {
        if (partner[l] === near && share[l] >= low && share[l] < high && map.isChosen(from))
          line(ctx, map.at(from), map.at(end[l]));
      });
      ctx.stroke();
    });
  }
  ctx.globalAlpha = 1;
}

function drawArrows(ctx, map) {
  const { arrow_start: start, arrow_places: places } = map.content.arrays;
  ctx.globalAlpha = 0.8;
  ctx.strokeStyle = ctx.fillStyle = map.content.theme.reference;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  const heads = [];
  start.forEach((from, k) => {
    if (!map.isChosen(from)) return;
    const [a, b] = [map.at(from), map.frame.screen(places[2 * k], places[2 * k + 1])];
    line(ctx, a, b);
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    if (length > 1) heads.push([b, [(b[0] - a[0]) / length, (b[1] - a[1]) / length]]);
  });
  ctx.stroke();
  ctx.beginPath();
  for (const [[x, y], [u, v]] of heads) {
    const corner = (along, aside) => [x - along * u - aside * v, y - along * v + aside * u];
    polygon(ctx, [x, y], corner(8, 3.5), corner(8, -3.5));
  }
  ctx.fill();
  ctx.globalAlpha = 1;
}

function drawPoints(ctx, map) {
  const { domains } = map.content.arrays;
  for (const chosen of [false, true]) {
    ctx.globalAlpha = chosen ? 0.95 : FADED;
    for (let point = 0; point < 2 * map.n; point++) {
      if (map.isChosen(point) !== chosen) continue;
      mark(ctx, domains[point], ...map.at(point), map.content.radius, point >= map.n, map.content.colourOf(point));
    }
  }
  ctx.globalAlpha = 1;
}

function drawPictures(ctx, map) {
  for (const point of map.content.arrays.pictured) {
    const picture = map.content.pictureOf(point);
    if (!picture) return;
    const [x, y] = map.at(point);
    const side = map.pictureSide;
    ctx.globalAlpha = map.isChosen(point) ? 1 : FADED;
    ctx.fillStyle = map.content.colourOf(point);
    ctx.fillRect(x - side / 2, y - side / 2, side, side);
    ctx.drawImage(...picture, x - side / 2 + FRAME, y - side / 2 + FRAME, side - 2 * FRAME, side - 2 * FRAME);
  }
  ctx.globalAlpha = 1;
}
