"""Aligned maps of A and B, or of all that are compared."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments import engine
from gca_viz.experiments.cache import cached
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.recipe import ENCODERS
from gca_viz.experiments.recipe import DataRecipe, ViewsRecipe
from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.compare import CONFIG, MapPanel, aligned_map, framed
from gca_viz.geometry import plan_points
from gca_viz.geometry.aligned import TITLES, moved
from gca_viz.ui import map_gestures, selection, state
from gca_viz.ui.panels.compare.compared import Compared
from gca_viz.ui.panels.result import Result
from gca_viz.ui.text import plain
from gca_viz.ui.widgets import control
from gca_viz.ui.work import work

_FAR = 8  # samples outlined as those that moved most
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
    n, changes = result.batch.size, steps.changes_of(result.lineup)
    far = np.argsort(-changes.moved, kind="stable")[:_FAR] if changes.moved.max() > 1e-6 else []
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
            st.markdown(f"**{plain(_title(result, number, short=len(which) > 2))}**")
            with st.container(key=chart):
                st.plotly_chart(figure, key=f"{chart}-figure", config=CONFIG, alt=f"Map of {entry.label}")
            if chart in _CHARTS:
                map_gestures.gestures(f"{chart}-gestures", chart, _sheet(result.recipe.data, result.recipe.views))
    st.caption(_caption(result))


def colour_of(result: Compared, *, dark: bool = False) -> ColourBy:
    """What the colour of each point says: its class, or how far it moved from A to B."""
    if result.recipe.compare.tint == "moved" and result.lineup.kind == ENCODERS:
        first, second = result.lineup.pair
        return ColourBy("how far it moved", moved(first.points.z, second.points.z))
    dataset = result.batch.dataset
    return ColourBy.of_classes("class", np.tile(result.batch.labels, 2), dataset.class_names, dark=dark)


def legend(colour: ColourBy) -> str:
    """What colours mean, as HTML: it takes no room from any of the maps."""
    view = '<span><i class="dot"></i>view 1</span><span><i class="ring"></i>view 2</span>'
    if not colour.names:
        low, high = colour.bounds
        ends = (
            f"<span>{escape(colour.title)}: {low:.2f}</span><span><i class=ramp></i></span><span>{high:.2f}</span>"
        )
        return f'<p class="legend">{view}{ends}</p>'
    shown = np.unique(colour.values)
    names = "".join(
        f'<span><i class="dot" style="--c:{colour.palette[number]}"></i>{escape(colour.names[number])}</span>'
        for number in shown
    )
    return f'<p class="legend">{view}{names}</p>'


def point_texts(result: Compared) -> list[str]:
    """What is said of each point under the pointer."""
    names, labels = result.batch.names, result.label
    return [
        f"{sample}: {names[sample]} · {labels(sample, view)} · view {view + 1}"
        for view in (0, 1)
        for sample in range(result.batch.size)
    ]


def _title(result: Compared, number: int, *, short: bool) -> str:
    entry, side = result.lineup.entries[number], ""
    if number == 0:
        side = "A "
    elif number == result.lineup.second:
        side = "B "
    hits = 100 * float(result.shown(entry.plan).top1_rows)
    return f"{side}{entry.label}: {hits:.0f} %" + ("" if short else " of the rows find their partner")


def _caption(result: Compared) -> str:
    if result.lineup.kind != ENCODERS:
        return (
            "One encoder, one map: what differs is the plan. A line goes from a point of view 1 to the one that "
            "receives most of its mass, teal to its partner, magenta to another."
        )
    how = {
        "pca": "Each map is the PCA of its own embedding, rotated (or mirrored) onto that of A and drawn as large.",
        "umap": "Aligned UMAP keeps near what is near, and ties a point to its place in the map before where its "
        "neighbours stay the same; how far two heaps lie apart means little.",
    }[result.recipe.compare.aligned]
    return (
        f"{how} Per cent: rows that find their partner. Outlined: the {_FAR} samples that moved most from A to B, "
        "in the embedding and not on the map. Rest on a point for its image, click it to pick its pair, draw a "
        "lasso to choose a group."
    )


@cached(4)
def _sheet(data: DataRecipe, views: ViewsRecipe) -> dict:
    return map_gestures.hover_sheet(np.concatenate(engine.pictures_of(data, views)))
