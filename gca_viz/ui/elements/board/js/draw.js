// Drawing on a 2-D context in CSS pixels; the same code paints the screen and the downloaded picture.
const LEFT = 40; // axis title, group labels, group strip
const TOP = 40;
const STRIP = 32; // marginal bars
const RIGHT = STRIP + 14;
const BOTTOM = STRIP + 8;
const BAR_HEIGHT = 46;
const BAR_TOP = 19;
const NUMBERED = 24; // side of a cell from which it carries its number

function place(geometry, view) {
  const cell = geometry.side / view.span;
  return {
    cell,
    x: (j) => LEFT + (j - view.x) * cell,
    y: (i) => TOP + (i - view.y) * cell,
    column: (x) => Math.floor((x - LEFT) / cell + view.x),
    row: (y) => Math.floor((y - TOP) / cell + view.y),
  };
}

function label(ctx, theme, text, x, y, { size = 12, colour = theme.faint, align = "center", turn = 0, weight = 400 } = {}) {
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

function fit(ctx, theme, text, room, size = 12, shorten = true) {
  ctx.font = `400 ${size}px ${theme.font}`;
  if (ctx.measureText(text).width <= room) return text;
  for (let k = text.length - 1; shorten && k >= 3; k--) {
    if (ctx.measureText(`${text.slice(0, k)}…`).width <= room) return `${text.slice(0, k)}…`;
  }
  return "";
}

function drawMatrix(ctx, geometry, view, picture, ratio, theme) {
  const { side } = geometry;
  ctx.save();
  ctx.beginPath();
  ctx.rect(LEFT, TOP, side, side);
  ctx.clip();
  ctx.imageSmoothingEnabled = (side / view.span) * ratio < 0.999;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(picture, view.x, view.y, view.span, view.span, LEFT, TOP, side, side);
  ctx.restore();
  ctx.strokeStyle = theme.line;
  ctx.lineWidth = 1;
  ctx.strokeRect(LEFT - 0.5, TOP - 0.5, side + 1, side + 1);
}

// What is not of the chosen group steps back.
function drawVeil(ctx, geometry, view, veil) {
  ctx.save();
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(veil, view.x, view.y, view.span, view.span, LEFT, TOP, geometry.side, geometry.side);
  ctx.restore();
}

// Cells carry their number where it fits.
function drawNumbers(ctx, geometry, view, { data, scale, n }, theme) {
  const to = place(geometry, view);
  if (to.cell < NUMBERED) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(LEFT, TOP, geometry.side, geometry.side);
  ctx.clip();
  for (let i = Math.floor(view.y); i < Math.min(n, view.y + view.span); i++) {
    for (let j = Math.floor(view.x); j < Math.min(n, view.x + view.span); j++) {
      const value = data.values[i * n + j];
      const text = Number.isNaN(value) ? "" : fit(ctx, theme, formatShort(value), to.cell - 3, 11, false);
      if (!text) continue;
      const packed = scale.ramp[Math.round(scale.position(value) * 255)];
      const light = 0.299 * (packed & 255) + 0.587 * ((packed >> 8) & 255) + 0.114 * ((packed >> 16) & 255);
      const colour = light > 140 ? "#10131a" : "#ffffff";
      label(ctx, theme, text, to.x(j + 0.5), to.y(i + 0.5), { size: 11, colour });
    }
  }
  ctx.restore();
}

function drawPanel(ctx, geometry, view, content, ratio, theme) {
  const { picture, data, strips } = content;
  drawMatrix(ctx, geometry, view, picture, ratio, theme);
  if (content.veil) drawVeil(ctx, geometry, view, content.veil);
  drawNumbers(ctx, geometry, view, content, theme);
  drawAxes(ctx, geometry, view, content, theme);
  if (!strips) return;
  const { limit, signed, rowMass, columnMass } = strips;
  drawMarginal(ctx, geometry, view, data.rows, rowMass, { vertical: true, limit, signed, ratio, colour: theme.view1 }, theme);
  drawMarginal(ctx, geometry, view, data.columns, columnMass, { limit, signed, ratio, colour: theme.view2 }, theme);
}

// Cross-hair and picked cell: white on a dark halo reads on every ramp; the tabs on the axes carry the view colours.
function drawOverlay(ctx, geometry, view, { hover, pick, thumbnails }, theme) {
  const { side } = geometry;
  const to = place(geometry, view);
  const halo = "rgba(8,10,16,.55)";
  const inside = (i, j) =>
    i + 1 > view.y && i < view.y + view.span && j + 1 > view.x && j < view.x + view.span;
  const tabs = (i, j, size) => {
    ctx.fillStyle = theme.view1;
    ctx.beginPath();
    const y = Math.max(TOP, Math.min(TOP + side, to.y(i + 0.5)));
    ctx.moveTo(LEFT - 1, y);
    ctx.lineTo(LEFT - 1 - size, y - size * 0.7);
    ctx.lineTo(LEFT - 1 - size, y + size * 0.7);
    ctx.fill();
    ctx.fillStyle = theme.view2;
    ctx.beginPath();
    const x = Math.max(LEFT, Math.min(LEFT + side, to.x(j + 0.5)));
    ctx.moveTo(x, TOP - 1);
    ctx.lineTo(x - size * 0.7, TOP - 1 - size);
    ctx.lineTo(x + size * 0.7, TOP - 1 - size);
    ctx.fill();
  };
  if (pick && inside(...pick)) {
    const [i, j] = pick;
    tabs(i, j, 7);
    ctx.save();
    ctx.beginPath();
    ctx.rect(LEFT - 9, TOP - 9, side + 18, side + 18);
    ctx.clip();
    for (const [width, colour] of [[4.5, "rgba(8,10,16,.85)"], [2, "#ffffff"]]) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.beginPath();
      if (to.cell >= 10) ctx.rect(to.x(j), to.y(i), to.cell, to.cell);
      else ctx.arc(to.x(j + 0.5), to.y(i + 0.5), 7, 0, 2 * Math.PI);
      ctx.stroke();
    }
    ctx.restore();
  }
  if (hover && inside(...hover)) {
    const [i, j] = hover;
    const [x, y] = [to.x(j + 0.5), to.y(i + 0.5)];
    const gap = Math.max(4, to.cell / 2);
    ctx.save();
    ctx.beginPath();
    ctx.rect(LEFT, TOP, side, side);
    ctx.clip();
    for (const [width, colour] of [[3, halo], [1, "rgba(255,255,255,.95)"]]) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.beginPath();
      if (to.cell >= NUMBERED) {
        // Lines through the middle would strike out the numbers: mark the whole row and column instead.
        ctx.rect(LEFT - 2, to.y(i), side + 4, to.cell);
        ctx.rect(to.x(j), TOP - 2, to.cell, side + 4);
        ctx.stroke();
        continue;
      }
      ctx.moveTo(LEFT, y);
      ctx.lineTo(x - gap, y);
      ctx.moveTo(x + gap, y);
      ctx.lineTo(LEFT + side, y);
      ctx.moveTo(x, TOP);
      ctx.lineTo(x, y - gap);
      ctx.moveTo(x, y + gap);
      ctx.lineTo(x, TOP + side);
      if (to.cell >= 8) ctx.rect(to.x(j), to.y(i), to.cell, to.cell);
      ctx.stroke();
    }
    ctx.restore();
    tabs(i, j, 6);
  }
  const end = hover ?? pick;
  if (!thumbnails || !end || !inside(...end)) return;
  // The images themselves stand at the ends of the cross-hair, on the axes.
  const size = 30;
  const keep = (at, from) => Math.max(from, Math.min(from + side - size, at - size / 2));
  for (const [axis, x, y, colour] of [
    ["rows", 1, keep(to.y(end[0] + 0.5), TOP), theme.view1],
    ["columns", keep(to.x(end[1] + 0.5), LEFT), 1, theme.view2],
  ]) {
    ctx.fillStyle = theme.background;
    ctx.fillRect(x - 2, y - 2, size + 4, size + 4);
    if (!thumbnails(ctx, axis, x, y, size)) {
      ctx.clearRect(x - 2, y - 2, size + 4, size + 4);
      continue;
    }
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    ctx.strokeRect(x - 1, y - 1, size + 2, size + 2);
  }
}
