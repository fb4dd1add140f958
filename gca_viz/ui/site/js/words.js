// Numbers in a sentence, written as gca_viz.ui.pages.learn.lesson writes them.
import { power } from "../../elements/shared/js/numbers.js";

// So many significant digits, and a minus that is one; very small and very large ones as a power.
export function number(value, digits = 2) {
  if (value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4)) {
    const places = Math.max(0, digits - 1 - Number(value.toExponential(digits - 1).split("e")[1]));
    return value.toFixed(places).replace("-", "−");
  }
  const [mantissa, exponent] = value.toExponential(1).split("e");
  return `${mantissa}·${power(Number(exponent))}`.replace("-", "−");
}

export function decimal(value) {
  return value.toFixed(2).replace("-", "−");
}

export function percentText(share) {
  return `${(100 * share).toFixed(0)}\u00a0%`;
}

// A setting as a person writes it.
export function numberText(value) {
  return value === Infinity ? "∞" : String(Number(value.toPrecision(4)));
}

// Percentage points with their sign, and so many decimals.
export function points(share, decimals) {
  const text = (100 * share).toFixed(decimals);
  return text.startsWith("-") ? text.replace("-", "−") : `+${text}`;
}
