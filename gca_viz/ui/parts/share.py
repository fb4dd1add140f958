"""The whole recipe to take along: its address, its code, its command and its file."""

from __future__ import annotations

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.plan.code import python_code
from gca_viz.experiments.plan.command import command_line
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.session import state
from gca_viz.ui.session.follow import follower
from gca_viz.ui.session.presenter import start_button


def share() -> None:
    """Draw them, and where a recipe is loaded."""
    st.caption("The address of this page is the recipe: copy it to share or present what you see. In Python:")
    start_button()
    _code()
    st.file_uploader("Load a recipe", "json", key="recipe-file", on_change=_load, max_upload_size=1)


@follower("code", state.recipe)
def _code() -> None:
    recipe = state.recipe()
    st.code(python_code(recipe), language="python", wrap_lines=True)
    st.caption("On the command line:")
    st.code(command_line(recipe), language="bash", wrap_lines=True)
    st.download_button(
        "Download recipe", recipe.to_json(), "recipe.json", "application/json", icon=":material/download:"
    )


def _load() -> None:
    file = st.session_state["recipe-file"]
    if file is None:
        return
    try:
        loaded, problems = Recipe.from_json(file.getvalue().decode("utf-8", "replace"))
    except InputError as error:
        state.report(error)
        return
    state.replace(loaded)
    state.notify(state.notices() + [f"The recipe was read without this part. {problem}" for problem in problems])
