// What store and board elements share on one page: the engine, once it has arrived, and what waits for it.
export const page = (globalThis.gcaVizBoard ??= { engine: null, waiting: [], blobs: new Map() });
