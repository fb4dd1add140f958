"""The numbers beside the map: how far it can be trusted, and what the embeddings are like."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from gca_viz.experiments.geometry import Map
from gca_viz.geometry.measures import MEASURES
from gca_viz.metric import Estimate
from gca_viz.ui.parts.help import about


def measures(found: Map, estimates: Mapping[str, Estimate | None]) -> None:
    """Draw each number with its interval and its sentence, in one element."""
    trusted = "".join(_row(*entry) for entry in _trusted(found))
    described = "".join(_measure(name, estimate) for name, estimate in estimates.items())
    st.html(
        f'<h2 class="measures-title">This map</h2><dl class="measures">{trusted}</dl>'
        f'<h2 class="measures-title">The embeddings</h2><dl class="measures">{described}</dl>'
    )
    about("embedding-measures")
    st.caption("Intervals hold 95 % of what other batches would give, estimated from this one.")


def _trusted(found: Map) -> list[tuple[str, str, str, str, str]]:
    if found.trust is None:
        return [("trustworthiness", "Trustworthiness", "–", "needs three points", "")]
    k = found.trust.neighbours
    return [
        (
            "trustworthiness",
            "Trustworthiness",
            f"{found.trust.trustworthiness:.2f}",
            "1 is best",
            f"Whether the {k} nearest on the map are near in the embedding: where it is low, the map shows false "
            "neighbours.",
        ),
        (
            "continuity",
            "Continuity",
            f"{found.trust.continuity:.2f}",
            "1 is best",
            f"Whether the {k} nearest in the embedding are near on the map: where it is low, the map separates "
            "neighbours.",
        ),
    ]


def _measure(name: str, estimate: Estimate | None) -> str:
    measure = MEASURES[name]
    beside = measure.interval_text(estimate)
    if estimate is not None and estimate.chance is not None:
        beside += f"; chance {100 * estimate.chance:.0f}\u00a0%"
    return _row(name, measure.label, measure.estimate_text(estimate), beside, measure.help)


def _row(name: str, title: str, value: str, beside: str, sentence: str) -> str:
    return (
        f'<div data-measure="{name}"><dt>{escape(title)}</dt>'
        f"<dd><b>{escape(value)}</b> <small>{escape(beside)}</small><p>{escape(sentence)}</p></dd></div>"
    )
