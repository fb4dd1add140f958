"""The Geometry page, put together from its panels."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.experiments import geometry as steps
from gca_viz.ui.pages.geometry.clusters import clusters
from gca_viz.ui.pages.geometry.downloads import map_downloads
from gca_viz.ui.pages.geometry.map import controls, map_of, projection, take_over_gesture
from gca_viz.ui.pages.geometry.measures import measures
from gca_viz.ui.pages.geometry.neighbours import neighbours
from gca_viz.ui.pages.geometry.singular_values import singular_values
from gca_viz.ui.parts.group import group
from gca_viz.ui.parts.headings import title
from gca_viz.ui.parts.page import notices, tabs
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.session import state
from gca_viz.ui.session.current_result import current_result
from gca_viz.ui.session.progress import progress_bar
from gca_viz.ui.session.warm_up import warm_up_maps


def geometry(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    notices(state.notices())
    result = take_over_gesture(current_result())
    recipe = result.recipe
    controls(result)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        found = map_of(result)
        chart = st.container()
        st.caption(steps.map_sentence(recipe.geometry, found, picked=result.pick is not None))
        # Before the map, which the browser takes longer to draw than all the rest.
        tabs(
            "geometry",
            {
                "Group": lambda: group(result),
                "Neighbours": lambda: neighbours(result),
                "Spectrum": lambda: singular_values(result),
                "Clusters": lambda: clusters(result),
                "Download": lambda: map_downloads(result, found),
            },
        )
    with chart:
        projection(result, found)
    sidebar(result.seconds)
    report_progress = progress_bar(right.empty())
    estimates = steps.measures_of(recipe.inputs, progress=report_progress)
    report_progress(1.0, "Done")
    title(steps.headline(estimates), heading)
    with right:
        measures(found, estimates)
    state.write_link()
    warm_up_maps()
