// What the maps of one page share: who their points are, the maps, and what of each is seen.
export const page = (globalThis.gcaVizMaps ??= { samples: new Map(), maps: new Set(), views: new Map() });
