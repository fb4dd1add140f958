// When somebody last acted, in ms. A time only rises, so that Python and the browser agree which of two acts is later.
export function later(than) {
  return Math.max(Date.now(), than + 1);
}
