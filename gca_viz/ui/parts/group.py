"""The chosen group: how to choose it without a mouse, what it is, and its images."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from gca_viz.experiments.plan.groups import GroupSummary, summarise
from gca_viz.ui.markdown import plain
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import selection
from gca_viz.ui.session.page_result import PageResult

_MOST = 40  # samples in the gallery


def group(result: PageResult) -> None:
    """Draw the group's controls, its numbers beside those of the batch, and both views of its samples."""
    samples = selection.group(result.batch.size)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control("group")
        st.selectbox(
            "All of a class or domain",
            list(_sets(result)),
            None,
            key="group-set",
            on_change=_choose_set,
            args=(_sets(result),),
            placeholder="Choose one",
        )
        st.button("No group", on_click=selection.choose_group, args=((),), disabled=not samples, key="group-none")
    if not samples:
        st.caption(
            "Draw a lasso or a box on the map of the page Geometry, click a class or domain beside a matrix or "
            "under the map, type numbers of samples, or choose below. A double click on the map ends the choice."
        )
        return
    st.html(
        _numbers(result, summarise(result.shown(result.plan), samples, result.batch.labels, result.batch.domains))
    )
    names = result.batch.names
    shown = [(sample, view) for sample in samples[:_MOST] for view in (0, 1)]
    pictures(
        [result.portrait(*place) for place in shown],
        [result.described(*place) for place in shown],
        [f"{sample} · {plain(names[sample])} · view {view + 1}" for sample, view in shown],
        width=84,
    )
    if len(samples) > _MOST:
        st.caption(f"The first {_MOST} of {len(samples)}.")


def _sets(result: PageResult) -> dict[str, tuple[int, ...]]:
    """Class or domain → its samples."""
    dataset, found = result.batch.dataset, dict[str, tuple[int, ...]]()
    for kind, names, values in (
        ("Class", dataset.class_titles, result.batch.labels),
        ("Domain", dataset.domain_titles, result.batch.domains),
    ):
        found |= {f"{kind} {names[v]}": tuple(np.flatnonzero(values == v).tolist()) for v in np.unique(values)}
    return found


def _choose_set(sets: dict[str, tuple[int, ...]]) -> None:
    selection.choose_group(sets.get(st.session_state["group-set"], ()))


def _numbers(result: PageResult, summary: GroupSummary) -> str:
    dataset = result.batch.dataset
    tiles = [
        ("Samples", str(summary.count), f"of {result.batch.size}"),
        ("Classes", _counts(summary.classes, dataset.class_titles), ""),
        ("Domains", _counts(summary.domains, dataset.domain_titles), ""),
        ("Row mass", f"{summary.row_mass:.3g}", f"batch {summary.batch_row_mass:.3g}"),
        ("Loss", f"{summary.loss:.3g}", f"batch {summary.batch_loss:.3g}"),
        ("Pair mass", f"{100 * summary.pair_mass:.0f}\u00a0%", f"batch {100 * summary.batch_pair_mass:.0f}\u00a0%"),
    ]
    tiles = tiles[:-1] if result.plan.without_pairs else tiles
    return f'<dl class="numbers">{"".join(_tile(*tile) for tile in tiles)}</dl>'


def _tile(name: str, value: str, beside: str) -> str:
    return (
        f'<div data-group="{name}"><dt>{name}</dt><dd>{escape(value)}</dd>'
        f"<dd><small>{escape(beside)}</small></dd></div>"
    )


def _counts(counts: dict[int, int], names: tuple[str, ...]) -> str:
    """The commonest three, e.g. ``animal 5, food 2``."""
    text = ", ".join(f"{names[value]} {count}" for value, count in list(counts.items())[:3])
    return text + (f", {len(counts) - 3} more" if len(counts) > 3 else "")
