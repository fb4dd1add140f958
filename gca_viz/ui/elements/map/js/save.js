// The map and its legend as a file.
import { css, ramp } from "../../shared/js/colour.js";
import { download } from "../../shared/js/files.js";
import { format } from "../../shared/js/numbers.js";
import { mark } from "./marks.js";
import { drawScene } from "./scene.js";
import { SvgContext } from "./svg.js";

const BAND = 96; // CSS pixels of a scale of colours
const SCALE = 2; // device pixels of a PNG to each of CSS

export function saveMap(map, kind) {
  const { width, height, box } = map.frame;
  const legend = drawLegend(new SvgContext(width, height), map, box.x, 0, box.width);
  const full = height + legend + 14;
  const name = `${map.content.name}.${kind}`;
  if (kind === "svg") {
    const ctx = new SvgContext(width, full);
    drawAll(ctx, map, full);
    return download(new Blob([ctx.toString()], { type: "image/svg+xml" }), name);
  }
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: SCALE * width, height: SCALE * full });
  const ctx = canvas.getContext("2d");
  ctx.scale(SCALE, SCALE);
  drawAll(ctx, map, full);
  canvas.toBlob((blob) => download(blob, name));
}

function drawAll(ctx, map, full) {
  const { width, height, box } = map.frame;
  ctx.fillStyle = map.content.theme.background;
  ctx.fillRect(0, 0, width, full);
  drawScene(ctx, map);
  drawLegend(ctx, map, box.x, height + 14, box.width);
}

// What colours, shapes and filling mean, in lines of at most this width; tells the height it took.
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
