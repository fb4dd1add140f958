import assert from "node:assert/strict";
import { test } from "node:test";

import { Library, unpack } from "../../gca_viz/ui/elements/shared/js/wire.js";
import { bytesOf, fixture } from "./support.js";

const ARRAYS = { numbers: Float32Array, places: Uint32Array, bytes: Uint8Array, none: Float32Array };

test("what Python packs is unpacked: id, header and every array in its type", () => {
  const wanted = fixture("wire");
  const { id, arrays, ...header } = unpack(bytesOf("wire.bin"));
  assert.equal(id, wanted.id);
  assert.deepEqual(header, wanted.header);
  assert.deepEqual(Object.keys(arrays), Object.keys(ARRAYS));
  for (const [name, Type] of Object.entries(ARRAYS)) {
    assert.ok(arrays[name] instanceof Type, name);
    assert.deepEqual(Array.from(arrays[name]), wanted.arrays[name], name);
  }
});

test("a message may lie anywhere in a larger buffer, and does not keep it", () => {
  const bytes = bytesOf("wire.bin");
  const large = new Uint8Array(bytes.length + 103);
  large.set(bytes, 3);
  const { arrays } = unpack(large.subarray(3, 3 + bytes.length));
  assert.deepEqual(arrays.numbers, unpack(bytes).arrays.numbers);
  assert.notEqual(arrays.numbers.buffer, large.buffer);
});

test("a blob lives as long as somebody holds it", () => {
  const library = new Library(new Map());
  const [one, two] = [{}, {}];
  const id = library.put(bytesOf("wire.bin"), one);
  assert.equal(library.put(bytesOf("wire.bin"), two), id);
  library.drop(one);
  assert.equal(library.get(id).title, "α → ε, 3 × 5");
  library.drop(two);
  assert.equal(library.get(id), undefined);
});
