// Colour means the same thing on every page: mass viridis or cividis, signed values magenta–teal around a neutral
// zero, cost as ink (near = strong), view 1 blue, view 2 orange.
const PALETTES = {
  viridis: "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
  cividis: "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838",
  inkLight: "16202e 34465c 5d7189 8ea0b3 c2ccd6 eef1f4",
  inkDark: "f3f6f9 c3ccd6 8f9cab 616e7e 3c4653 1d232c",
  signedLight: "7a0051 b3127c d9609f ecaacb f7f7f7 a3d6cf 4fb0a5 12857a 00544c",
  signedDark: "ff9fd8 f45fb4 b92f82 6a1f50 23262d 0f4f4a 128278 2fb9aa 8ff0e2",
};

const OKABE_ITO = "#0072B2,#E69F00,#009E73,#CC79A7,#56B4E9,#D55E00,#F0E442,#999999,#332288,#882255";

function hex(colour) {
  const n = parseInt(colour.replace("#", ""), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

const RAMPS = new Map();
function ramp(name) {
  // 256 packed ABGR colours, interpolated between the stops.
  if (!RAMPS.has(name)) {
    const stops = PALETTES[name].split(" ").map(hex);
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

function css(packed) {
  return `rgb(${packed & 255},${(packed >> 8) & 255},${(packed >> 16) & 255})`;
}

function readTheme(root) {
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
    text: get("text-color", dark ? "#fafafa" : "#31333f"),
    faint: dark ? "rgba(255,255,255,.58)" : "rgba(30,34,45,.62)",
    line: dark ? "rgba(255,255,255,.26)" : "rgba(30,34,45,.24)",
    veil: dark ? "rgba(14,17,23,.72)" : "rgba(255,255,255,.72)",
    excluded: dark ? "#4b4f58" : "#c9ccd3",
    view1: dark ? "#4aa8e0" : "#0072B2",
    view2: dark ? "#f0b030" : "#d98e00",
    positive: dark ? "#2fb9aa" : "#12857a",
    negative: dark ? "#f45fb4" : "#b3127c",
    groups: get("chart-categorical-colors", OKABE_ITO).split(/,(?![^(]*\))/),
    font: get("font", "system-ui, sans-serif"),
  };
}

// A scale turns float32 values into colours by one table look-up on their upper 17 bits (sign, exponent, 8 bits of
// mantissa): exact to 0.2 % of a value, for linear and logarithmic colour alike. NaN marks an excluded cell.
const TABLE_BITS = new Uint32Array(1 << 17).map((_, k) => ((k << 15) | 0x4000) >>> 0);
const TABLE_VALUES = new Float32Array(TABLE_BITS.buffer);

class ColourScale {
  constructor({ kind, log, decades, minimum = 0, maximum, palette, theme }) {
    Object.assign(this, { kind, log, decades, minimum, maximum: maximum > 0 ? maximum : 1 });
    const shade = theme.dark ? "Dark" : "Light";
    this.ramp = ramp(kind === "signed" ? `signed${shade}` : kind === "cost" ? `ink${shade}` : palette);
    const [r, g, b] = hex(theme.excluded);
    this.excluded = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    this.id = ColourScale.id({ kind, log, decades, minimum, maximum, palette, theme });
    this.table = new Uint32Array(1 << 17);
    for (let k = 0; k < this.table.length; k++) {
      const position = this.position(TABLE_VALUES[k]);
      this.table[k] = position === position ? this.ramp[Math.round(position * 255)] : this.excluded;
    }
  }

  static id({ kind, log, decades, minimum, maximum, palette, theme }) {
    return [kind, log, decades, minimum, maximum, palette, theme.dark, theme.excluded].join("|");
  }

  // Where a value lies on the ramp, 0…1 (clipped); NaN stays NaN.
  position(value) {
    const size = Math.abs(value);
    let at;
    if (this.kind === "cost") at = (value - this.minimum) / (this.maximum - this.minimum || 1);
    else if (!this.log) at = size / this.maximum;
    else at = size > 0 ? 1 + Math.log10(size / this.maximum) / this.decades : size;
    at = Math.min(1, Math.max(0, at));
    return this.kind === "signed" ? 0.5 + 0.5 * Math.sign(value) * at : at;
  }

  paint(values, image) {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const pixels = new Uint32Array(image.data.buffer);
    const table = this.table;
    for (let k = 0; k < bits.length; k++) pixels[k] = table[bits[k] >>> 15];
  }

  ticks(room) {
    // Values to label, nicely rounded, at most one per 44 px.
    const most = Math.max(2, Math.floor(room / 44));
    if (this.log) {
      const top = Math.floor(Math.log10(this.maximum) + 1e-9);
      const bottom = Math.ceil(Math.log10(this.maximum) - this.decades - 1e-9);
      const both = this.kind === "signed";
      const stride = Math.max(1, Math.ceil(((top - bottom + 1) * (both ? 2 : 1) + 1) / most));
      const powers = [];
      for (let p = top; p >= bottom + (both ? 1 : 0); p -= stride) powers.push(10 ** p);
      return both ? [...powers.map((v) => -v), 0, ...powers] : powers;
    }
    const from = this.kind === "signed" ? -this.maximum : this.minimum;
    const raw = (this.maximum - from) / Math.min(most, 6);
    const unit = 10 ** Math.floor(Math.log10(raw));
    const stride = [1, 2, 2.5, 5, 10].find((m) => m * unit >= raw * 0.999) * unit;
    const out = [];
    for (let k = Math.ceil(from / stride - 1e-6); k * stride <= this.maximum * 1.0001; k++) out.push(k * stride);
    return out;
  }
}

const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function power(exponent) {
  return `10${[...String(exponent)].map((c) => SUPERSCRIPT[c]).join("")}`;
}

function format(value) {
  if (Number.isNaN(value)) return "excluded";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-3) {
    const [digits, exponent] = size.toExponential(1).split("e");
    return `${sign}${digits}·${power(Number(exponent))}`;
  }
  return sign + size.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : size >= 0.1 ? 3 : 4);
}

// Two digits, for the inside of a cell.
function formatShort(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size < 1e-9) return "0";
  if (size < 0.01) {
    const [digit, exponent] = size.toExponential(0).split("e");
    return `${sign}${digit}·${power(Number(exponent))}`;
  }
  return sign + (size < 0.995 ? size.toFixed(2).slice(1) : size.toPrecision(size < 10 ? 2 : 3));
}

function formatTick(value, log) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size < 1e-12) return "0";
  if (log && size < 0.01) return sign + power(Math.round(Math.log10(size)));
  return sign + String(parseFloat(size.toPrecision(3)));
}
