"""The page Compare checkpoints, put together from its panels."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.errors import InputError
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.words import headline
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.alike import alike
from gca_viz.ui.pages.compare.bring_run import bring_run
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.pages.compare.downloads import compare_downloads
from gca_viz.ui.pages.compare.form import form
from gca_viz.ui.pages.compare.maps import maps, take_over_gestures
from gca_viz.ui.pages.compare.pair import pair
from gca_viz.ui.pages.compare.plans import BOARD, plans
from gca_viz.ui.pages.compare.player import player
from gca_viz.ui.pages.compare.rules import rules
from gca_viz.ui.pages.compare.samples import samples
from gca_viz.ui.pages.compare.table import table
from gca_viz.ui.pages.compare.together import together
from gca_viz.ui.parts.group import group
from gca_viz.ui.parts.headings import title
from gca_viz.ui.parts.page import notices, tabs
from gca_viz.ui.parts.recipe_board import take_over_actions
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.session import state
from gca_viz.ui.session.cancellable import cancellable
from gca_viz.ui.session.current_result import current_result
from gca_viz.ui.session.warm_up import warm_up_maps


def compare(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    take_over_actions(BOARD)
    notices(state.notices())
    result = current_result(beside=False)
    result = take_over_gestures(result)
    try:
        candidates = candidates_of(result.recipe)
    except InputError as error:
        st.error(plain(str(error)), icon=":material/error:")
        sidebar(result.seconds)
        state.write_link()
        return
    form(candidates)
    results = cancellable(
        "compare-results",
        (result.recipe.data, result.recipe.views, candidates.members),
        lambda report_progress: steps.results_of(result.recipe, candidates, progress=report_progress),
    )
    sidebar(result.seconds)
    if results is not None:
        _compared(heading, Compared.beside(result, results))
    bring_run()
    state.write_link()
    warm_up_maps()


def _compared(heading: DeltaGenerator, result: Compared) -> None:
    notices(result.compared.notes)
    if len(result.compared.members) < 2:
        what = "encoder" if result.compared.kind == "encoders" else "method"
        st.info(
            f"There is only {plain(result.labels[0])}. Choose at least one other {what} above, or bring the "
            "checkpoints of a run below.",
            icon=":material/compare_arrows:",
        )
        return
    sentence = headline(*result.compared.pair, steps.changes_of(result.compared))
    title(plain(sentence), heading)
    plans(result)
    panels = {
        "Maps": maps,
        "Numbers": table,
        "Alike": alike,
        "Together": together,
        "Rules": rules,
        "Samples": samples,
        "Run": player,
        "Pair": pair,
        "Group": group,
        "Download": compare_downloads,
    }
    tabs("compare", {words: partial(draw, result) for words, draw in panels.items()})
