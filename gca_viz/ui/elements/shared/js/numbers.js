// Numbers as a person reads them.
const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

// 10 to a whole number.
export function power(exponent) {
  return `10${[...String(exponent)].map((c) => SUPERSCRIPT[c]).join("")}`;
}

export function format(value) {
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
export function formatShort(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size < 1e-9) return "0";
  if (size < 0.01) {
    const [digit, exponent] = size.toExponential(0).split("e");
    return `${sign}${digit}·${power(Number(exponent))}`;
  }
  return sign + (size < 0.995 ? size.toFixed(2).slice(1) : size.toPrecision(size < 10 ? 2 : 3));
}

export function formatTick(value, log) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size < 1e-12) return "0";
  if (log && size < 0.01) return sign + power(Math.round(Math.log10(size)));
  return sign + String(parseFloat(size.toPrecision(3)));
}

export function percent(share) {
  return `${Math.round(100 * share)} %`;
}

// A number as Python wrote it.
export function numberOf(text) {
  return text === "inf" ? Infinity : Number(text);
}
