"""The trainings of this browser session: whose they are, how many may go on, and their encoders."""

from __future__ import annotations

import os
import re

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.train.jobs.owners import is_owner, new_owner
from gca_viz.settings.server import TRAINING
from gca_viz.ui.session.uploads import session_uploads
from gca_viz.uploads import UPLOAD, upload_name

_OWNER = "trainings"  # in the session and in the link


def most_at_once() -> int:
    """How many trainings may go on at once; 0 where none may be started."""
    if os.name != "posix":
        return 0
    if TRAINING.value is not None:
        return int(TRAINING.value)
    return int(st.get_option("server.address") in ("localhost", "127.0.0.1", "::1"))


def owner(*, new: bool = False) -> str:
    """The name under which the trainings of this session lie; empty where it has none yet.

    Args:
        new: whether one is made then.
    """
    if _OWNER not in st.session_state:
        told = st.query_params.get(_OWNER)
        if is_owner(told):
            st.session_state[_OWNER] = told
        elif new:
            st.session_state[_OWNER] = new_owner()
    return str(st.session_state.get(_OWNER, ""))


def write_owner() -> None:
    """Let the browser's address say it, so that a tab that is loaded again finds its trainings."""
    if _OWNER in st.session_state and st.query_params.get(_OWNER) != st.session_state[_OWNER]:
        st.query_params[_OWNER] = st.session_state[_OWNER]


def encoders_of(training: object) -> dict[str, dict[int, str]]:
    """Run → epoch → name of the encoder that its checkpoint is in this session, read where it is not yet.

    The name is the same in each session that knows the training, so that a link finds the encoder again.
    """
    from gca_viz.experiments.train.jobs.jobs import Training

    assert isinstance(training, Training)
    found: dict[str, dict[int, str]] = {}
    for run, of in training.runs.items():
        found[run] = {}
        for epoch, path in of.checkpoints.items():
            name = upload_name(f"{training.name}-{run}-{epoch}")
            if name not in session_uploads().encoders:
                try:
                    session_uploads().add_encoder(path, f"{of.recipe.title} trained here, epoch {epoch}", name=name)
                except InputError:
                    continue  # deleted, or being written
            found[run][epoch] = name
    return found


def forget_encoders(training_name: str) -> list[str]:
    """The encoders of a training that is deleted."""
    return [name for name in session_uploads().encoders if name.startswith(upload_name(training_name))]


def bring_back(recipe: Recipe) -> None:
    """Read the encoders of this session's trainings that a recipe names, as after the tab was loaded again."""
    named = " ".join((recipe.encoder.name, recipe.compare.second, *recipe.compare.encoders))
    if not owner() or not re.search(UPLOAD, named):
        return
    from gca_viz.experiments.train.jobs.jobs import trainings_of

    for training in trainings_of(owner()):
        if training.name in named:
            encoders_of(training)
