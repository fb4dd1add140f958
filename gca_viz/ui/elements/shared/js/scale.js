// What colour a number has. A scale turns float32 values into colours by one look-up on their upper 17 bits (sign,
// exponent, 8 bits of mantissa): exact to 0.2 % of a value, for linear and logarithmic colour alike. NaN marks an
// excluded cell.
import { hex, ramp } from "./colour.js";
import { powersAround, powersBelow, ticksAlong } from "./ticks.js";

const BITS = 17;
const SHIFT = 32 - BITS;
const TICK_ROOM = 44; // CSS pixels of a bar for each number on it

// The value in the middle of those that share their upper bits, for each of these; made when something is first painted.
let middles = null;
function middleValues() {
  middles ??= new Float32Array(new Uint32Array(1 << BITS).map((_, k) => (k << SHIFT) | (1 << (SHIFT - 1))).buffer);
  return middles;
}

export class ColourScale {
  constructor({ kind, log, decades, minimum = 0, maximum, palette, theme }) {
    Object.assign(this, { kind, log, decades, minimum, maximum: maximum > 0 ? maximum : 1 });
    const shade = theme.dark ? "Dark" : "Light";
    this.ramp = ramp(kind === "signed" ? `signed${shade}` : kind === "cost" ? `ink${shade}` : palette);
    const [r, g, b] = hex(theme.excluded);
    this.excluded = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    this.id = ColourScale.id({ kind, log, decades, minimum, maximum, palette, theme });
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

  // The packed colour of a value.
  colour(value) {
    const position = this.position(value);
    return Number.isNaN(position) ? this.excluded : this.ramp[Math.round(position * 255)];
  }

  paint(values, image) {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const pixels = new Uint32Array(image.data.buffer);
    // Only of values that occur: under a slider a scale lives for one picture. Colours are opaque, so that 0 is none yet.
    this.colours ??= new Uint32Array(1 << BITS);
    const [table, middle] = [this.colours, middleValues()];
    for (let k = 0; k < bits.length; k++) {
      const at = bits[k] >>> SHIFT;
      pixels[k] = table[at] ||= this.colour(middle[at]);
    }
  }

  // Values to label on a bar of so many CSS pixels.
  ticks(room) {
    const most = Math.max(2, Math.floor(room / TICK_ROOM));
    const signed = this.kind === "signed";
    if (this.log) return (signed ? powersAround : powersBelow)(this.maximum, this.decades, most);
    return ticksAlong(signed ? -this.maximum : this.minimum, this.maximum, most);
  }
}
