"""The table of a sweep, drawn while it grows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from time import monotonic

import streamlit as st

from gca_viz.encoders import encoder_id
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.progress import ReportProgress
from gca_viz.ui.session.cancellable import stoppable, stopped

_KEY, _PARTIAL = "effects", "effects-partial"
_COMPLETE, _KEPT = "effects-complete", 8  # tables of this tab
_PAUSE = 0.7  # seconds between two drawings of a figure that grows


def growing_table(
    name: str, tables: Callable[[ReportProgress], Iterator[EffectTable]], draw: Callable[[EffectTable], None]
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
    partial: EffectTable | None = st.session_state.get(_PARTIAL)
    reached = "before the first plan" if partial is None else f"after {partial.done} of {partial.total} plans"
    if stopped(_KEY, name, f"Stopped {reached}."):
        return partial
    complete: OrderedDict[str, EffectTable] = st.session_state.setdefault(_COMPLETE, OrderedDict())
    if name not in complete:
        table = _grown(name, tables, draw)
        if table is None or not table.complete:
            return table
        complete[name] = table
        while len(complete) > _KEPT:
            complete.popitem(last=False)
    return complete[name]


def _grown(
    name: str, tables: Callable[[ReportProgress], Iterator[EffectTable]], draw: Callable[[EffectTable], None]
) -> EffectTable | None:
    """The last table; each is kept, for the case that the run is stopped."""
    st.session_state.pop(_PARTIAL, None)
    table, shown = None, monotonic()
    with stoppable(_KEY, name) as report_progress:
        figure = st.empty()
        for table in tables(report_progress):
            st.session_state[_PARTIAL] = table
            if not table.complete and monotonic() - shown > _PAUSE:
                with figure.container():
                    draw(table)
                shown = monotonic()
        figure.empty()
    return table


def content_of(recipe: Recipe) -> str:
    """Names the samples that a recipe embeds, by content: of two files of one name the later is another."""
    ids = engine.batch_of(recipe.data).content_id, encoder_id(recipe.encoder.name, recipe.encoder.output)
    return f"{recipe.inputs} {ids}"
