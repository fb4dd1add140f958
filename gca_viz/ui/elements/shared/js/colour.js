// Colour means the same thing on every page: mass viridis or cividis, signed values magenta–teal around a neutral
// zero, cost as ink (near = strong), view 1 blue, view 2 orange. PALETTE is the table that Python has, too.
import { PALETTE } from "./palette.js";

export function hex(colour) {
  const n = parseInt(colour.replace("#", ""), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

const RAMPS = new Map();
export function ramp(name) {
  // 256 packed ABGR colours, interpolated between the stops.
  if (!RAMPS.has(name)) {
    const stops = PALETTE.ramps[name].map(hex);
    const out = new Uint32Array(256);
    for (let k = 0; k < 256; k++) {
      const at = (k / 255) * (stops.length - 1);
      const i = Math.min(stops.length - 2, Math.floor(at));
      const [r, g, b] = [0, 1, 2].map((c) => Math.round(stops[i][c] + (stops[i + 1][c] - stops[i][c]) * (at - i)));
      out[k] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    }
    RAMPS.set(name, out);
  }
  return RAMPS.get(name);
}

export function css(packed) {
  return `rgb(${packed & 255},${(packed >> 8) & 255},${(packed >> 16) & 255})`;
}

export function readTheme(root) {
  const style = getComputedStyle(root);
  const get = (name, otherwise) => {
    const value = style.getPropertyValue(`--st-${name}`).trim();
    return value && value !== "unset" ? value : otherwise;
  };
  const background = get("background-color", "#ffffff");
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = background;
  const [r, g, b] = hex(probe.fillStyle);
  const dark = 0.2126 * r + 0.7152 * g + 0.0722 * b < 110;
  return {
    dark,
    background,
    ...(dark ? PALETTE.dark : PALETTE.light),
    text: get("text-color", dark ? PALETTE.dark.text : PALETTE.light.text),
    faint: dark ? "rgba(255,255,255,.58)" : "rgba(30,34,45,.62)",
    line: dark ? "rgba(255,255,255,.26)" : "rgba(30,34,45,.24)",
    veil: dark ? "rgba(14,17,23,.72)" : "rgba(255,255,255,.72)",
    font: get("font", "system-ui, sans-serif"),
  };
}

// Of a class or a domain, by its index in the data set; grey without one.
export function classColour(theme, number) {
  return number < 0 ? theme.grey : theme.classes[number % theme.classes.length];
}

// A colour that Python says for a light ground, on the ground that there is.
export function onGround(theme, colour) {
  return theme.dark ? (PALETTE.onDark[colour] ?? colour) : colour;
}
