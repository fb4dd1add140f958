"""The page Paper: the table of claims, their effects as a figure, and the figures of the experiments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.experiments.claims import COLUMNS, NOT_SHOWN, REFUTED, SHOWN, VERDICTS, Claim, claims, points_of
from gca_viz.figures.claims import tally, whiskers
from gca_viz.figures.effects import CONFIG
from gca_viz.figures.paper import small_multiples
from gca_viz.files.csv_cells import csv_of
from gca_viz.ui.elements.chart import chart
from gca_viz.ui.elements.width.component import narrow_width
from gca_viz.ui.pages.paper.rows import table_of
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.parts.headings import section, title
from gca_viz.ui.session.presenter import start_button

_ALL = "all"
_TITLES = {
    "methods": "Methods",
    "networks": "Methods on a whole network",
    "iterations": "Iterations and ε",
    "domains": "A prior over domains",
    "noise": "Wrong pairs",
    "batches": "Size of the batch",
    "family": "Every loss of the family",
}
#: what the points of an experiment's curves differ in
_AXES = {
    "methods": "views, or share of wrong partners",
    "networks": "share of wrong partners",
    "iterations": "Sinkhorn iterations in training (0.5: InfoNCE)",
    "domains": "α − β",
    "noise": "λ₂",
    "batches": "images in a batch",
    "family": "loss",
}
Numbered = Sequence[tuple[int, Claim]]


def paper(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    st.html(Path(__file__).with_name("paper.css"))
    table = claims()
    counts = {verdict: sum(claim.verdict == verdict for claim in table) for verdict in VERDICTS}
    title(
        f"{len(table)} claims: {counts[SHOWN]} shown here, {counts[REFUTED]} refuted, "
        f"{counts[NOT_SHOWN]} not shown",
        heading,
    )
    st.markdown(
        "Each claim says that one number is above another. *Shown*: it is, and chance alone would hardly make it "
        "so (5 %, corrected for the number of comparisons). *Refuted*: it is below, by the same measure. "
        "*Not shown*: the data tell neither."
    )
    chosen = _chosen(list(enumerate(table, start=1)))
    with st.sidebar:
        start_button()
    if not chosen:
        st.info("No claim has this verdict in this experiment.", icon=":material/info:")
        return
    if len({claim.experiment for _, claim in chosen}) > 1:
        _overview(chosen)
    else:
        section("Effects")
        st.caption("Right of the line the claim holds. Whiskers are 95 % intervals over seeds; one seed has none.")
        for unit in dict.fromkeys(claim.unit for _, claim in chosen):
            _effects([(number, claim) for number, claim in chosen if claim.unit == unit], unit)
    section("Claims")
    st.html(f'<div class="claims">{table_of(chosen)}</div>')
    file_button("These claims (CSV)", lambda: _csv(chosen), "claims.csv", "text/csv")
    _figures(dict.fromkeys(claim.figure for _, claim in chosen))


def _chosen(table: Numbered) -> Numbered:
    """The claims that the two filters leave, which the address names."""
    experiments = list(dict.fromkeys(claim.experiment for _, claim in table))
    with st.container(horizontal=True, key="paper-filters", vertical_alignment="bottom"):
        verdict = st.segmented_control(
            "Verdict", (_ALL, *VERDICTS), default=_ALL, key="verdict", bind="query-params", required=True
        )
        experiment = st.selectbox(
            "Experiment",
            (_ALL, *experiments),
            key="experiment",
            bind="query-params",
            width=260,
        )
    return [
        (number, claim)
        for number, claim in table
        if verdict in (_ALL, claim.verdict) and experiment in (_ALL, claim.experiment)
    ]


def _overview(numbered: Numbered) -> None:
    """The experiments beside each other; the effects of one are drawn where it is chosen."""
    section("Verdicts")
    st.caption("Choose an experiment to see its effects with their intervals.")
    chart(
        tally([claim for _, claim in numbered]),
        key="paper-verdicts",
        config=CONFIG,
        alt=f"How many of {len(numbered)} claims are shown, not shown and refuted in each experiment",
    )


def _effects(numbered: Numbered, unit: str) -> None:
    named = "; ".join(f"{number}: {claim.claim}, {claim.verdict}" for number, claim in numbered)
    chart(
        whiskers(numbered),
        key=f"paper-effects-{unit}",
        config=CONFIG,
        alt=f"Effects with intervals of {len(numbered)} claims, as in the table. {named[:800]}",
    )


def _figures(names: Sequence[str] | dict[str, None]) -> None:
    """The curves of the experiments, from the tables of their points."""
    with st.container(key="paper-figures"):
        narrow = narrow_width("paper-figures-width", "paper-figures") > 0
        for name in names:
            points = points_of(name)
            if points:
                section(_title(name))
                what = _AXES.get(name, "")
                chart(
                    small_multiples(points, what, narrow=narrow),
                    key=f"paper-figure-{name}",
                    config=CONFIG,
                    alt=f"{_title(name)}: means with 95 % intervals over {what}",
                )


def _title(experiment: str) -> str:
    return _TITLES.get(experiment, experiment.replace("-", " ").capitalize())


def _csv(numbered: Numbered) -> str:
    return csv_of(pd.DataFrame([vars(claim) for _, claim in numbered], columns=list(COLUMNS)))
