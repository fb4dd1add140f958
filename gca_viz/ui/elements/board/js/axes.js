// What stands around a matrix: axis titles, group strips or portraits, marginal bars.
// Zoomed in far enough, the samples themselves stand along the axes; false without pictures.
function drawPortraits(ctx, geometry, view, portrait, n) {
  const to = place(geometry, view);
  const size = Math.min(26, to.cell - 2);
  const fits = (at, from) => at > from - 3 && at + size < from + geometry.side + 3;
  let drawn = false;
  for (let j = Math.floor(view.x); j < Math.min(n, view.x + view.span); j++) {
    const x = to.x(j + 0.5) - size / 2;
    if (fits(x, LEFT)) drawn = portrait(ctx, "columns", j, x, TOP - 11 - size, size);
  }
  for (let i = Math.floor(view.y); i < Math.min(n, view.y + view.span); i++) {
    const y = to.y(i + 0.5) - size / 2;
    if (fits(y, TOP)) portrait(ctx, "rows", i, LEFT - 11 - size, y, size);
  }
  return drawn;
}

function drawAxes(ctx, geometry, view, { blocks, axes, n, portrait }, theme) {
  const { side } = geometry;
  const to = place(geometry, view);
  const strong = { weight: 600, size: 13 };
  const gallery = to.cell >= 18 && drawPortraits(ctx, geometry, view, portrait, n);
  if (gallery) {
    label(ctx, theme, "j →", LEFT - 4, 9, { ...strong, colour: theme.view2, align: "right" });
    label(ctx, theme, "i ↓", 10, TOP - 8, { ...strong, colour: theme.view1 });
  } else {
    label(ctx, theme, `${axes[1]}  j →`, LEFT + side / 2, 7, { ...strong, colour: theme.view2 });
    label(ctx, theme, `← i  ${axes[0]}`, 7, TOP + side / 2, { ...strong, colour: theme.view1, turn: -Math.PI / 2 });
  }
  // Names only where most blocks have room for theirs; the legend names all.
  const roomy = (from) => {
    const rooms = blocks
      .map(({ start, end }) => (Math.min(end, from + view.span) - Math.max(start, from)) * to.cell - 4)
      .filter((room) => room > 0);
    return !gallery && rooms.filter((room) => room > 24).length * 2 > rooms.length;
  };
  const [across, down] = [roomy(view.x), roomy(view.y)];
  for (const { start, end, text, colour } of blocks) {
    const from = Math.max(start, view.x);
    const till = Math.min(end, view.x + view.span);
    if (till > from) {
      const room = (till - from) * to.cell;
      ctx.fillStyle = colour;
      ctx.fillRect(to.x(from), TOP - 9, Math.max(1, room - 1), 5);
      if (across) label(ctx, theme, fit(ctx, theme, text, room - 4), to.x((from + till) / 2), TOP - 18);
    }
    const upper = Math.max(start, view.y);
    const lower = Math.min(end, view.y + view.span);
    if (lower > upper) {
      const room = (lower - upper) * to.cell;
      ctx.fillStyle = colour;
      ctx.fillRect(LEFT - 9, to.y(upper), 5, Math.max(1, room - 1));
      if (!down) continue;
      label(ctx, theme, fit(ctx, theme, text, room - 4), LEFT - 18, to.y((upper + lower) / 2), { turn: -Math.PI / 2 });
    }
  }
  if (blocks.length || gallery) return;
  const stride = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((s) => s * to.cell >= 36) ?? 2000;
  for (let k = 0; k < n; k += stride) {
    const [x, y] = [to.x(k + 0.5), to.y(k + 0.5)];
    ctx.fillStyle = theme.line;
    if (x >= LEFT && x <= LEFT + side) {
      ctx.fillRect(x - 0.5, TOP - 6, 1, 4);
      label(ctx, theme, String(k), x, TOP - 15, { size: 11 });
    }
    if (y >= TOP && y <= TOP + side) {
      ctx.fillRect(LEFT - 6, y - 0.5, 4, 1);
      label(ctx, theme, String(k), LEFT - 15, y, { size: 11, turn: -Math.PI / 2 });
    }
  }
}

// Bars of one marginal along an axis; several rows per pixel show their mean (solid) and their largest (faint).
function drawMarginal(ctx, geometry, view, sums, reference, { vertical, limit, signed, colour, ratio }, theme) {
  const { side } = geometry;
  const first = vertical ? view.y : view.x;
  const bins = Math.min(Math.ceil(view.span), Math.max(1, Math.floor(side)));
  const step = view.span / bins;
  const base = (vertical ? LEFT : TOP) + side + 6;
  const zero = signed ? STRIP / 2 : 0;
  const length = (v) => (signed ? Math.max(-1, Math.min(1, v / limit)) * (STRIP / 2) : Math.min(1, v / limit) * STRIP);
  const along = (vertical ? TOP : LEFT) - first * (side / view.span);
  const cell = step * (side / view.span);
  // Edges on whole device pixels: neighbouring bars neither overlap nor leave hairlines.
  const snap = (bin) => Math.round((along + (first + bin * step) * (side / view.span)) * ratio) / ratio;
  const bar = (bin, value, alpha, fill) => {
    const a = snap(bin);
    const width = snap(bin + 1) - a - (cell > 5 ? 1 : 0);
    const size = length(value);
    ctx.globalAlpha = alpha;
    ctx.fillStyle = fill;
    if (vertical) ctx.fillRect(base + zero + Math.min(0, size), a, Math.abs(size), width);
    else ctx.fillRect(a, base + zero + Math.min(0, size), width, Math.abs(size));
    if (!signed && value > limit) {
      ctx.globalAlpha = 1;
      ctx.fillStyle = theme.text;
      if (vertical) ctx.fillRect(base + STRIP - 1, a, 3, width);
      else ctx.fillRect(a, base + STRIP - 1, width, 3);
    }
  };
  for (let bin = 0; bin < bins; bin++) {
    const from = Math.max(0, Math.floor(first + bin * step));
    const till = Math.min(sums.length, Math.max(from + 1, Math.floor(first + (bin + 1) * step)));
    let sum = 0;
    let extreme = 0;
    for (let k = from; k < till; k++) {
      sum += sums[k];
      if (Math.abs(sums[k]) > Math.abs(extreme)) extreme = sums[k];
    }
    const mean = sum / (till - from || 1);
    const fill = signed ? (mean < 0 ? theme.repulsion : theme.attraction) : colour;
    if (till - from > 1) bar(bin, extreme, 0.35, signed ? (extreme < 0 ? theme.repulsion : theme.attraction) : colour);
    bar(bin, mean, 0.92, fill);
  }
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.text;
  if (signed) {
    if (vertical) ctx.fillRect(base + zero - 0.5, TOP, 1, side);
    else ctx.fillRect(LEFT, base + zero - 0.5, side, 1);
  } else {
    for (let bin = 0; bin < bins; bin++) {
      const at = length(reference ? reference[Math.min(sums.length - 1, Math.floor(first + bin * step))] : 1);
      const a = snap(bin);
      const width = snap(bin + 1) - a;
      if (vertical) ctx.fillRect(base + at - 0.5, a, 1, width);
      else ctx.fillRect(a, base + at - 0.5, width, 1);
    }
  }
  const name = signed ? "Δ mass" : "mass";
  const mark = signed ? "0" : "1";
  const at = base + (signed ? zero : length(1));
  if (vertical) {
    label(ctx, theme, name, base + STRIP / 2, TOP - 24, { size: 11, colour });
    label(ctx, theme, mark, at, TOP - 9, { size: 11, colour: theme.text });
  } else {
    label(ctx, theme, name, LEFT + side + 14, base + STRIP - 6, { size: 11, colour, align: "left" });
    label(ctx, theme, mark, LEFT + side + 6, at, { size: 11, colour: theme.text });
  }
}
