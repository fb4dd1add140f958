"""The Alignment page, put together from its panels."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.errors import InputError
from gca_viz.experiments.readout import headline
from gca_viz.experiments.recipe import Recipe
from gca_viz.ui import state
from gca_viz.ui.panels.contact_sheet import contact_sheet
from gca_viz.ui.panels.downloads import downloads
from gca_viz.ui.panels.gallery import gallery
from gca_viz.ui.panels.inspector import inspector
from gca_viz.ui.panels.matrices import matrices, take_over_actions
from gca_viz.ui.panels.numbers import numbers
from gca_viz.ui.panels.result import Result
from gca_viz.ui.panels.settling import settling
from gca_viz.ui.panels.sidebar import sidebar
from gca_viz.ui.progress import progress_bar
from gca_viz.ui.text import plain


def alignment(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    take_over_actions()
    for notice in state.notices():
        st.warning(plain(notice), icon=":material/info:")
    result = _compute()
    display = state.recipe().display
    if display.step >= result.last_step:
        state.update(t=-1)  # the last half step stays the last when the iterations change
    if result.pick is None and (display.row, display.column) != (-1, -1):
        state.update(i=-1, j=-1)  # a cell that this matrix does not have
    method = result.recipe.method
    sentence = headline(
        method.name,
        result.shown(result.plan),
        method.reference,
        None if result.reference is None else result.shown(result.reference),
    )
    heading.subheader(sentence.replace(" %", "\u00a0%"))  # a number and its unit stay on one line
    matrices(result)
    sidebar(result.seconds)  # after the matrices, which are what the viewer waits for
    numbers(result)
    for tab, draw in zip(
        st.tabs(list(_TABS), key="tab", on_change="rerun", bind="query-params"), _TABS.values(), strict=True
    ):
        if tab.open:  # the others cost nothing
            with tab, st.container(key=draw.__name__):
                draw(result)
    state.write_link()


def _compute() -> Result:
    """The result of the recipe; if that cannot be, the reason on the page and the last one that could."""
    recipe = state.recipe()
    problem = state.take_problem()
    told = progress_bar(st.empty(), after=0.3 if recipe.data.size <= 256 else 0.0)
    try:
        result = Result.of(recipe, told)
    except InputError as error:
        told(1.0, "Done")
        problem = problem or error
        # What is computed goes back to the last recipe that worked; how it is looked at stays.
        good = state.last_good()
        still = "The pictures are those of the default." if good is None else "The pictures are unchanged."
        result = Result.of(replace(good or Recipe(), display=recipe.display))
    else:
        state.remember_good(recipe)
        still = "Nothing was changed."
    if problem is not None:
        st.error(plain(f"{problem} {still}"), icon=":material/error:")
    if result.reference_problem is not None:
        st.info(plain(f"No second plan: {result.reference_problem}"), icon=":material/info:")
    return result


_TABS = {
    "Pair": inspector,
    "Gallery": gallery,
    "Convergence": settling,
    "Views": contact_sheet,
    "Download": downloads,
}
