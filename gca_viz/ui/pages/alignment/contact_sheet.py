"""The views of a batch: all pairs side by side, or several views with those that stand for row and column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
import torch

from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.embeddings import maker_of
from gca_viz.palette import VIEWS as COLOURS
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.session.page_result import PageResult
from gca_viz.views.reduction import PAIR, WORST, kinds

_PER_PAGE = 48
_GAP = ((0, 0), (0, 12), (0, 0))  # to the next strip


def contact_sheet(result: PageResult) -> None:
    """Draw the views of each sample, in the order of the matrices; what is in the row framed blue, else orange."""
    rows, views = result.row_order, result.recipe.views
    samples = [int(row) for row in rows if row < len(result.batch)]
    many = views.reduce != PAIR and views.count > 2
    per_page = _PER_PAGE if not many else max(4, 2 * _PER_PAGE // views.count)
    pages, page = -(-len(samples) // per_page), 1
    if pages > 1:
        page = st.number_input(f"Page (of {pages})", 1, pages, key=f"views-page-{pages}", width=150)
    shown = samples[(page - 1) * per_page : page * per_page]
    if many:
        _strips(result, shown)
        return
    st.caption("Each pair: view 1 (blue frame) beside view 2 (orange frame), with its row number and name.")
    both = engine.pictures_of(result.recipe.data, views, result.recipe.encoder)
    pictures(
        [_side_by_side([both[view][sample] for view in (0, 1)], [0, 1]) for sample in shown],
        [f"{_both(result, sample)}: view 1 beside view 2" for sample in shown],
        [f"{sample} · {plain(_both(result, sample))}" for sample in shown],
        width=136,
    )


def _strips(result: PageResult, samples: Sequence[int]) -> None:
    """All views of each sample, those in its row framed blue and those in its column orange."""
    recipe, found = result.recipe, engine.embeddings_of(result.recipe.inputs)
    views = recipe.views
    strips = engine.strips_of(recipe.data, views, tuple(samples))
    row, column = kinds(views.count, views.reduce, two_kinds=maker_of(recipe.data, views).two_kinds)
    sides = {sample: ([*row], [*column]) for sample in samples}
    words = f"Each strip: the {views.count} views of an image. Blue: averaged in the row; orange: in the column."
    captions = [f"{sample} · {plain(_both(result, sample))}" for sample in samples]
    if views.reduce == WORST and found.shown is not None:
        sides = {sample: ([int(found.shown[0, sample])], [int(found.shown[1, sample])]) for sample in samples}
        words = (
            f"Each strip: the {views.count} views of an image; this encoder puts the two that are framed farthest "
            "apart: blue in the row, orange in the column. The number is their cost, 1 − cos."
        )
        pair = engine.embeddings_of(recipe.inputs)
        costs = 1 - torch.nn.functional.cosine_similarity(pair.z1, pair.z2)
        captions = [
            f"{caption} · {float(costs[sample]):.2f}" for caption, sample in zip(captions, samples, strict=True)
        ]
    st.caption(words)
    frames = [
        [
            0 if number in sides[sample][0] else 1 if number in sides[sample][1] else None
            for number in range(views.count)
        ]
        for sample in samples
    ]
    pictures(
        [np.pad(_side_by_side(list(strip), of), _GAP) for strip, of in zip(strips, frames, strict=True)],
        [f"{_both(result, sample)}: {views.count} views" for sample in samples],
        captions,
        width=68 * views.count,
    )


def _both(result: PageResult, sample: int) -> str:
    """What both views of a sample are called, once where that is the same."""
    return " → ".join(dict.fromkeys(result.name(sample, view) for view in (0, 1)))


def _side_by_side(images: Sequence[np.ndarray], views: Sequence[int | None]) -> np.ndarray:
    """Images in frames: of the colour of the view, or none."""
    return np.concatenate([_framed(image, view) for image, view in zip(images, views, strict=True)], 1)


def _framed(image: np.ndarray, view: int | None) -> np.ndarray:
    framed = np.pad(np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]), ((2, 2), (2, 2), (0, 0)))
    colour = (0, 0, 0, 0) if view is None else [*(int(COLOURS[view][at : at + 2], 16) for at in (1, 3, 5)), 255]
    for edge in (framed[:2], framed[-2:], framed[:, :2], framed[:, -2:]):
        edge[...] = colour
    return framed
