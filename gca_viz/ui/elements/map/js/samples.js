// Who the points are: their texts, and their images in one picture. Sent once per batch, kept for every map of it.
const page = (globalThis.gcaVizMaps ??= { samples: new Map(), maps: new Set(), views: new Map() });
const library = new Library(page.samples);

function arrived() {
  for (const map of page.maps) map.request();
}

export default function ({ data, parentElement: host }) {
  const box = (host.host ?? host).closest('[data-testid="stElementContainer"]');
  if (box) box.style.display = "none";
  const samples = library.get(library.put(data, host));
  if (!samples.image) {
    samples.image = new Image();
    samples.image.onload = () => {
      URL.revokeObjectURL(samples.image.src);
      arrived();
    };
    samples.image.src = URL.createObjectURL(new Blob([samples.arrays.sheet], { type: "image/webp" }));
  }
  arrived();
  // Streamlit also calls this for a superseded message while the element lives on.
  return () => (host.host ?? host).isConnected || library.drop(host);
}
