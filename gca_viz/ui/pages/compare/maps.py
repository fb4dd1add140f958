"""Aligned maps of A and B, or of all that are compared."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import MOST
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.figures.compare import framed
from gca_viz.figures.geometry import MapPoints
from gca_viz.geometry import plan_points
from gca_viz.geometry.aligned import TITLES
from gca_viz.report.compare_parts import colour_of, far_samples, legend, map_title, maps_caption
from gca_viz.ui.elements import map as scatter
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.parts.point_maps import follow, samples_of
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import selection
from gca_viz.ui.session.cancellable import cancellable
from gca_viz.ui.session.page_result import PageResult


def take_over_gestures(result: PageResult) -> PageResult:
    """Let the recipe say what the user did on the maps since the last run: the picked pair or the chosen group."""
    n = result.batch.size
    for at in range(MOST):
        gesture = scatter.take_gesture(_key(at))
        if gesture is not None and all(point < 2 * n for point in gesture.points):
            result = follow(gesture, result)
    return result


def maps(result: Compared) -> None:
    """Draw the controls of the maps, the maps, and what they show."""
    compare, results = result.recipe.compare, result.compared
    encoders = results.kind == ENCODERS
    with st.container(horizontal=True, vertical_alignment="bottom", key="map-controls"):
        if encoders:
            control("aligned", titles=TITLES, kind=st.segmented_control)
            control("tint", kind=st.segmented_control)
        if len(results.members) > 2:
            control("maps", titles={"two": "A and B", "all": "all"}, kind=st.segmented_control)
        if compare.aligned == "umap":
            with st.container(width=300):
                control("neighbours")
            with st.container(width=130):
                control("mapseed")
    everyone = compare.maps == "all" and len(results.members) > 2
    which = list(range(len(results.members))) if everyone else [0, results.second]
    places = places_of(result, which)
    if places is not None:
        _draw(result, which, places)


def places_of(result: Compared, which: list[int], *, anchor: int = 0) -> np.ndarray | None:
    """The aligned maps as the recipe wants them; where that cannot be, the reason, and PCA. None if stopped."""
    results, how = result.compared, result.recipe.compare.aligned
    if results.kind != ENCODERS:
        how = "pca"  # one embedding has one map
    named = [results.candidates[number].encoder for number in which]
    try:
        return cancellable(
            f"maps-{len(which)}-{anchor}",
            (result.recipe.data, result.recipe.views, result.recipe.geometry, how, named),
            lambda report_progress: steps.maps_of(results, which, how, anchor=anchor, progress=report_progress),
        )
    except InputError as error:
        st.error(plain(f"{error} Here is PCA."), icon=":material/error:")
        return steps.maps_of(results, which, "pca", anchor=anchor)


def _draw(result: Compared, which: list[int], places: np.ndarray) -> None:
    results, small = result.compared, len(which) > 2
    encoders = results.kind == ENCODERS
    n, far = result.batch.size, far_samples(result)
    (places, (middle, half)), pick = framed(places), result.pick
    pair = None if pick is None else plan_points.points_of(result.plan, pick)
    colour, texts = colour_of(result), tuple(result.point_texts)
    st.html(legend(colour))
    samples = samples_of(result.recipe.inputs, texts)
    scatter.hold(samples, key="compare-map-samples")
    place = hashlib.blake2b(places.astype(np.float32).tobytes(), digest_size=8).hexdigest()
    columns = st.columns(3 if small else 2)
    for at, number in enumerate(which):
        member = results.members[number]
        with columns[at % len(columns)]:
            st.markdown(f"**{plain(map_title(result, number, short=small))}**")
            with st.container(key=f"compare-map-{at}"):
                scatter.show(
                    MapPoints(places[at], ("", ""), colour, np.zeros(2 * n, int), ("",), texts),
                    key=_key(at),
                    samples=samples.id,
                    place=place,
                    name=f"map-{member.label}",
                    alt=f"Map of {member.label}",
                    lines=None if encoders else plan_points.heaviest_lines(result.shown(member.plan), 1),
                    outlined=far if number in (0, results.second) else (),
                    pair=pair,
                    group=selection.group(n),
                    bounds=[(value - half, value + half) for value in middle],
                    bare=True,
                    tallest=330 if small else 480,
                )
    gestures = (
        " Rest on a point for its image, and for its place on every map; click it to pick its pair, draw a lasso "
        "to choose a group. Zoom one map, and all follow."
    )
    st.caption(plain(maps_caption(result)) + gestures * encoders)


def _key(at: int) -> str:
    return f"compare-map-{at}-scatter"
