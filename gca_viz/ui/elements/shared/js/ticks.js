// Where an axis or a bar of colours carries numbers.

// The smallest round step of at least this size: one of `times` a power of ten.
function roundStep(size, times) {
  const unit = 10 ** Math.floor(Math.log10(size));
  return times.find((factor) => factor * unit >= size * 0.999) * unit;
}

function multiples(step, first, high) {
  const out = [];
  for (let k = first; k * step <= high; k++) out.push(k * step);
  return out;
}

// Round numbers between two ends, which may be zoomed anywhere; none is outside.
export function ticksBetween(low, high, most) {
  const step = roundStep((high - low) / Math.max(2, most), [1, 2, 5, 10]);
  return multiples(step, Math.ceil(low / step), high);
}

// Round numbers along a scale from end to end; an end that is round itself counts, whatever its last bit.
export function ticksAlong(low, high, most) {
  const step = roundStep((high - low) / Math.min(most, 6), [1, 2, 2.5, 5, 10]);
  return multiples(step, Math.ceil(low / step - 1e-6), high * 1.0001);
}

// Powers of ten, from the greatest that the scale holds downwards.
export function powersBelow(maximum, decades, most) {
  const [top, bottom] = powerEnds(maximum, decades);
  return powers(top, bottom, Math.max(1, Math.ceil((top - bottom + 2) / most)));
}

// The same on both sides of 0, whose own decade is not told apart from it.
export function powersAround(maximum, decades, most) {
  const [top, bottom] = powerEnds(maximum, decades);
  const found = powers(top, bottom + 1, Math.max(1, Math.ceil(((top - bottom + 1) * 2 + 1) / most)));
  return [...found.map((value) => -value), 0, ...found];
}

function powerEnds(maximum, decades) {
  return [Math.floor(Math.log10(maximum) + 1e-9), Math.ceil(Math.log10(maximum) - decades - 1e-9)];
}

function powers(top, bottom, stride) {
  const out = [];
  for (let power = top; power >= bottom; power -= stride) out.push(10 ** power);
  return out;
}
