"""The noise lab: some pairs are spoilt on purpose; whose mass drops, and does that find them?"""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import streamlit as st

from gca_viz.experiments import engine
from gca_viz.experiments.effects.axes import AXES, layout_of
from gca_viz.experiments.effects.noise import SCORES, Detection, detect
from gca_viz.experiments.effects.recipe import CORRUPTIONS
from gca_viz.experiments.effects.sweep import applied
from gca_viz.experiments.effects.words import number, who_finds
from gca_viz.experiments.recipe import Recipe, ViewsRecipe
from gca_viz.figures.effects import CONFIG, Scale
from gca_viz.figures.noise import auc_curves, roc_curves
from gca_viz.ui import state
from gca_viz.ui.panels.about import about
from gca_viz.ui.panels.effects.run import clickable, go_to
from gca_viz.ui.panels.result import Result
from gca_viz.ui.selection import pick_pair
from gca_viz.ui.text import plain
from gca_viz.ui.widgets import control
from gca_viz.ui.work import work

_POINTS = 13


def noise_lab(result: Result) -> None:
    """Draw the form, AUC against λ, and the ROC curves at one λ."""
    recipe = result.recipe
    given = engine.batch_of(recipe.data).embeddings is not None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, width in (("bad", 220), ("badshare", 260), ("seeds", 130)):
            with st.container(width=width):
                control(key, titles=CORRUPTIONS if key == "bad" else None)
    if given:
        st.caption("The embeddings were given: there are no images to spoil, only partners to swap.")
    penalties = AXES["lambdas"].values(recipe, points=_POINTS)
    about("noise")
    found = work(
        "noise",
        f"{replace(recipe, display=type(recipe.display)())}",
        lambda told: detect(recipe, penalties, recipe.effects.seeds, progress=told),
    )
    if found is None:
        return
    own = AXES["lambdas"].read(recipe)
    best = int(found.auc["row_mass"].mean(0).argmax())
    at = best
    if own is not None and math.isfinite(own):
        at = min(range(len(penalties)), key=lambda index: abs(penalties[index] - own))
    with st.container(key="noise-changed"):
        st.markdown(f"**{who_finds(found)}**")
    left, right = st.columns(2)
    with left:
        clickable(
            auc_curves(Scale("λ = λ₁ = λ₂", penalties, log=True), found.auc, SCORES, own),
            "auc",
            lambda point: _go(min(penalties, key=lambda value: abs(value - point["x"]))),
            "How well row mass, pair mass and cosine find the bad pairs, against λ",
        )
    with right:
        names = {score: f"{title} {found.auc[score][0, at]:.2f}" for score, title in SCORES.items()}
        st.plotly_chart(
            roc_curves({score: curves[at] for score, curves in found.curves.items()}, names),
            key="roc",
            config=CONFIG,
            alt=f"Hits against false alarms at λ = {penalties[at]:g}",
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
    st.caption(
        f"Pairs with a small number are called bad. AUC: how often a bad pair’s is smaller than a good one’s. "
        f"Right: the hits and false alarms of the first seed at λ = {number(penalties[at])}. Row mass is what the "
        "spoilt view sends in the plan of GCA-UOT, pair mass what goes to its partner; the cosine asks no plan. "
        + _KINDS[recipe.effects.corruption]
    )
    _suspects(recipe, found, at)
    table = _table(found)
    st.dataframe(table, hide_index=True, height=280)
    st.download_button(
        "Numbers (CSV)",
        lambda: table.to_csv(index=False, float_format="%.8g"),
        "noise.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="file-noise",
    )


_KINDS = {
    "erase": "A grey square hides half of view 1 of a bad pair.",
    "crop": "View 1 of a bad pair keeps 5 to 15 % of the image.",
    "brightness": "View 1 of a bad pair is strongly over- or under-exposed.",
    "swap": "View 2 of a bad pair is that of another one; no row’s mass can see it, since the batch is the same.",
}


def _suspects(recipe: Recipe, found: Detection, at: int) -> None:
    """The pairs that each score calls bad first, as they were spoilt; a button picks the pair on every page."""
    extreme = ViewsRecipe(found.corruption, seed=recipe.views.seed) if found.corruption != "swap" else recipe.views
    usual, spoilt = engine.pictures_of(recipe.data, recipe.views), engine.pictures_of(recipe.data, extreme)
    bad, names = found.first.bad, engine.batch_of(recipe.data).names
    shift = len(bad) if layout_of(recipe.method) == "joint" else 0  # where the columns of view 2 begin
    for score in ("row_mass", "pair_mass"):
        rows = found.suspects[score][at].tolist()
        st.markdown(f"**Least {SCORES[score]} first:** {bad[rows].sum()} of these {len(rows)} pairs are bad.")
        with st.container(horizontal=True, gap="small", key=f"suspects-{score.replace('_', '-')}"):
            for row in rows:
                second = int(found.first.second[row])
                with st.container(width=118, gap=None):
                    st.image([(spoilt if bad[row] else usual)[0][row], usual[1][second]], width=56)
                    st.button(
                        f"{row} · {'bad' if bad[row] else 'good'}",
                        key=f"suspect-{score}-{row}",
                        help=f"{plain(names[row])} → {plain(names[second])}",
                        on_click=pick_pair,
                        args=(row, second + shift),
                        type="tertiary",
                    )


def _table(found: Detection) -> pd.DataFrame:
    columns = {"λ": found.penalties}
    columns |= {f"AUC {title}": found.auc[score].mean(0) for score, title in SCORES.items()}
    return pd.DataFrame(columns | {"row mass, bad ÷ good": found.kept.mean(0)})


def _slid(key: str) -> None:
    if key in st.session_state:
        _go(st.session_state[key])


def _go(penalty: float) -> None:
    recipe: Recipe = state.recipe()
    go_to(applied(recipe, {"lambdas": penalty}))
