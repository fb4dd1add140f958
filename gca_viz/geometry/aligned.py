"""Maps of several embeddings of the same samples that can be laid beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from gca_viz.errors import InputError
from gca_viz.geometry.kinds import ALIGNMENTS
from gca_viz.geometry.projection import check_spread, keep_compiled, neighbour_graph, principal
from gca_viz.geometry.similarity import procrustes
from gca_viz.progress import ReportProgress

TITLES = {"pca": "PCA, rotated", "umap": "Aligned UMAP"}
EPOCHS = 150
_TIES = 0.1  # ten times umap-learn's own: places that need not differ should not
_WINDOW = 2  # its loop goes from −window to window − 1: two maps must reach each other both ways


def onto(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``b`` rotated (reflections allowed) onto ``a`` and drawn as large as it: what differs then is shape.

    :func:`gca_viz.geometry.similarity.procrustes` shrinks what it cannot fit; here both keep one spread, so that
    the distance from a point to its place in the other is the same from either side.

    Args:
        a, b: N × d and N × e embeddings of the same samples.

    Returns:
        N × max(d, e); points of a constant ``b`` lie at the mean of ``a``.
    """
    rotated, _ = procrustes(a, b)
    mean = rotated.mean(0)
    spread, wanted = np.sqrt(np.square(rotated - mean).sum()), np.sqrt(np.square(a - a.mean(0)).sum())
    return np.asarray(mean + (rotated - mean) * (wanted / spread if spread > 1e-12 * max(wanted, 1e-30) else 0))


def moved(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far each point of ``a`` lies from its place in ``b`` after :func:`onto`, in units of the root mean square
    distance of a point from the middle: (N,), 0 for a rotation, the same if ``a`` and ``b`` are exchanged."""
    placed = onto(a, b)
    first = np.pad(np.asarray(a, np.float64), ((0, 0), (0, placed.shape[1] - a.shape[1])))
    unit = np.sqrt(np.square(first - first.mean(0)).sum(1).mean())
    return np.asarray(np.linalg.norm(placed - first, axis=1) / (unit if unit > 0 else 1))


def aligned(
    embeddings: Sequence[np.ndarray],
    how: str,
    *,
    anchor: int = 0,
    seed: int = 0,
    neighbours: int = 15,
    progress: ReportProgress | None = None,
) -> np.ndarray:
    """A map in two dimensions of each embedding, turned so that equal places mean the same.

    Args:
        embeddings: K arrays of the same points, each float32 (points, d) with rows of length 1; d may differ.
        how: ``"pca"``: each one's own PCA, by :func:`onto` onto that of the anchor; or ``"umap"``: aligned UMAP,
            which pulls the places of a point in consecutive maps together where its neighbours stay the same.
        anchor: the map that the others are turned onto.
        seed: of UMAP.
        neighbours: of UMAP; at most all other points.
        progress: called with the share done and what is being done; may raise to cancel.

    Returns:
        float32 (K, points, 2).

    Raises:
        InputError: an unknown way; UMAP of fewer than six points, or of points that are all the same.

    Sources: Gower, Psychometrika 1975; aligned UMAP as in umap-learn (McInnes, Healy & Melville, arXiv
    1802.03426).
    """
    if how not in ALIGNMENTS:
        raise InputError(f"maps aligned by {how!r}", f"ways are {', '.join(ALIGNMENTS)}", "Choose one of these")
    report_progress = progress or (lambda share, what: None)
    flat = [principal(z, 2)[0] for z in embeddings]
    turned = [onto(flat[anchor], own) for own in flat]
    if how == "pca":
        return np.stack(turned).astype(np.float32)
    for z in embeddings:
        check_spread(z, "UMAP")
    return _umap(
        embeddings, turned, np.random.RandomState(seed), min(neighbours, len(flat[0]) - 1), report_progress
    )


def _umap(
    embeddings: Sequence[np.ndarray],
    starts: Sequence[np.ndarray],
    draw: np.random.RandomState,
    neighbours: int,
    report_progress: ReportProgress,
) -> np.ndarray:
    """The stages of umap.AlignedUMAP.fit, with exact neighbours, a start from PCA, and a loop that can be left."""
    report_progress(0.0, "Making ready for UMAP")
    from numba.typed import List
    from umap.umap_ import find_ab_params, make_epochs_per_sample

    graphs = []
    for number, z in enumerate(embeddings):
        report_progress(0.02 + 0.08 * number / len(embeddings), f"Neighbours of {number + 1} of {len(embeddings)}")
        graphs.append(neighbour_graph(z, neighbours, draw, report_progress).tocoo())
    count, size = len(graphs), len(starts[0])
    a, b = find_ab_params(1.0, 0.1)
    scale = max(float(np.abs(start).max()) for start in starts)
    places = List([np.ascontiguousarray(10 * start / scale, np.float32) for start in starts])
    heads, tails = (List([getattr(graph, side).astype(np.int32) for graph in graphs]) for side in ("row", "col"))
    every = List([make_epochs_per_sample(graph.data, EPOCHS) for graph in graphs])
    every_other = List([times.astype(np.float32) / 5 for times in every])  # five negative samples for each
    next_other, following = (List([times.astype(np.float32) for times in of]) for of in (every_other, every))
    same, ties = _relations(count, size), _ties(graphs)
    state = draw.randint(-(2**31) + 1, 2**31 - 1, 3).astype(np.int64)
    report_progress(0.1, "Making ready for aligned UMAP (compiled once, and kept)")
    step = _compiled()
    for epoch in range(EPOCHS):
        step(
            places, places, heads, tails, every, a, b, ties, same, state, 1.0, _TIES, 2, True,
            1 - epoch / EPOCHS, every_other, next_other, following, epoch,
        )  # fmt: skip
        report_progress(0.1 + 0.9 * (epoch + 1) / (EPOCHS + 1), f"Drawing {count} maps")
    return np.stack([np.array(place) for place in places])


@cache
def _compiled() -> Callable[..., None]:
    """One epoch of aligned UMAP; umap-learn itself compiles it again for every map."""
    import numba
    from umap import layouts

    step: Callable[..., None] = numba.njit(layouts._optimize_layout_aligned_euclidean_single_epoch, fastmath=True)
    keep_compiled(step)
    return step


def _relations(count: int, size: int) -> np.ndarray:
    """int32 (K, 2·window + 1, points): which point of a map nearby is the same one; −1 beyond the ends."""
    found = np.full((count, 2 * _WINDOW + 1, size), -1, np.int32)
    for number in range(count):
        for offset in range(-_WINDOW, _WINDOW + 1):
            if offset and 0 <= number + offset < count:
                found[number, offset + _WINDOW] = np.arange(size)
    return found


def _ties(graphs: Sequence[Any]) -> np.ndarray:
    """float32 (K, 2·window + 1, points): how alike a point's neighbours are in a map nearby (Jaccard index)."""
    near = [(graph.tocsr() > 0).astype(np.int32) for graph in graphs]
    ties = np.zeros((len(near), 2 * _WINDOW + 1, near[0].shape[0]), np.float32)
    for number, own in enumerate(near):
        for offset in range(-_WINDOW, _WINDOW + 1):
            if offset and 0 <= number + offset < len(near):
                other = near[number + offset]
                common = np.asarray(own.multiply(other).sum(1)).ravel()
                union = np.asarray(own.sum(1) + other.sum(1)).ravel() - common
                ties[number, offset + _WINDOW] = common / np.maximum(union, 1)
    return ties
