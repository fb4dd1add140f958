"""The page Train, put together from its panels."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gca_viz.datasets import load_dataset
from gca_viz.experiments.train.jobs import jobs
from gca_viz.settings.server import TRAINING
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.train.form import form
from gca_viz.ui.pages.train.outcome import outcome
from gca_viz.ui.pages.train.watch import watch
from gca_viz.ui.parts.headings import title
from gca_viz.ui.parts.page import notices
from gca_viz.ui.parts.sidebar import sidebar
from gca_viz.ui.session import state, trainings
from gca_viz.uploads import is_upload

_SHOWN = "train-shown"


def train(heading: DeltaGenerator) -> None:
    """Draw the page; ``heading`` is the place of its title, already on screen."""
    notices(state.notices())
    problem = state.take_problem()
    if problem is not None:
        st.error(plain(f"{problem} Nothing was changed."), icon=":material/error:")
    most = trainings.most_at_once()
    if not most:
        _none()
    elif load_dataset(state.recipe().data.dataset).embeddings is not None:
        st.info(
            "The embeddings of this data set were given: there are no images to train on.", icon=":material/info:"
        )
    elif begun := form():
        st.session_state[_SHOWN] = begun
    if most:
        jobs.advance(most)
    shown = _chosen()
    if shown is not None:
        title(_words(shown), heading)
        watch(shown, most)
        outcome(shown)
    if most and (shown is None or not shown.goes_on):
        data = state.recipe().data.dataset
        jobs.keep_ready(2, "" if is_upload(data) else data)
    sidebar(0.0)
    state.write_link()


def _none() -> None:
    st.info(
        f"This server trains nothing for its visitors. Who runs it may allow it by {TRAINING.variable}; on your "
        "own machine `gca-viz app` does, and `gca-viz train` needs no browser.",
        icon=":material/info:",
    )


def _chosen() -> jobs.Training | None:
    """The training that is shown, out of those of this session."""
    name = trainings.owner()
    there = {training.name: training for training in (jobs.trainings_of(name) if name else ())}
    if not there:
        return None
    if st.session_state.get(_SHOWN) not in there:
        st.session_state[_SHOWN] = next(iter(there))
    if len(there) > 1:
        labels = {
            name: f"{len(there) - number}. {training.title}"
            for number, (name, training) in enumerate(there.items())
        }
        st.selectbox("Training", list(labels), format_func=labels.__getitem__, key=_SHOWN, width=420)
    return there[st.session_state[_SHOWN]]


def _words(training: jobs.Training) -> str:
    """What is seen, in a sentence."""
    methods = [run.recipe.title for run in training.runs.values()] or [training.title]
    doing = "are trained" if len(methods) > 1 else "is trained"
    done = "were trained" if len(methods) > 1 else "was trained"
    return f"{' and '.join(methods)} {doing if training.goes_on else done}" + (
        " from the same start, on the same batches" if len(methods) > 1 else " in front of you"
    )
