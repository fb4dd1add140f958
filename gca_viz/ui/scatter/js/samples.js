// Who the points are: their texts, and their images in one picture. Sent once per batch, kept for every map of it.
const page = (globalThis.gcaVizMaps ??= { samples: new Map(), maps: new Set(), views: new Map() });
const holders = new WeakMap();

function release(host) {
  const held = holders.get(host);
  if (!held) return;
  URL.revokeObjectURL(held.address);
  page.samples.delete(held.id);
  holders.delete(host);
}

export default function ({ data, parentElement: host }) {
  const box = (host.host ?? host).closest('[data-testid="stElementContainer"]');
  if (box) box.style.display = "none";
  const { id, arrays, ...samples } = unpack(data);
  if (holders.get(host)?.id !== id) {
    release(host);
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([arrays.sheet], { type: "image/webp" }));
    image.onload = () => page.maps.forEach((map) => map.request());
    holders.set(host, { id, address: image.src });
    page.samples.set(id, { ...samples, image });
  }
  page.maps.forEach((map) => map.request());
  // Streamlit also calls this for a superseded message while the element lives on.
  return () => (host.host ?? host).isConnected || release(host);
}
