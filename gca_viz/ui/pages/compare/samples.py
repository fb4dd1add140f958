"""Which samples changed most from A to B, with their images."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gca_viz.experiments.compare import steps
from gca_viz.experiments.metrics.changes import CHANGES, Change
from gca_viz.experiments.plan.summary import NO_PAIRS
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.figures.changes import ranked_changes
from gca_viz.report.compare_parts import ranking_statement, rankings, sample_text
from gca_viz.ui.elements.chart import clickable_chart
from gca_viz.ui.known import known
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.compared import Compared
from gca_viz.ui.pages.compare.pair import partners
from gca_viz.ui.parts.headings import section
from gca_viz.ui.parts.inspector import pair_on_screen
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import selection

_SHOWN = 12


def samples(result: Compared) -> None:
    """Draw the ranking, its gallery, and the picked sample under A and under B."""
    changes = steps.changes_of(result.compared)
    titles = {name: change.title for name, change in rankings(result).items()}
    wanted = result.recipe.compare.rank
    with st.container(horizontal=True, vertical_alignment="bottom"):
        control("rank", options=list(titles), titles=titles | {wanted: CHANGES[wanted].title}, kind=st.pills)
    change = CHANGES[wanted]
    if wanted not in titles:
        change = CHANGES[next(iter(titles))]
        st.caption(f":material/info: {_missing(CHANGES[wanted], result)} Shown instead: {change.title}.")
    values = known(change.of(changes))
    order = np.argsort(-values, kind="stable")
    names = [f"{sample}: {name}" for sample, name in enumerate(result.batch.names)]
    st.markdown(f"**{plain(ranking_statement(change, values))}** {change.help}")
    clickable_chart(
        ranked_changes(values, order, names, title=change.title, shown=_SHOWN, share=change.name != "moved"),
        "ranked",
        lambda point: _pick(result, int(np.ravel(point["customdata"])[0])),
        f"{change.title} of every sample",
    )
    _choices(result, order)
    with st.container(horizontal=True, gap="small", key="changed"):
        for sample in order[:_SHOWN].tolist():
            _card(result, change, sample)
    row, _ = pair_on_screen(result)
    sample = int(result.pairing.row_sample[row])
    section(f"Sample {sample}, {plain(result.batch.names[sample])}: A beside B")
    partners(result, row)


def _choices(result: Compared, order: np.ndarray) -> None:
    """The keyboard's way to a sample, and the top ones as a group."""
    row, _ = pair_on_screen(result)
    sample, key = int(result.pairing.row_sample[row]), f"changed-sample-{result.batch.size}"
    if st.session_state.get(key) != sample:
        st.session_state[key] = sample
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Sample",
            0,
            result.batch.size - 1,
            step=1,
            key=key,
            width=130,
            on_change=lambda: _typed(result, key),
            help="Its number in the batch; it becomes the picked pair on every page.",
        )
        st.button(
            f"Choose these {min(_SHOWN, len(order))} as the group",
            icon=":material/select_all:",
            key="changed-group",
            on_click=selection.choose_group,
            args=(tuple(order[:_SHOWN].tolist()),),
        )


def _typed(result: Compared, key: str) -> None:
    sample = st.session_state.get(key)
    if sample is not None:
        _pick(result, sample)


def _card(result: Compared, change: Change, sample: int) -> None:
    with st.container(width=142, gap=None):
        views = (0, 1)
        pictures(
            [result.portrait(sample, view) for view in views],
            [result.described(sample, view) for view in views],
            width=66,
        )
        st.button(
            f"{sample} · {sample_text(result, change, sample)}",
            key=f"changed-{change.name}-{sample}",
            help=f"{plain(result.batch.names[sample])} · {plain(result.label(sample, 0))}: pick its pair",
            on_click=_pick,
            args=(result, sample),
            type="tertiary",
        )


def _pick(result: Compared, sample: int) -> None:
    row = int((result.pairing.row_sample == sample).nonzero()[0])
    selection.pick_pair(row, int(result.pairing.partner[row]))


def _missing(change: Change, result: Compared) -> str:
    if result.compared.kind != ENCODERS and not change.of_plan:
        return "All methods see one embedding: no sample moves, and no neighbour changes."
    if change.name in ("lost", "won"):
        return NO_PAIRS
    return f"{change.title} needs at least two classes, and this batch has one."
