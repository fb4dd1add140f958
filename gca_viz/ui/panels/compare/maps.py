"""Aligned maps of A and B, or of all that are compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments import engine
from gca_viz.experiments.cache import cached
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.recipe import ENCODERS
from gca_viz.experiments.recipe import DataRecipe, ViewsRecipe
from gca_viz.figures.compare import CONFIG, MapPanel, aligned_map, framed
from gca_viz.geometry import plan_points
from gca_viz.geometry.aligned import TITLES
from gca_viz.report.compare_parts import colour_of, far_samples, legend, map_title, maps_caption, point_texts
from gca_viz.ui import map_gestures, selection, state
from gca_viz.ui.panels.compare.compared import Compared
from gca_viz.ui.panels.result import Result
from gca_viz.ui.text import plain
from gca_viz.ui.widgets import control
from gca_viz.ui.work import work

_CHARTS = ("compare-map-0", "compare-map-1")


def take_over_gestures(result: Result) -> Result:
    """Let the recipe say what the user did on the maps since the last run: the picked pair or the chosen group."""
    n = result.batch.size
    for chart in _CHARTS:
        gesture = map_gestures.take_gesture(f"{chart}-gestures")
        if gesture is None or any(point >= 2 * n for point in gesture.points):
            continue
        if gesture.kind == "group":
            selection.choose_group(point % n for point in gesture.points)
        else:
            selection.pick_pair(*plan_points.pair_of(result.plan, gesture.points[0]))
    return replace(result, recipe=replace(result.recipe, display=state.recipe().display))


def maps(result: Compared) -> None:
    """Draw the controls of the maps, the maps, and what they show."""
    compare, lineup = result.recipe.compare, result.lineup
    encoders = lineup.kind == ENCODERS
    with st.container(horizontal=True, vertical_alignment="bottom", key="map-controls"):
        if encoders:
            control("aligned", titles=TITLES, kind=st.segmented_control)
            control("tint", kind=st.segmented_control)
        if len(lineup.entries) > 2:
            control("maps", titles={"two": "A and B", "all": "all"}, kind=st.segmented_control)
        if compare.aligned == "umap":
            with st.container(width=300):
                control("neighbours")
            with st.container(width=130):
                control("mapseed")
    everyone = compare.maps == "all" and len(lineup.entries) > 2
    which = list(range(len(lineup.entries))) if everyone else [0, lineup.second]
    places = places_of(result, which)
    if places is not None:
        _draw(result, which, places)


def places_of(result: Compared, which: list[int], *, anchor: int = 0) -> np.ndarray | None:
    """The aligned maps as the recipe wants them; where that cannot be, the reason, and PCA. None if stopped."""
    lineup, how = result.lineup, result.recipe.compare.aligned
    if lineup.kind != ENCODERS:
        how = "pca"  # one embedding has one map
    named = [lineup.contenders[number].encoder for number in which]
    try:
        return work(
            f"maps-{len(which)}-{anchor}",
            (result.recipe.data, result.recipe.views, result.recipe.geometry, how, named),
            lambda told: steps.maps_of(lineup, which, how, anchor=anchor, progress=told),
        )
    except InputError as error:
        st.error(plain(f"{error} Here is PCA."), icon=":material/error:")
        return steps.maps_of(lineup, which, "pca", anchor=anchor)


def _draw(result: Compared, which: list[int], places: np.ndarray) -> None:
    lineup, dark = result.lineup, st.context.theme.type == "dark"
    n, far = result.batch.size, far_samples(result)
    (places, bounds), group, pick = framed(places), selection.group(n), result.pick
    pair = None if pick is None else plan_points.points_of(result.plan, pick)
    texts = point_texts(result)
    colour = colour_of(result, dark=dark)
    st.html(legend(colour))
    columns = st.columns(2 if len(which) == 2 else 3)
    for at, number in enumerate(which):
        entry = lineup.entries[number]
        lines = None if lineup.kind == ENCODERS else plan_points.heaviest_lines(result.shown(entry.plan), 1)
        figure = aligned_map(
            MapPanel("", places[at], lines),
            colour,
            texts,
            bounds,
            far=far if number in (0, lineup.second) else (),
            pair=pair,
            group=group,
            small=len(which) > 2,
            dark=dark,
        )
        chart = f"compare-map-{at}"
        with columns[at % len(columns)]:
            st.markdown(f"**{plain(map_title(result, number, short=len(which) > 2))}**")
            with st.container(key=chart):
                st.plotly_chart(figure, key=f"{chart}-figure", config=CONFIG, alt=f"Map of {entry.label}")
            if chart in _CHARTS:
                map_gestures.gestures(f"{chart}-gestures", chart, _sheet(result.recipe.data, result.recipe.views))
    gestures = " Rest on a point for its image, click it to pick its pair, draw a lasso to choose a group."
    st.caption(plain(maps_caption(result)) + gestures * (lineup.kind == ENCODERS))


@cached(4)
def _sheet(data: DataRecipe, views: ViewsRecipe) -> dict:
    return map_gestures.hover_sheet(np.concatenate(engine.pictures_of(data, views)))
