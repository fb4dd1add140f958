"""One recipe per browser tab: kept in the session, carried by the link."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.consistency import consistent
from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.session import trainings
from gca_viz.ui.session.uploads import session_uploads, without_lost

_RECIPE, _NOTICES, _PROBLEM, _LAST_GOOD = "recipe", "notices", "problem", "last_good_recipe"


def recipe() -> Recipe:
    """The recipe of this tab; read from the link at the first call, and never with what is not in this session."""
    kept: Recipe | None = st.session_state.get(_RECIPE)
    if kept is None:
        query = st.query_params.to_dict()
        loaded, problems = Recipe.from_query(query) if Recipe.is_in(query) else (FIRST_SCREEN, [])
        trainings.bring_back(loaded)
        loaded, lost = without_lost(loaded)
        kept, notes = consistent(loaded)
        st.session_state[_RECIPE] = kept
        unread = [f"The link was read without this part. {problem}" for problem in problems]
        notify(unread + lost.elsewhere + notes)
    elif without_lost(kept)[1].parts:
        _take_over(kept)
        kept = st.session_state[_RECIPE]
    return kept


def notices() -> list[str]:
    """What could not be read from a link or a file; shown until the user changes something."""
    recipe()
    kept: list[str] = st.session_state.get(_NOTICES, [])
    return kept


def notify(sentences: list[str]) -> None:
    """Keep what the user should know of a recipe that was taken over, until the user changes something."""
    st.session_state[_NOTICES] = sentences


def update(control: str | None = None, **values: Any) -> InputError | None:
    """Change fields, named as in a link, and what has to change with them.

    Args:
        control: the field whose own control says so, and therefore shows it already. Setting it again would throw a
            slider back that has moved on meanwhile.

    Returns:
        The error of a value out of bounds, which changes nothing; else None.
    """
    try:
        changed = recipe().with_values(**values)
    except InputError as error:
        return error
    if changed != recipe():
        change(changed, control)
    return None


def change(new: Recipe, control: str | None = None) -> None:
    """Take over a recipe that was made of the present one; the form's controls follow it in the next run.

    Args:
        control: as of :func:`update`.
    """
    _take_over(new, recipe(), control)


def replace(new: Recipe) -> None:
    """Take over a whole recipe, which means what its link does, whatever was there before."""
    recipe()
    _take_over(new)


def uses(name: str) -> bool:
    """Whether the recipe names something of this session."""
    now = recipe()
    return name in (now.data.dataset, now.encoder.name, now.compare.second, *now.compare.encoders)


def remove(name: str) -> None:
    """Let go of what the user brought under a name, in the recipe as well."""
    session_uploads().remove(name)
    lost = without_lost(st.session_state[_RECIPE])[1]
    before = notices()  # which takes it out of the recipe
    if lost.parts:
        notify([*(notice for notice in before if notice not in lost.elsewhere), *lost.removed])


def _take_over(new: Recipe, changed: Recipe | None = None, control: str | None = None) -> None:
    """Keep a recipe whose parts fit each other: one that ``changed`` was made into, or one that was read whole."""
    mine, lost = without_lost(new)
    old: Recipe = st.session_state[_RECIPE]
    fitting, notes = consistent(mine, changed)
    st.session_state[_RECIPE] = fitting
    notify(lost.elsewhere + notes)
    for key in Recipe.link_names():
        given_way = fitting.get(key) != new.get(key)
        if given_way or (fitting.get(key) != old.get(key) and key != control):
            st.session_state.pop(widget_key(key), None)


def report(problem: InputError | None) -> None:
    """Keep what was wrong with a control's value until the page shows it."""
    st.session_state[_PROBLEM] = problem


def take_problem() -> InputError | None:
    """What was wrong with the last control that changed; asked once per run."""
    problem: InputError | None = st.session_state.pop(_PROBLEM, None)
    return problem


def widget_key(key: str) -> str:
    """The key of the control that edits a field."""
    return f"recipe-{key}"


def write_link() -> None:
    """Let the browser's address say the recipe; a parameter that is not part of a recipe stays."""
    wanted, said = recipe().to_address(), st.query_params.to_dict()
    changed = {key: value for key, value in wanted.items() if said.get(key) != value}
    if changed:
        st.query_params.update(changed)
    trainings.write_owner()
    for key in (*Recipe.link_names(), *Recipe.long_names()):
        if key in said and key not in wanted:
            del st.query_params[key]


def remember_good(good: Recipe) -> None:
    """Remember a recipe that could be computed, for the time that a later one cannot."""
    st.session_state[_LAST_GOOD] = good


def last_good() -> Recipe | None:
    """The last recipe that could be computed, if there was one and all that it names is still there."""
    good = st.session_state.get(_LAST_GOOD)
    return None if good is None or without_lost(good)[1].parts else good
