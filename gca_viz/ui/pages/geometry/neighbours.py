"""The nearest neighbours of a picked pair, in the embedding itself."""

from __future__ import annotations

import streamlit as st

from gca_viz.experiments import geometry as steps
from gca_viz.geometry.neighbours import neighbours_of
from gca_viz.geometry.plan_points import points_of
from gca_viz.ui.parts.inspector import inspector, pair_on_screen
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.session.page_result import PageResult

_SHOWN = 8


def neighbours(result: PageResult) -> None:
    """Draw the pair's nearest neighbours with their cosines, then the pair as on the Alignment page."""
    recipe, n = result.recipe, result.batch.size
    points = steps.points_of(recipe.inputs)
    for side, point in zip(("row", "column"), points_of(result.plan, pair_on_screen(result)), strict=True):
        found, cosines = neighbours_of(points, point, _SHOWN)
        colour = "blue" if side == "row" else "orange"
        st.markdown(
            f":{colour}[**Nearest to the {side}, sample {point % n} in view {point // n + 1}**], by cosine in the "
            "embedding, not on the map"
        )
        with st.container(key=f"nearest-{side}"):
            places = [(int(other) % n, int(other) // n) for other in found]
            pictures(
                [result.portrait(*place) for place in places],
                [result.described(*place) for place in places],
                [_caption(point, int(other), cosine, n) for other, cosine in zip(found, cosines, strict=True)],
                width=84,
            )
    inspector(result)


def _caption(point: int, other: int, cosine: float, n: int) -> str:
    partner = "  \npartner" if other % n == point % n else ""
    return f"{other % n}, view {other // n + 1}  \n{cosine:.3f}{partner}"
