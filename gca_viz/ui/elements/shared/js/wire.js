// Bytes from Python: "GCA1", header length, JSON header, raw arrays (see ../wire.py).
const DTYPES = { f4: Float32Array, u4: Uint32Array, u1: Uint8Array };

export function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const room = view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + room)));
  const arrays = {};
  for (const [name, { dtype, count, offset }] of Object.entries(header.arrays)) {
    const Type = DTYPES[dtype];
    // A copy is aligned and does not keep the whole message alive.
    arrays[name] = new Type(bytes.slice(offset, offset + count * Type.BYTES_PER_ELEMENT).buffer);
  }
  return { ...header, arrays };
}

// Blobs by content id, each alive as long as a store element holds it (two boards may share one).
export class Library {
  constructor(blobs) {
    this.blobs = blobs;
  }

  put(bytes, holder) {
    return this.keep(unpack(bytes), holder);
  }

  keep(blob, holder) {
    for (const [id, entry] of this.blobs) {
      if (id !== blob.id && entry.holders.delete(holder) && !entry.holders.size) this.blobs.delete(id);
    }
    const entry = this.blobs.get(blob.id) ?? { blob, holders: new Set() };
    entry.holders.add(holder);
    this.blobs.set(blob.id, entry);
    return blob.id;
  }

  drop(holder) {
    for (const [id, entry] of this.blobs) {
      if (entry.holders.delete(holder) && !entry.holders.size) this.blobs.delete(id);
    }
  }

  get(id) {
    return this.blobs.get(id)?.blob;
  }
}
