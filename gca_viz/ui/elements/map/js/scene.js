// Everything that stays on the map while the pointer moves: axes, lines, points, pictures, rings; on a canvas or as SVG.
const FADED = 0.15;
const WIDTHS = [[0.4, 2.4], [0.1, 1.3], [0, 0.6]]; // from this share of the mass on, this wide
const TICK_ROOM = 84; // CSS pixels between ticks
const BAND = 96; // CSS pixels of a scale of colours in a file
const FRAME = 3; // CSS pixels of a picture's frame

function drawScene(ctx, map) {
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

function ticksBetween(low, high, room) {
  const raw = (high - low) / Math.max(2, room / TICK_ROOM);
  const unit = 10 ** Math.floor(Math.log10(raw));
  const stride = [1, 2, 5, 10].find((times) => times * unit >= raw * 0.999) * unit;
  const ticks = [];
  for (let k = Math.ceil(low / stride); k * stride <= high; k++) ticks.push(k * stride);
  return ticks.map((value) => [value, String(parseFloat(value.toPrecision(6))).replace("-", "−")]);
}

function drawAxes(ctx, map) {
  const { frame } = map;
  const { theme, axes } = map.content;
  const { box, scale } = frame;
  const [left, top] = frame.data(box.x, box.y);
  const [right, bottom] = frame.data(box.x + box.width, box.y + box.height);
  ctx.font = `12px ${theme.font}`;
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.grid;
  ctx.beginPath();
  const across = ticksBetween(left, right, scale * (right - left));
  const upwards = ticksBetween(bottom, top, scale * (top - bottom));
  const x = (value) => frame.screen(value, 0)[0];
  const y = (value) => frame.screen(0, value)[1];
  for (const [value] of across) line(ctx, [x(value), box.y], [x(value), box.y + box.height]);
  for (const [value] of upwards) line(ctx, [box.x, y(value)], [box.x + box.width, y(value)]);
  ctx.stroke();
  ctx.fillStyle = theme.faint;
  ctx.textBaseline = "top";
  ctx.textAlign = "center";
  for (const [value, text] of across) ctx.fillText(text, x(value), box.y + box.height + 5);
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  for (const [value, text] of upwards) ctx.fillText(text, box.x - 6, y(value));
  ctx.font = `13px ${theme.font}`;
  ctx.fillStyle = theme.text;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.fillText(axes[0], box.x + box.width / 2, box.y + box.height + 42);
  ctx.save();
  ctx.translate(12, box.y + box.height / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textBaseline = "middle";
  ctx.fillText(axes[1], 0, 0);
  ctx.restore();
}

function line(ctx, start, end) {
  ctx.moveTo(...start);
  ctx.lineTo(...end);
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

// For files: what colours, shapes and filling mean, in lines of at most this width; tells the height it took.
function drawLegend(ctx, map, x, y, width) {
  ctx.font = `12px ${map.content.theme.font}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  let [at, down] = [x, y];
  const { names, title, low, high } = map.content.colour;
  const write = (text) => {
    ctx.fillStyle = map.content.theme.text;
    ctx.fillText(text, at, down);
    at += ctx.measureText(text).width + 6;
  };
  if (!names.length) {
    write(`${title} ${format(low)}`);
    for (let k = 0; k < BAND; k++) {
      ctx.fillStyle = css(ramp("viridis")[Math.round((255 * k) / (BAND - 1))]);
      ctx.fillRect(at + k, down - 5, 1.5, 10);
    }
    at += BAND + 6;
    write(format(high));
    at += 12;
  }
  for (const { text, shape, hollow, colour } of map.content.legendEntries()) {
    const room = 30 + ctx.measureText(text).width;
    if (at > x && at + room > x + width) [at, down] = [x, down + 20];
    mark(ctx, shape, at + 6, down, 5, hollow, colour);
    ctx.fillStyle = map.content.theme.text;
    ctx.fillText(text, at + 16, down);
    at += room;
  }
  return down - y + 20;
}
