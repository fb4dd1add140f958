"""What comes out of a training: encoders of this session, a run to compare, files with cards, the command."""

from __future__ import annotations

import io
import zipfile
from functools import partial
from typing import Any

import streamlit as st

from gca_viz.encoders import uploads
from gca_viz.experiments.recipe.compare import ENCODERS, THESE
from gca_viz.experiments.train.cards import command
from gca_viz.experiments.train.jobs import jobs
from gca_viz.experiments.train.run import Run
from gca_viz.ui.parts.file_buttons import file_button
from gca_viz.ui.parts.headings import section
from gca_viz.ui.session import state, trainings


def outcome(training: jobs.Training) -> None:
    """Draw it, where a checkpoint is there."""
    encoders = trainings.encoders_of(training)
    if not any(encoders.values()):
        return
    section("What came out")
    st.caption(
        "Its checkpoints are encoders of this session, in every list of encoders, as long as the training is not "
        "deleted; whoever has the address of this page sees it."
    )
    runs = training.runs
    with st.container(horizontal=True, key="train-outcome"):
        for run, epochs in encoders.items():
            title = runs[run].recipe.title
            if len(epochs) > 1 and st.button(
                f"Compare the epochs of {title}", icon=":material/compare_arrows:", key=f"train-compare-{run}"
            ):
                _compare(tuple(epochs.values()))
        last = tuple(list(epochs.values())[-1] for epochs in encoders.values() if epochs)
        if len(last) > 1 and st.button(
            "Compare both at their ends", icon=":material/compare_arrows:", key="train-compare-both"
        ):
            _compare(last)
        for run, of in runs.items():
            title, name = of.recipe.title, f"{of.recipe.method}-{run}.zip"
            file_button(f"Files of {title} (zip)", partial(_zip, of), name, "application/zip")
    with st.expander("The commands that make it again", icon=":material/terminal:", key="train-again"):
        for of in runs.values():
            st.code(command(of.recipe, f"runs/{of.recipe.method}", of.title), language="bash", wrap_lines=True)


def _compare(names: tuple[str, ...]) -> None:
    first: dict[str, Any] = {"encoder": names[0], "output": uploads.report_of(names[0]).outputs[0]}
    others: dict[str, Any] = {"encoders": names[1:], "with": names[-1], "run": THESE, "against": ENCODERS}
    state.report(state.update(**first, **others))
    st.switch_page("gca_viz/ui/pages/compare/compare.py")


def _zip(run: Run) -> bytes:
    """Checkpoints with their cards, and what was noted."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path in sorted(run.folder.iterdir()):
            if path.suffix in (".safetensors", ".json", ".csv", ".jsonl"):
                file.write(path, path.name)
    return buffer.getvalue()
