// The panel as a picture for a slide: title, summary, matrix, colour bar at three times the size.
import { contextOf } from "../../shared/js/canvas.js";
import { download } from "../../shared/js/files.js";
import { barTitle, drawBar } from "./bar.js";
import { drawPanel } from "./draw.js";
import { BAR_HEIGHT } from "./geometry.js";
import { drawOverlay } from "./overlay.js";
import { fit, label } from "./text.js";

export function savePicture(board, panel) {
  const { geometry, theme } = board;
  const ratio = 3;
  const head = 46;
  const canvas = document.createElement("canvas");
  canvas.width = geometry.width * ratio;
  canvas.height = (head + geometry.height + BAR_HEIGHT) * ratio;
  const ctx = contextOf(canvas, ratio);
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, geometry.width, head + geometry.height + BAR_HEIGHT);
  const room = geometry.width - 16;
  label(ctx, theme, fit(ctx, theme, panel.heading, room, 14), 8, 14, { align: "left", size: 14, weight: 600, colour: theme.text });
  label(ctx, theme, fit(ctx, theme, `${panel.text}   t = ${board.t}`, room), 8, 33, { align: "left" });
  ctx.translate(0, head);
  drawPanel(ctx, geometry, board.view, panel.content, ratio, theme);
  drawOverlay(ctx, geometry, board.view, { pick: board.pick, thumbnails: board.pick && board.thumbnails() }, theme);
  ctx.translate(0, geometry.height);
  const bar = board.bars.find(({ panels }) => panels.includes(panel));
  const strip = document.createElement("canvas");
  strip.width = geometry.width * ratio;
  strip.height = BAR_HEIGHT * ratio;
  drawBar(contextOf(strip, ratio), geometry.width, panel.scale, barTitle([panel]), { over: bar.over }, theme);
  ctx.drawImage(strip, 0, 0, geometry.width, BAR_HEIGHT);
  const name = panel.name.replace(/[^\p{L}\p{N}]+/gu, "-");
  canvas.toBlob((blob) => download(blob, `${name}-t${board.t}.png`));
}
