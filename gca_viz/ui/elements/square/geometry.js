// The square in its own units, and the shapes on it.
export const SIDE = 100;
export const EDGE = 12;
const SNAP = 0.04; // of the square: so near to an edge means on it
const SVG = "http://www.w3.org/2000/svg";

export function x(tau) {
  return EDGE + tau * SIDE;
}

export function y(tau) {
  return EDGE + (1 - tau) * SIDE;
}

export function snap(tau) {
  return tau < SNAP ? 0 : tau > 1 - SNAP ? 1 : Math.round(tau * 100) / 100;
}

export function shape(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}
