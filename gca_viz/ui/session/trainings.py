"""The trainings of this browser session: whose they are, how many may go on, and their encoders."""

from __future__ import annotations

import os

import streamlit as st

from gca_viz.errors import InputError
from gca_viz.settings.server import TRAINING
from gca_viz.ui.session.uploads import session_uploads

_OWNER = "trainings"  # in the session and in the link
_ENCODERS = "_training_encoders"


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
    from gca_viz.experiments.train.jobs import jobs

    if _OWNER not in st.session_state:
        told = st.query_params.get(_OWNER)
        if jobs.is_owner(told):
            st.session_state[_OWNER] = told
        elif new:
            st.session_state[_OWNER] = jobs.new_owner()
    return str(st.session_state.get(_OWNER, ""))


def write_owner() -> None:
    """Let the browser's address say it, so that a tab that is loaded again finds its trainings."""
    if _OWNER in st.session_state and st.query_params.get(_OWNER) != st.session_state[_OWNER]:
        st.query_params[_OWNER] = st.session_state[_OWNER]


def encoders_of(training: object, *, every: bool) -> dict[str, dict[int, str]]:
    """Run → epoch → name of the encoder that its checkpoint is in this session, read where it is not yet.

    Args:
        training: which.
        every: whether all that are kept, or the last of each run alone.
    """
    from gca_viz.experiments.train.jobs.jobs import Training

    assert isinstance(training, Training)
    known: dict[tuple[str, str, int], str] = st.session_state.setdefault(_ENCODERS, {})
    found: dict[str, dict[int, str]] = {}
    for run, of in training.runs.items():
        found[run] = {}
        checkpoints = list(of.checkpoints.items())
        for epoch, path in checkpoints if every else checkpoints[-1:]:
            key = training.name, run, epoch
            if known.get(key) not in session_uploads().encoders:
                try:
                    title = f"{of.recipe.title} trained here, epoch {epoch}"
                    known[key] = session_uploads().add_encoder(path, title)
                except InputError:
                    continue  # deleted, or being written
            found[run][epoch] = known[key]
    return found


def forget_encoders(training_name: str) -> list[str]:
    """The encoders of a training that is deleted."""
    known: dict[tuple[str, str, int], str] = st.session_state.setdefault(_ENCODERS, {})
    gone = [key for key in known if key[0] == training_name]
    return [known.pop(key) for key in gone]
