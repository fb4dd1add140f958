"""A training while it goes on: how far it is, its buttons, and its pictures; the browser asks now and then."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import monotonic

import streamlit as st

from gca_viz.experiments.train.jobs import jobs
from gca_viz.experiments.train.probe import frames_in
from gca_viz.metric import percent
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.train.pictures import curves, maps, plans
from gca_viz.ui.session import state, trainings

_ASKED_EVERY = 1.0  # seconds
_FIRST_ASKED_EVERY = 0.3  # until there is a picture
_DRAWN_EVERY = 1.5  # at most, however short an epoch is: others wait for the same server
_SEEN = "_train_seen"


def watch(training: jobs.Training, most: int) -> None:
    """Draw it. How far it is, is asked now and then; pictures are drawn anew where there is a new one.

    Args:
        training: of this session.
        most: trainings at once; 0 where none may be started.
    """
    going = training.goes_on
    st.session_state.pop(_SEEN, None)
    with st.container(key="train-watch"):
        every = _ASKED_EVERY if _common(_frames(training)) else _FIRST_ASKED_EVERY
        st.fragment(partial(_asked, training, most, going), run_every=every if going else None)()
        st.fragment(partial(_pictures, training))()
        # What the next question compares with; a slider that is moved draws the pictures alone.
        st.session_state[_SEEN] = training.name, _last(_frames(training)), monotonic()


def _asked(training: jobs.Training, most: int, going: bool) -> None:
    if not training.is_there or training.goes_on != going:  # deleted, stopped or resumed here, or it has ended
        st.rerun(scope="app")
    _state(training)
    if not going:
        return
    jobs.advance(most)
    name, last, drawn = st.session_state.get(_SEEN, ("", -1, 0.0))
    if name != training.name:
        return  # within the first run
    if _last(_frames(training)) != last and (last < 0 or monotonic() - drawn > _DRAWN_EVERY):
        st.rerun(scope="app")


def _frames(training: jobs.Training) -> list[dict[int, Path]]:
    return [frames_in(run.folder) for run in training.runs.values()]


def _common(frames: list[dict[int, Path]]) -> list[int]:
    """Epochs of which all runs have a frame."""
    return sorted(set.intersection(*map(set, frames))) if frames else []


def _last(frames: list[dict[int, Path]]) -> int:
    return max(_common(frames), default=-1)


def _pictures(training: jobs.Training) -> None:
    runs, seen = training.runs, _frames(training)
    epochs = _common(seen)
    if not epochs:
        return
    epoch = _epoch(training, epochs)
    recipes = [run.recipe for run in runs.values()]
    paths = [frames[epoch] for frames in seen]
    before = [[path for number, path in frames.items() if number <= epoch] for frames in seen]
    plans(training.name, recipes, paths)
    maps(training.name, recipes, before)
    curves(training.name, list(runs.values()))


def _state(training: jobs.Training) -> None:
    """How it stands, and what can be done."""
    states = training.states
    kinds = [state for state, _ in states.values()]
    for run, (kind, sentence) in states.items():
        if sentence:
            name = training.runs[run].recipe.title if run in training.runs else "A training"
            (st.error if kind == "failed" else st.warning)(
                plain(f"{name}: {sentence} All epochs before are kept."), icon=":material/error:"
            )
    with st.container(horizontal=True, vertical_alignment="center", key="train-state"):
        share, left = training.progress
        if "running" in kinds or "starting" in kinds:
            words = f"{percent(share)} done" + (f", {_time(left)} left" if left is not None else "")
            st.progress(share, words if "running" in kinds else "Starting …")
        elif "waiting" in kinds:
            st.markdown(":material/hourglass_empty: Waiting until another training ends")
        else:
            done = all(kind == "done" for kind in kinds)
            st.markdown(
                ":material/check_circle: Done" if done else f":material/stop_circle: Stopped at {percent(share)}"
            )
        if training.goes_on:
            st.button("Stop", icon=":material/stop:", key="train-stop", on_click=training.stop)
        elif any(kind in ("stopped", "failed") for kind in kinds):
            st.button("Resume", icon=":material/resume:", key="train-resume", on_click=training.resume)
        st.button("Delete", icon=":material/delete:", key="train-delete", on_click=_delete, args=(training,))


def _delete(training: jobs.Training) -> None:
    for name in trainings.forget_encoders(training.name):
        state.remove(name)
    training.delete()


def _epoch(training: jobs.Training, epochs: list[int]) -> int:
    """The epoch that is shown: the newest, as long as nobody went back to another."""
    key, follows = f"train-epoch-{training.name}", f"train-follows-{training.name}"
    if len(epochs) == 1:
        st.caption("Before the first step. The first epoch comes next.")
        return epochs[0]
    if st.session_state.get(follows, True) or st.session_state.get(key) not in epochs:
        st.session_state[key] = epochs[-1]

    def moved() -> None:
        st.session_state[follows] = st.session_state[key] == epochs[-1]

    chosen = st.select_slider(
        "Epoch",
        epochs,
        key=key,
        on_change=moved,
        help="0 is before the first step. At its right end it follows the training; anywhere else it stays.",
    )
    return int(chosen)


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
