// The cells: their colours, the veil over those that are not chosen, and their numbers where these fit.
import { formatShort } from "../../shared/js/numbers.js";
import { LEFT, NUMBERED, place, seenIn, TOP } from "./geometry.js";
import { fit, label } from "./text.js";

export function drawMatrix(ctx, geometry, view, picture, ratio, theme) {
  const { side } = geometry;
  ctx.save();
  ctx.beginPath();
  ctx.rect(LEFT, TOP, side, side);
  ctx.clip();
  ctx.imageSmoothingEnabled = place(geometry, view).cell * ratio < 0.999;
  ctx.imageSmoothingQuality = "high";
  drawSeen(ctx, geometry, view, picture);
  ctx.restore();
  ctx.strokeStyle = theme.line;
  ctx.lineWidth = 1;
  ctx.strokeRect(LEFT - 0.5, TOP - 0.5, side + 1, side + 1);
}

// What is not of the chosen group steps back.
export function drawVeil(ctx, geometry, view, veil) {
  ctx.save();
  ctx.imageSmoothingEnabled = false;
  drawSeen(ctx, geometry, view, veil);
  ctx.restore();
}

// The part of a picture with a pixel per cell that is seen.
function drawSeen(ctx, geometry, view, picture) {
  const { x, y, across, down } = seenIn(geometry, view);
  ctx.drawImage(picture, x, y, across, down, LEFT, TOP, geometry.side, geometry.side);
}

// Cells carry their number where it fits.
export function drawNumbers(ctx, geometry, view, { data, scale, n, m }, theme) {
  const to = place(geometry, view);
  if (to.cell < NUMBERED) return;
  const { x, y, across, down } = seenIn(geometry, view);
  ctx.save();
  ctx.beginPath();
  ctx.rect(LEFT, TOP, geometry.side, geometry.side);
  ctx.clip();
  for (let i = Math.floor(y); i < Math.min(n, y + down); i++) {
    for (let j = Math.floor(x); j < Math.min(m, x + across); j++) {
      const value = data.values[i * m + j];
      const text = Number.isNaN(value) ? "" : fit(ctx, theme, formatShort(value), to.width - 3, 11, false);
      if (!text) continue;
      const packed = scale.ramp[Math.round(scale.position(value) * 255)];
      const light = 0.299 * (packed & 255) + 0.587 * ((packed >> 8) & 255) + 0.114 * ((packed >> 16) & 255);
      const colour = light > 140 ? "#10131a" : "#ffffff";
      label(ctx, theme, text, to.x(j + 0.5), to.y(i + 0.5), { size: 11, colour });
    }
  }
  ctx.restore();
}
