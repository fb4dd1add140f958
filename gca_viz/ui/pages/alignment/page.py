"""The Alignment page, put together from its panels."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.ui.pages.alignment.contact_sheet import contact_sheet
from gca_viz.ui.pages.alignment.convergence import convergence
from gca_viz.ui.pages.alignment.gallery import gallery
from gca_viz.ui.pages.alignment.introduction import introduction, introduction_place
from gca_viz.ui.pages.alignment.matrices import BOARD, keep_batch, matrices, toolbar, toolbar_says
from gca_viz.ui.pages.alignment.numbers import numbers
from gca_viz.ui.parts.cost import tell_cost
from gca_viz.ui.parts.group import group
from gca_viz.ui.parts.headings import title
from gca_viz.ui.parts.inspector import inspector
from gca_viz.ui.parts.page import notices, tabs
from gca_viz.ui.parts.recipe_board import take_over_actions
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.session import state
from gca_viz.ui.session.current_result import current_result
from gca_viz.ui.session.follow import catch_up, follower
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.session.warm_up import warm_up_pages


def alignment(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    where = introduction_place()
    notices(state.notices())
    problems = st.container(key="problems")
    toolbar()
    result = _pictures(heading, problems)
    keep_batch()
    introduction(result, where)
    sidebar(result.seconds, toolbar_says)  # after the matrices, which are what the viewer waits for
    warm_up_pages()


@follower("pictures")
def _pictures(heading: DeltaGenerator, problems: DeltaGenerator) -> PageResult:
    """What each move of a number of the form changes."""
    take_over_actions(BOARD)
    with problems:
        result = current_result()
    display = state.recipe().display
    if display.step >= result.last_step:
        state.update(t=-1)  # the last half step stays the last when the iterations change
    if result.pick is None and (display.row, display.column) != (-1, -1):
        state.update(i=-1, j=-1)  # a cell that this matrix does not have
    tell_cost(result.seconds)
    title(result.headline, heading)
    matrices(result)
    catch_up()
    numbers(result)
    tabs("tab", {words: partial(draw, result) for words, draw in _TABS.items()})
    state.write_link()
    return result


def _downloads(result: PageResult) -> None:
    from gca_viz.ui.pages.alignment.downloads import downloads  # pandas, which takes a while

    downloads(result)


_TABS = {
    "Pair": inspector,
    "Group": group,
    "Gallery": gallery,
    "Convergence": convergence,
    "Views": contact_sheet,
    "Download": _downloads,
}
