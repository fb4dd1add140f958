"""Maps of embeddings: both views projected together into two or three dimensions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from threading import Lock
from types import FrameType
from typing import Any, TypeVar

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from gca_viz.errors import InputError
from gca_viz.geometry.kinds import PROJECTIONS
from gca_viz.metric import percent
from gca_viz.progress import ReportProgress

TITLES = {"t-sne": "t-SNE", "umap": "UMAP", "pca": "PCA", "sphere": "Sphere", "circle": "Circle"}
LEAST = 6  # points of a map that is made from neighbours
_TSNE_STEPS = 1000

#: numba's own pool of threads ends the process if two threads use it at once
_ONE_AT_A_TIME = Lock()

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Projection:
    """Where each point lies on a map.

    Attributes:
        method: out of ``PROJECTIONS``.
        coordinates: float32 (points, 2 or 3).
        axes: title of each axis.
        neighbours: what t-SNE (perplexity) or UMAP (neighbours) was given, which a small batch bounds; None for
            the others.
    """

    method: str
    coordinates: np.ndarray
    axes: tuple[str, ...]
    neighbours: float | None = None


def project(
    z: np.ndarray,
    method: str,
    *,
    dimensions: int = 2,
    seed: int = 0,
    neighbours: int = 15,
    perplexity: float = 30,
    progress: ReportProgress | None = None,
) -> Projection:
    """A map of unit vectors; the same arguments give the same map on one machine.

    Args:
        z: float32 (points, d), rows of length 1.
        method: ``"pca"``; ``"umap"`` or ``"t-sne"`` by cosine, started from PCA; ``"sphere"`` or ``"circle"``, the
            top three or two principal directions about the origin, normalised.
        dimensions: 2 or 3; the sphere has 3, the circle 2.
        seed: of the noise on the start, and of UMAP's sampling.
        neighbours: of UMAP; at most all other points.
        perplexity: of t-SNE; at most a third of the other points.
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: an unknown method; a map by neighbours of fewer than six points, or of points that are all the
            same.

    Sources: van der Maaten & Hinton, JMLR 2008; McInnes, Healy & Melville, arXiv 1802.03426; starts from PCA as in
    Kobak & Berens, Nature Communications 2019.
    """
    report_progress = progress or (lambda share, what: None)
    if method not in PROJECTIONS:
        raise InputError(f"map {method!r}", f"maps are {', '.join(PROJECTIONS)}", "Choose one of these")
    if method in ("sphere", "circle"):
        found = principal(z, 3 if method == "sphere" else 2, centred=False)[0]
        length = np.linalg.norm(found, axis=1, keepdims=True)
        on_it = found / np.where(length > 0, length, 1)
        return Projection(
            method, on_it.astype(np.float32), tuple(f"direction {k + 1}" for k in range(on_it.shape[1]))
        )
    start, shares = principal(z, dimensions)
    if method == "pca":
        axes = tuple(f"PC {k + 1} ({percent(share)} of variance)" for k, share in enumerate(shares))
        return Projection(method, start.astype(np.float32), axes)
    check_spread(z, TITLES[method])
    draw = np.random.RandomState(seed)
    start = start / start[:, 0].std() + draw.normal(scale=0.01, size=start.shape)
    axes = tuple(f"{TITLES[method]} {k + 1}" for k in range(dimensions))
    if method == "umap":
        neighbours = min(neighbours, len(z) - 1)
        found = _umap(z, start, neighbours, draw, report_progress)
        return Projection(method, found, axes, neighbours)
    perplexity = min(perplexity, (len(z) - 1) / 3)
    return Projection(method, _tsne(z, start, perplexity, seed, report_progress), axes, perplexity)


def principal(z: np.ndarray, dimensions: int, *, centred: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates along the top principal directions, and each one's share of the variance; zeros where there is
    none. A direction's sign is that of its largest entry."""
    x = z.astype(np.float64)
    x = x - x.mean(0) if centred else x
    _, s, directions = np.linalg.svd(x, full_matrices=False)
    directions, s = directions[:dimensions], s**2
    largest = np.abs(directions).argmax(1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    missing = dimensions - len(directions)
    coordinates = np.pad(x @ (directions * signs[:, None]).T, ((0, 0), (0, missing)))
    shares = np.pad(s[:dimensions] / max(s.sum(), np.finfo(float).tiny), (0, missing))
    return coordinates, shares


def check_spread(z: np.ndarray, title: str) -> None:
    """Raise :class:`InputError` where points are too few, or too much alike, for a map by neighbours."""
    if len(z) < LEAST:
        raise InputError(
            f"{title} of {len(z)} points",
            f"a map by neighbours needs at least {LEAST}",
            f"Choose PCA, or a batch of at least {LEAST // 2} images",
        )
    if np.ptp(z, axis=0).max() < 1e-6:
        raise InputError(
            f"{title} of embeddings that are all the same",
            "a map by neighbours needs points that differ",
            "Choose PCA, or another encoder",
        )


def _umap(
    z: np.ndarray, start: np.ndarray, neighbours: int, draw: np.random.RandomState, report_progress: ReportProgress
) -> np.ndarray:
    # The two stages of umap.UMAP.fit.
    report_progress(0.0, "Making ready for UMAP (compiled once, and kept)")
    from umap.umap_ import find_ab_params, simplicial_set_embedding

    _keep_what_is_compiled()
    graph = neighbour_graph(z, neighbours, draw, report_progress)
    a, b = find_ab_params(1.0, 0.1)
    epochs = 500 if len(z) <= 1000 else 300  # umap-learn's own for small sets, and enough for larger ones
    report_progress(0.1, "Drawing the map")
    return _watched(
        lambda: simplicial_set_embedding(
            z, graph, start.shape[1], 1.0, a, b, 1.0, 5, epochs, start.astype(np.float32), draw, "euclidean", {},
            False, {}, False,
        )[0],
        "__iter__",
        epochs,
        lambda share: report_progress(0.1 + 0.9 * share, "Drawing the map"),
    )  # fmt: skip


def compile_umap() -> None:
    """Compile what UMAP needs, or read it from where it was kept; a first map then takes as long as the others."""
    project(np.eye(16, dtype=np.float32), "umap", neighbours=5)


@cache
def _keep_what_is_compiled() -> None:
    """Keep what umap-learn has numba compile anew in every process, most of the time of a first map."""
    from umap import layouts, umap_

    keep_compiled(umap_.smooth_knn_dist)
    keep_compiled(umap_.compute_membership_strengths)
    keep_compiled(layouts._get_optimize_layout_euclidean_single_epoch_fn())


def keep_compiled(function: Any) -> None:
    """Let numba keep on disk what it makes of a function; where no place can be written, every process compiles it.

    The place is beside umap-learn's files, or ``NUMBA_CACHE_DIR``, or the user's own folder for such things.
    """
    with suppress(OSError, RuntimeError):
        function.enable_caching()


def neighbour_graph(
    z: np.ndarray, neighbours: int, draw: np.random.RandomState, report_progress: ReportProgress
) -> Any:
    """UMAP's weighted graph of nearest neighbours, sparse (points, points).

    Exact neighbours spare umap-learn's approximate ones, and half a minute of compiling.
    """
    from umap.umap_ import fuzzy_simplicial_set

    _keep_what_is_compiled()
    points = torch.from_numpy(z)
    nearest = (points @ points.T).fill_diagonal_(2).topk(neighbours, 1)  # each point is its own first neighbour
    distances = (2 - 2 * nearest.values.clamp_max(1)).clamp_min(0).sqrt().numpy()
    indices = nearest.indices.numpy().astype(np.int32)
    while not _ONE_AT_A_TIME.acquire(timeout=0.1):
        report_progress(0.0, "Waiting for another UMAP to begin")
    try:
        return fuzzy_simplicial_set(z, neighbours, draw, "euclidean", {}, indices, distances)[0]
    finally:
        _ONE_AT_A_TIME.release()


def _tsne(
    z: np.ndarray, start: np.ndarray, perplexity: float, seed: int, report_progress: ReportProgress
) -> np.ndarray:
    from sklearn.manifold import TSNE

    report_progress(0.0, "Drawing the map")
    model = TSNE(
        start.shape[1],
        perplexity=perplexity,
        init=(1e-4 * start).astype(np.float32),
        max_iter=_TSNE_STEPS,
        random_state=seed,
        n_jobs=1,
    )
    # UMAP leaves OpenMP with a thread per core, and t-SNE waits for all of them in each of its thousand steps.
    with threadpool_limits(1):
        return _watched(
            lambda: model.fit_transform(z),
            "_kl_divergence_bh",
            _TSNE_STEPS,
            lambda share: report_progress(share, "Drawing the map"),
        )


def _watched(work: Callable[[], Result], step: str, steps: int, tell: Callable[[float], None]) -> Result:
    """Do work that tells nobody how far it is: Python's profiler sees each call of its function named ``step``,
    of which there are about ``steps``, and what ``tell`` raises there ends the work."""
    done, before = 0, sys.getprofile()

    def see(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal done
        if event == "call" and frame.f_code.co_name == step:
            done += 1
            tell(min(done / steps, 0.99))

    sys.setprofile(see)
    try:
        return work()
    finally:
        sys.setprofile(before)
