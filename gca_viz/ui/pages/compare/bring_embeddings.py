"""A run of embeddings, which a training wrote down without its weights, as steps to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from gca_viz.encoders.checkpoints.kinds import is_checkpoint
from gca_viz.errors import InputError
from gca_viz.experiments.compare.candidates import MOST
from gca_viz.experiments.compare.embedding_run import read_embedding_run, steps_among, unpacked
from gca_viz.ui.markdown import plain
from gca_viz.ui.session import state
from gca_viz.ui.session.uploads import session_uploads

_TITLE = "run"


@dataclass(frozen=True)
class EmbeddingsRead:
    """What was made of the files of a run of embeddings, and is kept in this session.

    Attributes:
        data: name of its samples in recipes.
        steps: file → name of the step among encoders, in the order of the run.
        refused: file → why it was not read.
        left: files beyond the most that are compared.
        values: of a recipe that compares all steps.
    """

    data: str
    steps: Mapping[str, str]
    refused: Mapping[str, InputError]
    left: tuple[str, ...]
    values: Mapping[str, Any]


def embeddings_in(paths: Sequence[Path], scratch: Path, title: str = "") -> EmbeddingsRead | None:
    """Read a run of embeddings and keep it; None where no file, and none in a zip, holds embeddings of two views.

    Args:
        paths: files.
        scratch: a folder for what is unpacked.
        title: what the run is called; by default as its zip.

    Raises:
        InputError: a zip that is refused, or fewer than two steps that can be read.
    """
    files: list[Path] = []
    for number, path in enumerate(paths):
        if path.suffix.lower() == ".zip" and not is_checkpoint(path):
            inside = scratch / f"embeddings-{number}"
            inside.mkdir()
            files += unpacked(path, inside)
            title = title or path.stem
        elif path.is_file():
            files.append(path)
    if not steps_among(files):
        return None
    run, mine = read_embedding_run(files, title.removesuffix(".zip") or _TITLE), session_uploads()
    data = mine.add_data(run.dataset, run.report)
    steps = {file: mine.add_recorded(step, file) for file, step in run.steps.items()}
    return EmbeddingsRead(data, steps, run.refused, run.left, run.recipe_values(data, steps.values()))


def report_embeddings(read: EmbeddingsRead) -> None:
    """Draw what was understood, and the button that compares it."""
    there = [file for file, name in read.steps.items() if name in session_uploads().encoders]
    if read.data not in session_uploads().data or len(there) < len(read.steps):
        st.info("Some of this run was removed. Bring it again to compare it.", icon=":material/info:")
        return
    with st.container(border=True, key="run-report"):
        understood = session_uploads().data[read.data]
        st.markdown(f"**Understood as {len(there)} steps of embeddings of {understood.facts['Pairs']} pairs**")
        lines = [f"- {plain(', '.join(there))}"]
        lines += [f"- :material/block: {plain(file)}: {plain(str(why))}" for file, why in read.refused.items()]
        if read.left:
            lines.append(f"- left out, for at most {MOST} are compared: {plain(', '.join(read.left))}")
        st.markdown("\n".join(lines))
    st.button(
        "Compare these",
        type="primary",
        icon=":material/compare_arrows:",
        key="compare-brought",
        on_click=lambda: state.report(state.update(**read.values)),
    )
