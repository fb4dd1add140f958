"""A class trains two networks, and sees which collapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.train.events import events_of
from gca_viz.experiments.train.jobs import jobs
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.extras import check_there
from gca_viz.settings.server import TRAINING
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.learn import link
from gca_viz.ui.pages.learn.formula import formula
from gca_viz.ui.pages.learn.lesson import Lesson, Shown, number, percent
from gca_viz.ui.pages.learn.lesson_text import fill
from gca_viz.ui.pages.learn.predict import predict
from gca_viz.ui.pages.train.watch import watch
from gca_viz.ui.parts.headings import section
from gca_viz.ui.session import trainings

_EPOCHS, _IMAGES, _TITLE = 12, 256, "Lesson: InfoNCE and only attraction"
_COLLAPSED = 0.5  # of the uniformity at the start
_UNKNOWN = "–"
_INCE = TrainingRecipe(
    method="ince",
    data="emoji",
    images=_IMAGES,
    input_size=16,
    epochs=_EPOCHS,
    batch_size=64,
    warmup_epochs=0,
    knn_every=1,
)
# The corner of the constraint square that holds nothing. BYOL's own predictor, which prevents a collapse,
# belongs to the method byol.
_ATTRACTION = replace(_INCE, method="gca-uot", options=(("lambda1", 0.0), ("lambda2", 0.0)))


def shown_of(told: Mapping[str, Sequence[Mapping[str, float]]]) -> Shown:
    """What is said once both were trained so far.

    Args:
        told: ``"ince"`` and ``"attraction"`` → what the run noted of each epoch; empty before the first.
    """
    facts = {"epochs": str(_EPOCHS), "images": str(_IMAGES)}
    numbers = [f"{what}_{run}" for what in ("uniformity", "alignment") for run in ("first", *told)]
    facts |= dict.fromkeys(["epoch", "pairs_ince", *numbers], _UNKNOWN)
    collapsed = []
    if all(told.values()):
        first = told["ince"][0]
        facts |= {f"{name}_first": number(first[name]) for name in ("uniformity", "alignment")}
        facts["epoch"] = str(min(int(rows[-1]["epoch"]) for rows in told.values()))
        facts["pairs_ince"] = percent(told["ince"][-1]["matched_share"])
        for run, rows in told.items():
            facts |= {f"{name}_{run}": number(rows[-1][name]) for name in ("uniformity", "alignment")}
            if rows[-1]["uniformity"] > _COLLAPSED * first["uniformity"]:
                collapsed.append(run)
    right = "both" if len(collapsed) == 2 else collapsed[0] if collapsed else "neither"
    return Shown(lambda: None, right, facts, Recipe())


def _page() -> None:
    training = next((one for one in jobs.trainings_of(trainings.owner()) if one.title == _TITLE), None)
    nothing: dict[str, list[dict[str, float]]] = {"ince": [], "attraction": []}
    told = nothing | _told(training)
    shown, text = shown_of(told), LESSON.text
    left, right = st.columns([9, 4], gap="medium")
    done = training is not None and not training.goes_on
    with right, st.container(key="learn-words"):
        predict(LESSON, shown, ready=done)
        section("Do")
        st.markdown(text.do)
        if link.answered(LESSON) and done:
            section("Notice")
            st.markdown(fill(text.notice, shown.facts))
    with left, st.container(key="learn-train"):
        _picture(training)
    formula(LESSON, shown)


def _told(training: jobs.Training | None) -> dict[str, list[dict[str, float]]]:
    runs = {} if training is None else training.runs
    return {name: events_of(runs[run].folder) for name, run in (("ince", "a"), ("attraction", "b")) if run in runs}


def _picture(training: jobs.Training | None) -> None:
    """The training, or the button that starts it."""
    most = trainings.most_at_once()
    if training is not None:
        watch(training, most)
    elif not most:
        st.info(
            f"This server trains nothing for its visitors. Who runs it may allow it by {TRAINING.variable}; on "
            "your own machine `gca-viz app` does.",
            icon=":material/info:",
        )
    elif st.button("Train both", type="primary", icon=":material/play_arrow:", key="learn-train-start"):
        try:
            check_there("train", "lightning_fabric", "rich", "tensorboard")
            jobs.start(trainings.owner(new=True), _TITLE, [_INCE, _ATTRACTION], (0, _EPOCHS))
        except InputError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.rerun()
    else:
        jobs.keep_ready(2, _INCE.data)


LESSON = Lesson("train", (), None, page=_page)
