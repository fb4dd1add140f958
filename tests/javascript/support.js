// What the tests share: the fixtures that Python wrote, and numbers that are close.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";

export function bytesOf(name) {
  return new Uint8Array(readFileSync(join(env.FIXTURES, name)));
}

export function fixture(name) {
  return JSON.parse(readFileSync(join(env.FIXTURES, `${name}.json`), "utf-8"));
}

export function assertClose(found, wanted, tolerance, what = "") {
  const [a, b] = [found, wanted].map((values) => Array.from(typeof values === "number" ? [values] : values));
  assert.equal(a.length, b.length, what);
  a.forEach((value, k) => {
    const near = Math.abs(value - b[k]) <= tolerance * (1 + Math.abs(b[k])) || Object.is(value, b[k]);
    assert.ok(near, `${what} [${k}]: ${value}, not ${b[k]}`);
  });
}

// The same numbers at every run, in (0, 1).
export function randomNumbers(seed = 1) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
