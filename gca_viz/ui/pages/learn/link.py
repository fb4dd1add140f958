"""Which lesson at which settings: kept in the session, carried by the link ``?lesson=…``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.parts import COLUMN, ROW
from gca_viz.ui.pages.learn.lesson import Lesson, Settings

LESSON = "lesson"
_STATE, _NOTICES, _SEEN, _WRITTEN = "learn", "learn-notices", "learn-seen", "learn-written"
_CELL = ("i", "j")


def load(lessons: Mapping[str, Lesson], first: str) -> None:
    """Read the link, once per tab; later only which lesson it names, where another page's link leads to one.

    Args:
        lessons: name → lesson.
        first: the lesson of a link that names none.
    """
    query = st.query_params.to_dict()
    if _STATE in st.session_state:
        named = query.get(LESSON, st.session_state.get(_WRITTEN))
        if named is not None and named != st.session_state.get(_WRITTEN) and named in lessons:
            go(named)
        return
    name = query.get(LESSON, first)
    notices = []
    if name not in lessons:
        notices.append(f"There is no lesson {name[:80]!r}; this is the first one.")
        name = first
    values, extra, problems = read(lessons[name], query)
    picked, wrong = _pick(query)
    problems += wrong
    st.session_state[_STATE] = {
        "lesson": name,
        "values": {name: values},
        "picks": {name: picked},
        "extras": {name: extra},
    }
    st.session_state[_NOTICES] = notices + [f"The link was read without this part. {error}" for error in problems]


def read(lesson: Lesson, query: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any], list[InputError]]:
    """A lesson's values and further fields from a link, and what could not be read; that keeps its default."""
    values, extra = lesson.defaults, dict[str, Any]()
    problems = []
    for into, specs in ((values, lesson.controls), (extra, lesson.fields)):
        for spec in specs:
            if spec.name in query:
                try:
                    into[spec.name] = spec.check(query[spec.name])
                except InputError as error:
                    problems.append(error)
    return values, extra, problems


def current() -> str:
    """The name of this tab's lesson."""
    name: str = st.session_state[_STATE]["lesson"]
    return name


def settings(lesson: Lesson) -> Settings:
    """The settings of a lesson in this tab; they are kept while another is looked at."""
    state = st.session_state[_STATE]
    return Settings(
        state["values"].setdefault(lesson.name, lesson.defaults),
        state["picks"].get(lesson.name),
        state["extras"].get(lesson.name, {}),
        answered(lesson),
    )


def notices() -> list[str]:
    """What could not be read from the link, until the user changes something."""
    kept: list[str] = st.session_state[_NOTICES]
    return kept


def go(name: str) -> None:
    """Go to another lesson."""
    st.session_state[_STATE]["lesson"] = name
    st.session_state[_NOTICES] = []


def change(lesson: Lesson, **values: Any) -> None:
    """Set controls of a lesson; a value out of bounds changes nothing and is told."""
    specs = {spec.name: spec for spec in lesson.controls}
    try:
        checked = {name: specs[name].check(value) for name, value in values.items()}
    except InputError as error:
        st.session_state[_NOTICES] = [str(error)]
        return
    st.session_state[_NOTICES] = []
    st.session_state[_STATE]["values"][lesson.name] = {**settings(lesson).values, **checked}


def pick(lesson: Lesson, cell: tuple[int, int] | None) -> None:
    """Pick a cell of a lesson's matrices, or none."""
    st.session_state[_STATE]["picks"][lesson.name] = None if cell is None else (int(cell[0]), int(cell[1]))


def keep(lesson: Lesson, extra: Mapping[str, Any]) -> None:
    """Keep further fields of a lesson, all of them anew."""
    st.session_state[_STATE]["extras"][lesson.name] = dict(extra)


def write(lesson: Lesson) -> None:
    """Let the browser's address say the lesson and its settings; what differs from the default, in one form."""
    now, wanted = settings(lesson), {LESSON: lesson.name}
    for spec in lesson.controls:
        if now[spec.name] != spec.default:
            wanted[spec.name] = _text(now[spec.name])
    wanted |= {name: _text(value) for name, value in now.extra.items()}
    if now.pick is not None:
        wanted |= dict(zip(_CELL, map(str, now.pick), strict=True))
    kept = {key: value for key, value in st.query_params.to_dict().items() if key in ("present", "trainings")}
    st.session_state[_WRITTEN] = lesson.name
    if st.query_params.to_dict() != wanted | kept:
        st.query_params.from_dict(wanted | kept)


def predicted(lesson: Lesson) -> str | None:
    """What the user predicted, or None."""
    return _seen(lesson).get("predicted")


def predict(lesson: Lesson, option: str | None) -> None:
    """Keep a prediction."""
    _seen(lesson)["predicted"] = option


def answered(lesson: Lesson) -> bool:
    """Whether the answer has been shown."""
    shown: bool = _seen(lesson).get("answered", False)
    return shown


def show_answer(lesson: Lesson) -> None:
    """Show the answer from now on."""
    _seen(lesson)["answered"] = True


def _seen(lesson: Lesson) -> dict[str, Any]:
    seen: dict[str, Any] = st.session_state.setdefault(_SEEN, {}).setdefault(lesson.name, {})
    return seen


def _pick(query: Mapping[str, str]) -> tuple[tuple[int, int] | None, list[InputError]]:
    """The cell that a link picks, if it names both its row and its column, and what could not be read."""
    cell, problems = [], []
    for spec, key in zip((ROW, COLUMN), _CELL, strict=True):
        try:
            cell.append(int(spec.check(query.get(key, spec.default))))
        except InputError as error:
            problems.append(error)
            cell.append(int(spec.default))
    row, column = cell
    return (None if min(cell) < 0 else (row, column)), problems


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
