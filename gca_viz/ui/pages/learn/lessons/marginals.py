"""Weights are marginals: what small classes get, large ones pay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from gca_viz.experiments.lessons import TAIL, mass_by_class, plan_of
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.parameter import Choice
from gca_viz.transport.parameters import WEIGHT
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.learn import figures
from gca_viz.ui.pages.learn.boards import result_of
from gca_viz.ui.pages.learn.lesson import Lesson, Settings, Shown, number, percent
from gca_viz.ui.parts.pictures import pictures
from gca_viz.ui.parts.widgets import number_text

_WEIGHT = replace(WEIGHT, name="weight", default=0.0)
_METHOD = Choice("method", "Plan", ("gca-ince", "ince"), "gca-ince", "Method whose plan is weighed.")
_TITLES = {"ince": "InfoNCE", "gca-ince": "Sinkhorn"}
_SMALL = 5  # images of a class that is called small
_SHOWN = 6


def _show(settings: Settings) -> Shown:
    base = TAIL.with_values(method=settings["method"])
    recipe = base.with_values(beta_w=settings["weight"])
    batch = engine.batch_of(recipe.data)
    kinds, place, sizes = np.unique(batch.labels, return_inverse=True, return_counts=True)
    small = sizes[place] <= _SMALL
    plan, even, full = (plan_of(base.with_values(beta_w=weight)) for weight in (settings["weight"], 0.0, 1.0))
    hit, hit_even, hit_full = (of.calibration().hit.cpu().numpy() == 1 for of in (plan, even, full))
    lost, best = np.flatnonzero(hit_even & ~hit), plan.matrix.argmax(1).cpu().numpy()
    head, head_full = int(hit_even[~small].sum()), int(hit_full[~small].sum())
    sent, received = (of.cpu().numpy() for of in (plan.row_mass, plan.column_mass))
    order = np.argsort(-sizes, kind="stable")
    names = [f"{batch.dataset.class_titles[kinds[k]]} ({sizes[k]})" for k in order]
    facts = {
        "method": _TITLES[settings["method"]],
        "beta": number_text(settings["weight"]),
        "eps": number_text(recipe.method.epsilon),
        "n": str(len(batch)),
        "most": str(sizes.max()),
        "least": str(sizes.min()),
        "small": str(int(small.sum())),
        "large": str(int((~small).sum())),
        "head_even": str(head),
        "head_full": str(head_full),
        "tail_even": str(int(hit_even[small].sum())),
        "tail_full": str(int(hit_full[small].sum())),
        "head": str(int(hit[~small].sum())),
        "tail": str(int(hit[small].sum())),
        "share": percent(sent[small].sum() / sent.sum()),
        "share_even": percent(small.mean()),
        "received": percent(received[small].sum() / received.sum()),
        "lost": str(len(lost)),
        "to_small": str(int(small[best[lost]].sum())),
        "loss": number(plan.loss, 3),
        "mu_small": number(sent[sizes[place] == sizes.min()].mean(), 3),
        "mu_large": number(sent[sizes[place] == sizes.max()].mean(), 3),
    }

    def draw() -> None:
        right, wrong = (values[order] for values in mass_by_class(plan, batch.labels))
        figures.draw(figures.mass_by_class(right, wrong, names), "marginals", height=320)
        _strangers(recipe, lost[:_SHOWN], best)

    return Shown(
        draw,
        right="same" if head_full == head else "fewer" if head_full < head else "more",
        facts=facts,
        recipe=recipe,
    )


def _strangers(recipe: Recipe, rows: np.ndarray, best: np.ndarray) -> None:
    """Rows that were right when all weighed alike, each beside the column to which it sends most now."""
    if not len(rows):
        return
    st.markdown("Right at β = 0, and now sending most to somebody else")
    result = result_of(recipe)
    with st.container(horizontal=True, gap="small", key="learn-strangers"):
        for row in rows.tolist():
            with st.container(width=150, gap=None):
                both = (row, 0), (int(best[row]), 1)
                pictures([result.portrait(*of) for of in both], [result.described(*of) for of in both], width=72)
                st.caption(plain(f"{result.name(row, 0)} → {result.name(int(best[row]), 1)}"))
    credits = [result.credit(k, view) for row in rows.tolist() for k, view in ((row, 0), (int(best[row]), 1))]
    st.caption("Images: " + " · ".join(map(plain, filter(None, dict.fromkeys(credits)))))


LESSON = Lesson("marginals", (_WEIGHT, _METHOD), _show, titles=_TITLES)
