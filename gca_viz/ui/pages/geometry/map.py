"""The map of the embeddings with its controls, fed from a result."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments import geometry as steps
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.geometry import COLOUR, COLUMN, is_column
from gca_viz.experiments.recipe.recipe import Inputs
from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.geometry import MapPoints, config, projection_map
from gca_viz.figures.thumbnails import evenly, thumbnail
from gca_viz.geometry import plan_points
from gca_viz.geometry.neighbours import density
from gca_viz.geometry.projection import TITLES
from gca_viz.ui.elements import map as scatter
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.elements.gestures import component as map_gestures
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.point_maps import follow, samples_of
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import selection
from gca_viz.ui.session.cancellable import cancellable
from gca_viz.ui.session.page_result import PageResult

MOST_THUMBNAILS = 300
_GESTURES, _CHART, _MAP = "map-gestures", "map-chart", "embedding-map"
_CAMERA = "map_camera"
_COLOURS = {
    "mass": "mass sent or received",
    "loss": "loss of the row",
    "density": "mean cosine with the 10 nearest",
}


def take_over_gesture(result: PageResult) -> PageResult:
    """Let the recipe say what the user did on the map since the last run: the picked pair or the chosen group."""
    gesture = scatter.take_gesture(_MAP) or map_gestures.take_gesture(_GESTURES)
    if gesture is None:
        return result
    n = result.pairing.samples
    if any(point >= 2 * n for point in gesture.points):
        return result  # of a map that is no longer there
    if gesture.camera:
        st.session_state[_CAMERA] = (_place(result), gesture.camera)
    return follow(gesture, result)


def map_of(result: PageResult) -> steps.Map:
    """The map of the recipe; if that cannot be, or was stopped, the reason on the page and the map of PCA."""
    recipe = result.recipe
    try:
        found = cancellable(
            "map",
            _place(result),
            lambda report_progress: steps.map_of(recipe.inputs, recipe.geometry, progress=report_progress),
        )
    except InputError as error:
        st.error(plain(f"{error} Here is PCA."), icon=":material/error:")
        found = None
    return found or steps.map_of(recipe.inputs, replace(recipe.geometry, projection="pca"))


def controls(result: PageResult) -> None:
    """Draw the controls of the map; those that do nothing for it are left out."""
    geometry = result.recipe.geometry
    with st.container(horizontal=True, vertical_alignment="bottom", key="map-controls"):
        control("map", titles=TITLES, kind=st.segmented_control)
        if geometry.projection not in ("sphere", "circle"):
            control("axes", kind=st.segmented_control)
        columns = {f"{COLUMN}{name}": plain(name) for name in result.batch.dataset.columns}
        if columns:  # too many for one line
            with st.container(width=240):
                control("colour", options=[*COLOUR.options, *columns], titles=columns)
        else:
            control("colour", kind=st.segmented_control)
        control("lines", kind=st.segmented_control)
        if geometry.shown_dimensions == 2:
            control("thumbs", kind=st.segmented_control)
        about("map")
    with st.container(horizontal=True, vertical_alignment="bottom", key="map-numbers"):
        if geometry.projection in ("umap", "t-sne"):
            with st.container(width=320):
                control("neighbours" if geometry.projection == "umap" else "perplexity")
            with st.container(width=150):
                control("mapseed")
        if geometry.lines == "mass":
            with st.container(width=150):
                control("partners")


def projection(result: PageResult, found: steps.Map) -> None:
    """Draw the map; what is done on it is told at the next run by :func:`take_over_gesture`."""
    recipe = result.recipe
    alt = f"{TITLES[found.projection.method]} of both views, coloured by {recipe.geometry.colour}"
    with st.container(key=_CHART):
        if found.projection.coordinates.shape[1] == 2:
            drawn = _drawn(result, found)
            samples = samples_of(recipe.inputs, tuple(result.point_texts))
            scatter.hold(samples, key=f"{_MAP}-samples")
            scatter.show(
                samples=samples.id,
                key=_MAP,
                place=hashlib.blake2b(repr(_place(result)).encode(), digest_size=8).hexdigest(),
                name=f"map-{found.projection.method}",
                alt=alt,
                pictured=_pictured(result, drawn["pair"]),
                **drawn,
            )
            return
        chart(
            map_figure(result, found, camera=_camera(result)),
            key=f"{_CHART}-figure",
            config=config(3),
            alt=alt,
        )
    map_gestures.gestures(_GESTURES, _CHART, _sheet(recipe.inputs))


def map_figure(result: PageResult, found: steps.Map, *, camera: dict[str, Any] | None = None) -> go.Figure:
    """The map as the recipe wants it drawn, as a figure that can be turned and kept."""
    drawn = _drawn(result, found)
    points: MapPoints = drawn["points"]
    shown = _pictured(result, drawn["pair"]) if points.coordinates.shape[1] == 2 else np.empty(0, int)
    if len(shown):
        images = np.concatenate(engine.pictures_of(result.recipe.data, result.recipe.views, result.recipe.encoder))
        colours = zip(shown, points.colour.css(shown), strict=True)
        pictures = {int(point): thumbnail(images[point], css) for point, css in colours}
        drawn["points"] = replace(points, thumbnails=pictures)
    return projection_map(**drawn, camera=camera)


def _drawn(result: PageResult, found: steps.Map) -> dict[str, Any]:
    """What is on the map, however it is drawn."""
    geometry, plan = result.recipe.geometry, result.shown(result.plan)
    pick, coordinates, colour = result.pick, found.projection.coordinates, colour_by(result)
    dataset = result.batch.dataset
    return {
        "points": MapPoints(
            coordinates,
            found.projection.axes,
            colour,
            result.domains.ravel(),
            dataset.domain_titles,
            _texts(result, colour),
        ),
        "lines": plan_points.heaviest_lines(plan, geometry.partners) if geometry.lines == "mass" else None,
        "arrows": plan_points.barycentres(plan, coordinates) if geometry.lines == "barycentre" else None,
        "pair": None if pick is None else plan_points.points_of(plan, pick),
        "group": selection.group(result.pairing.samples),
    }


def _pictured(result: PageResult, pair: tuple[int, int] | None) -> np.ndarray:
    """Points that are drawn as their images; of too many, the chosen and some of the others."""
    if result.recipe.geometry.thumbnails != "on":
        return np.empty(0, int)
    samples = result.pairing.samples
    group = selection.group(samples)
    first = [*(pair or ()), *(point for sample in group for point in (sample, sample + samples))]
    return evenly(2 * samples, MOST_THUMBNAILS, first)


def colour_by(result: PageResult) -> ColourBy:
    """What the colour of each point says."""
    by, plan = result.recipe.geometry.colour, result.shown(result.plan)
    dataset = result.batch.dataset
    if by == "class":
        return ColourBy.of_classes("class", np.tile(result.batch.labels, 2), dataset.class_titles)
    if by == "domain":
        return ColourBy.of_classes("domain", result.domains.ravel(), dataset.domain_titles)
    if by == "view":
        return ColourBy.of_views(np.repeat([0, 1], result.pairing.samples))
    if is_column(by):
        name = by.removeprefix(COLUMN)
        return ColourBy.of_column(name, dataset.columns[name], np.tile(result.batch.indices, 2))
    if by == "density":
        recipe = result.recipe
        values = density(steps.points_of(recipe.inputs))
    else:
        values = plan_points.mass_of_points(plan) if by == "mass" else plan_points.loss_of_points(plan)
    return ColourBy(_COLOURS[by], values)


def _texts(result: PageResult, colour: ColourBy) -> list[str]:
    """Who each point is, and what its colour says."""
    names = result.point_texts
    if colour.names:
        return names
    return [f"{text} · {colour.title} {value:.3g}" for text, value in zip(names, colour.values, strict=True)]


def _place(result: PageResult) -> tuple[object, ...]:
    """What a map must keep so that what is seen of it still means the same."""
    recipe = result.recipe
    return recipe.inputs, steps.what_counts(recipe.geometry)


def _camera(result: PageResult) -> dict[str, Any] | None:
    place, camera = st.session_state.get(_CAMERA, (None, None))
    return camera if place == _place(result) else None


@cached(key=engine.shown_key)
def _sheet(inputs: Inputs) -> dict[str, Any]:
    return map_gestures.hover_sheet(np.concatenate(engine.pictures_of(inputs.data, inputs.views, inputs.encoder)))
