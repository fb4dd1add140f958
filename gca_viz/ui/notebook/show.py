"""The doors to the elements of a notebook; what they are made of is imported at the first call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gca_viz.extras import need
from gca_viz.transport import Plan, Sweep

if TYPE_CHECKING:
    from gca_viz.ui.notebook.board import Board
    from gca_viz.ui.notebook.map import Map
    from gca_viz.ui.notebook.square import Square

_EXTRA = "notebook"


def show(
    plan: Plan | Mapping[str, Plan],
    *,
    images: Any = None,
    labels: Any = None,
    names: Any = None,
    panels: Sequence[str] | None = None,
    log: bool = False,
    share: Any = None,
) -> Board:
    """Draw a plan, or several of one batch, on the app's own board, in a notebook.

    ``board = gca_viz.show(gca_viz.align(z1, z2), images=images, labels=labels)``; then ``board.selected``,
    ``board.picked`` and ``board.step`` are traitlets: read them, set them, observe them, link them.

    Args:
        plan: from :func:`gca_viz.align`, or title → plan; at most 2048 rows and columns.
        images: one per sample, (N, H, W, 3) or (N, 3, H, W), of uint8 or of floats from 0 to 1, or PIL images; or a
            tuple of two such, for view 1 and view 2, both in the order of view 1.
        labels: (N,) class of each sample, numbers or texts; rows and columns are sorted by it and have strips.
        names: (N,) texts that are shown beside the images.
        panels: which matrices, some of ``"cost"``, ``"kernel"``, ``"plan"``, ``"difference"``, ``"target"``,
            ``"residual"`` and ``"force"``; by default each plan, and of two their difference.
        log: logarithmic colours.
        share: a board or a map of the same samples, whose ``selected`` and ``picked`` are this one's, too.

    Returns:
        Board: a widget; its ``draw(plan)`` draws another plan of the same samples.

    Raises:
        InputError: no extra ``[notebook]``, something that is no plan with a matrix, or another number of images,
            labels or names than of samples.
    """
    need("anywidget", _EXTRA)
    from gca_viz.ui.notebook.board import Board

    board = Board(plan, images=images, labels=labels, names=names, panels=panels, log=log)
    return board if share is None else board.sharing(share)


def show_map(
    z1: Any,
    z2: Any,
    *,
    images: Any = None,
    labels: Any = None,
    names: Any = None,
    plan: Plan | None = None,
    method: str = "pca",
    share: Any = None,
) -> Map:
    """Draw both views of a batch on a map in two dimensions, the app's own, in a notebook.

    ``gca_viz.show_map(z1, z2, labels=labels, share=board)`` chooses on the map what is chosen on the board.

    Args:
        z1, z2: (N, d) embeddings; of two columns, they are the places themselves.
        images, labels, names: as :func:`show` takes them.
        plan: of these embeddings; lines show where each sample sends most of its mass.
        method: ``"pca"``, ``"umap"``, ``"t-sne"`` or ``"circle"``.
        share: a board or a map of the same samples, whose ``selected`` and ``picked`` are this one's, too.

    Returns:
        Map: a widget with the traitlets ``selected`` (samples) and ``picked`` (one of view 1 and one of view 2).

    Raises:
        InputError: no extra ``[notebook]``, two views of unequal shape, or another number of images, labels or
            names than of samples.
    """
    need("anywidget", _EXTRA)
    from gca_viz.ui.notebook.map import Map

    made = Map(z1, z2, images=images, labels=labels, names=names, plan=plan, method=method)
    return made if share is None else made.sharing(share)


def show_square(sweep: Sweep, read: str = "matched_share") -> Square:
    """Draw the constraint square over a number of a sweep, the app's own, in a notebook.

    ``square = gca_viz.show_square(gca_viz.sweep(z1, z2, **gca_viz.constraint_square(0.1)))``; then the traitlet
    ``selected`` is the place (τ₁, τ₂) of the dot, and ``square.penalties`` what ``align(z1, z2, "gca-uot", **…)``
    takes there.

    Args:
        sweep: of :func:`gca_viz.constraint_square`.
        read: name of one of its numbers.

    Returns:
        Square: a widget with the traitlet ``selected``.

    Raises:
        InputError: no extra ``[notebook]``, or a sweep that is not over the square or lacks that number.
    """
    need("anywidget", _EXTRA)
    from gca_viz.ui.notebook.square import Square

    return Square(sweep, read)
