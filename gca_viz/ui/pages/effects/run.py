"""A sweep on the screen: drawn while it is computed, stopped by a button, and gone to by a click."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from time import monotonic

import streamlit as st

from gca_viz.encoders import encoder_id
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.effects import CONFIG
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.session import state
from gca_viz.ui.session.progress import progress_bar

_STOPPED, _PARTIAL, _CLICKS = "effects-stopped", "effects-partial", "effects-clicks"
_COMPLETE, _KEPT = "effects-complete", 8  # tables of this tab
_PAUSE = 0.7  # seconds between two drawings of a figure that grows


def run(
    name: str,
    tables: Callable[[Callable[[float, str], None]], Iterator[EffectTable]],
    draw: Callable[[EffectTable], None],
) -> EffectTable | None:
    """Compute a sweep; draw it as it grows, and let a button stop it.

    Args:
        name: equal for equal sweeps, so that one that was stopped stays so until something changes, and one that is
            complete is at hand.
        tables: progress → the table so far, again and again.
        draw: draws a table that is not complete yet; called many times, so that its keys must differ.

    Returns:
        The complete table, or what there was when it was stopped; None if that is nothing.
    """
    if st.session_state.get(_STOPPED) == name:
        return _stopped(name)
    complete = st.session_state.setdefault(_COMPLETE, OrderedDict())
    if name in complete:
        return complete[name]
    bar, button, figure = st.empty(), st.empty(), st.empty()
    told, table = progress_bar(bar), None
    started = shown = monotonic()
    offered = False
    st.session_state.pop(_PARTIAL, None)
    for table in tables(told):
        now = monotonic()
        st.session_state[_PARTIAL] = table
        if table.complete:
            break
        if not offered and now - started > 0.3:
            button.button("Stop", icon=":material/stop:", on_click=_stop, args=(name,), key="effects-stop")
            offered = True
        if now - shown > _PAUSE:
            with figure.container():
                draw(table)
            shown = monotonic()
    for place in (bar, button, figure):
        place.empty()
    if table is not None and table.complete:
        complete[name] = table
        while len(complete) > _KEPT:
            complete.popitem(last=False)
    return table


def content_of(recipe: Recipe) -> str:
    """Names the samples that a recipe embeds, by content: of two files of one name the later is another."""
    parts = recipe.data, recipe.views, recipe.encoder
    ids = engine.batch_of(recipe.data).content_id, encoder_id(recipe.encoder.name, recipe.encoder.output)
    return f"{parts} {ids}"


def _stop(name: str) -> None:
    st.session_state[_STOPPED] = name


def _go_on() -> None:
    st.session_state.pop(_STOPPED, None)


def _stopped(name: str) -> EffectTable | None:
    table = st.session_state.get(_PARTIAL)
    with st.container(horizontal=True, vertical_alignment="center", key="effects-stopped-note"):
        done = "before the first plan" if table is None else f"after {table.done} of {table.total} plans"
        st.markdown(f":material/stop_circle: Stopped {done}.", width="content")
        st.button("Continue", icon=":material/play_arrow:", on_click=_go_on, key="effects-continue")
    return table


def clickable(figure, key: str, chosen: Callable[[dict], None], alt: str) -> None:
    """Draw a figure whose points can be clicked.

    Args:
        figure: the figure.
        key: its name on the page.
        chosen: called with the point: its ``x``, ``y`` and what else Streamlit tells.
        alt: the figure in words.
    """
    # Another key after each click, so that the same point can be clicked again.
    widget = f"{key}-{st.session_state.get(_CLICKS, 0)}"
    with st.container(key=key):
        chart(
            figure,
            key=widget,
            on_select=lambda: _clicked(widget, chosen),
            selection_mode="points",
            config=CONFIG | {"toImageButtonOptions": {"format": "svg", "filename": key}},
            alt=alt,
        )


def _clicked(widget: str, chosen: Callable[[dict], None]) -> None:
    selected = st.session_state.get(widget)
    points = selected["selection"]["points"] if selected else []
    if points:
        st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1
        chosen(points[0])


def go_to(recipe: Recipe) -> None:
    """Make this the current recipe, however it is looked at now."""
    state.replace(recipe)
