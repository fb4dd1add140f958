"""The noise lab: some pairs are corrupted on purpose; whose mass drops, and does that find them?"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gca_viz.experiments.effects.files import noise_frame
from gca_viz.experiments.effects.noise import SCORES, Detection, detect
from gca_viz.experiments.effects.result import EffectsResult, noise_penalties
from gca_viz.experiments.effects.sweep import applied
from gca_viz.experiments.effects.words import number, who_finds
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import CORRUPTIONS
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.effects import CONFIG
from gca_viz.report.effects_parts import (
    noise_caption,
    noise_figures,
    noise_place,
    pair_names,
    pair_pictures,
)
from gca_viz.ui.elements.chart import chart, clickable_chart
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.effects.downloads import effects_downloads
from gca_viz.ui.parts.help import about
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.parts.widgets import control
from gca_viz.ui.session import state
from gca_viz.ui.session.cancellable import cancellable
from gca_viz.ui.session.page_result import PageResult
from gca_viz.ui.session.selection import pick_pair


def noise_lab(result: PageResult) -> None:
    """Draw the form, AUC against λ, and the ROC curves at one λ."""
    recipe = result.recipe
    given = engine.batch_of(recipe.data).embeddings is not None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, width in (("bad", 220), ("badshare", 260), ("seeds", 130)):
            with st.container(width=width):
                control(key, titles=CORRUPTIONS if key == "bad" else None)
    if given:
        st.caption("The embeddings were given: there are no images to corrupt, only partners to change.")
    penalties = noise_penalties(recipe)
    about("noise")
    found = cancellable(
        "noise",
        f"{replace(recipe, display=type(recipe.display)())}",
        lambda report_progress: detect(recipe, penalties, recipe.effects.seeds, progress=report_progress),
    )
    if found is None:
        return
    at = noise_place(recipe, found)
    auc, roc = noise_figures(recipe, found, at)
    with st.container(key="noise-changed"):
        st.markdown(f"**{who_finds(found)}**")
    left, right = st.columns(2)
    with left:
        clickable_chart(
            auc,
            "auc",
            lambda point: _go(min(penalties, key=lambda value: abs(value - point["x"]))),
            "AUC of row mass, pair mass and cosine in finding the corrupted pairs, against λ",
        )
    with right:
        chart(
            roc,
            key="roc",
            config=CONFIG,
            alt=f"ROC curves, hits against false alarms, at λ = {penalties[at]:g}",
        )
    st.select_slider(
        "λ of the right figure",
        penalties,
        value=penalties[at],
        format_func=number,
        key=f"noise-lambda-{at}",
        on_change=_slid,
        args=(f"noise-lambda-{at}",),
        help="Goes to GCA-UOT with this λ for rows and columns, as a click on the left figure does.",
    )
    st.caption(noise_caption(found, at))
    _notable(recipe, found, at)
    st.dataframe(noise_frame(found), hide_index=True, height=280)
    effects_downloads(EffectsResult(result, noise=found))


def _notable(recipe: Recipe, found: Detection, at: int) -> None:
    """The pairs that each score calls corrupted first, as they are now; a button picks the pair on every page."""
    mask = found.first.mask
    shift = len(mask) if recipe.method.own_layout == "joint" else 0  # where the columns of view 2 begin
    for score in ("row_mass", "pair_mass"):
        rows = found.notable_pairs[score][at].tolist()
        st.markdown(
            f"**Least {SCORES[score]} first:** {mask[rows].sum()} of these {len(rows)} pairs are corrupted."
        )
        with st.container(horizontal=True, gap="small", key=f"notable-pairs-{score.replace('_', '-')}"):
            for row in rows:
                second = int(found.first.second[row])
                column = second if second < len(mask) else row  # what is outside the batch has no column
                with st.container(width=118, gap=None):
                    pair = pair_names(recipe, found.first, row)
                    described = [f"{pair}, view {view}" for view in (1, 2)]
                    pictures(pair_pictures(recipe, found.first, row), described, width=56)
                    st.button(
                        f"{row} · {'corrupted' if mask[row] else 'clean'}",
                        key=f"notable-{score}-{row}",
                        help=plain(pair),
                        on_click=pick_pair,
                        args=(row, column + shift),
                        type="tertiary",
                    )


def _slid(key: str) -> None:
    if key in st.session_state:
        _go(st.session_state[key])


def _go(penalty: float) -> None:
    recipe: Recipe = state.recipe()
    state.change(applied(recipe, {"lambdas": penalty}))
