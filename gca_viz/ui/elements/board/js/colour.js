// Colour means the same thing on every page: mass viridis or cividis, signed values magenta–teal around a neutral
// zero, cost as ink (near = strong), view 1 blue, view 2 orange. PALETTE is the table that Python has, too.
function hex(colour) {
  const n = parseInt(colour.replace("#", ""), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

const RAMPS = new Map();
function ramp(name) {
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
    ...(dark ? PALETTE.dark : PALETTE.light),
    text: get("text-color", dark ? PALETTE.dark.text : PALETTE.light.text),
    faint: dark ? "rgba(255,255,255,.58)" : "rgba(30,34,45,.62)",
    line: dark ? "rgba(255,255,255,.26)" : "rgba(30,34,45,.24)",
    veil: dark ? "rgba(14,17,23,.72)" : "rgba(255,255,255,.72)",
    font: get("font", "system-ui, sans-serif"),
  };
}

// Of a class or a domain, by its index in the data set; grey without one.
function classColour(theme, number) {
  return number < 0 ? theme.grey : theme.classes[number % theme.classes.length];
}

// A colour that Python says for a light ground, on the ground that there is.
function onGround(theme, colour) {
  return theme.dark ? (PALETTE.onDark[colour] ?? colour) : colour;
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
