"""The Geometry page, put together from its panels."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.experiments import geometry as steps
from gca_viz.ui.pages.geometry.downloads import map_downloads
from gca_viz.ui.pages.geometry.map import controls, map_of, projection, take_over_gesture
from gca_viz.ui.pages.geometry.measures import measures
from gca_viz.ui.pages.geometry.neighbours import neighbours
from gca_viz.ui.pages.geometry.singular_values import singular_values
from gca_viz.ui.parts.group import group
from gca_viz.ui.parts.headings import title
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.session import state
from gca_viz.ui.session.current_result import computed
from gca_viz.ui.session.progress import progress_bar
from gca_viz.ui.session.warm_up import warm_up_maps
from gca_viz.ui.text import plain


def geometry(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    for notice in state.notices():
        st.warning(plain(notice), icon=":material/info:")
    result = take_over_gesture(computed())
    recipe = result.recipe
    controls(result)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        found = map_of(result)
        chart = st.container()
        st.caption(steps.map_sentence(recipe.geometry, found, picked=result.pick is not None))
        # Before the map, which the browser takes longer to draw than all the rest.
        _tabs(
            {
                "Group": lambda: group(result),
                "Neighbours": lambda: neighbours(result),
                "Spectrum": lambda: singular_values(result),
                "Download": lambda: map_downloads(result, found),
            }
        )
    with chart:
        projection(result, found)
    sidebar(result.seconds)
    told = progress_bar(right.empty())
    estimates = steps.measures_of(recipe.data, recipe.views, recipe.encoder, progress=told)
    told(1.0, "Done")
    title(steps.headline(estimates), heading)
    with right:
        measures(found, estimates)
    state.write_link()
    warm_up_maps()


def _tabs(panels: dict[str, Callable[[], None]]) -> None:
    tabs = st.tabs(list(panels), key="geometry", on_change="rerun", bind="query-params")
    for tab, (name, draw) in zip(tabs, panels.items(), strict=True):
        if tab.open:  # the others cost nothing
            with tab, st.container(key=f"geometry-{name.lower()}"):
                draw()
