"""The result of this tab's recipe, or the last one that could be."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.markdown import plain
from gca_viz.ui.session import state
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.session.progress import progress_bar


def current_result(*, beside: bool = True) -> PageResult:
    """The result of the recipe; if that cannot be, the reason on the page and the last one that could.

    Args:
        beside: whether the page shows the plan that it is compared with.
    """
    recipe = state.recipe()
    problem = state.take_problem()
    report_progress = progress_bar(st.empty(), after=0.3 if recipe.data.size <= 256 else 0.0)
    try:
        result = PageResult.of(recipe if beside else _alone(recipe), report_progress)
    except InputError as error:
        report_progress(1.0, "Done")
        problem = problem or error
        result, still = _instead(recipe, problem, beside)
    else:
        state.remember_good(recipe)
        still = "Nothing was changed."
    if problem is not None:
        st.error(plain(f"{problem} {still}"), icon=":material/error:")
    if result.reference_problem is not None:
        _no_second_plan(result.reference_problem, result.shared_layout)
    return result


def _instead(recipe: Recipe, problem: InputError, beside: bool) -> tuple[PageResult, str]:
    """What is computed goes back to the last recipe that worked, or the default; how it is looked at stays."""
    kept = {part: getattr(recipe, part) for part in ("display", "geometry", "effects", "compare", "transfer")}
    for good, still in (
        (state.last_good(), "The pictures are unchanged."),
        (Recipe(), "The pictures are those of the default."),
    ):
        try:
            if good is not None:
                shown = replace(good, **kept)
                return PageResult.of(shown if beside else _alone(shown)), still
        except InputError:
            continue  # a checkpoint on the server may have gone meanwhile
    st.error(plain(str(problem)), icon=":material/error:")
    st.stop()


def _no_second_plan(problem: InputError, shared_layout: str | None) -> None:
    """Say why there is none, and offer the layout in which both can be drawn."""
    st.info(plain(f"No second plan: {problem}"), icon=":material/info:")
    if shared_layout is not None:
        st.button(
            f"Draw both in the {shared_layout} layout",
            icon=":material/grid_view:",
            key="shared-layout",
            on_click=lambda: state.report(state.update(layout=shared_layout)),
        )


def _alone(recipe: Recipe) -> Recipe:
    """The recipe without a plan beside its own."""
    return replace(recipe, method=recipe.method.alone)
