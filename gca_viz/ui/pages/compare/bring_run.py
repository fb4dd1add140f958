"""The checkpoints of a run from files, a zip or a folder of the server, as encoders to compare."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gca_viz.encoders import uploads
from gca_viz.encoders.checkpoints.assumptions import Assumptions
from gca_viz.encoders.checkpoints.file_names import card_of
from gca_viz.encoders.checkpoints.kinds import is_checkpoint
from gca_viz.experiments.compare.candidates import MOST
from gca_viz.experiments.compare.run_files import ReadRun, in_archive, in_folder, read_run
from gca_viz.experiments.recipe.compare import ENCODERS, THESE
from gca_viz.settings.folders import allowed_path
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.compare.bring_embeddings import EmbeddingsRead, embeddings_in, report_embeddings
from gca_viz.ui.parts.reading import checked, placed, read_once, server_path, uploader
from gca_viz.ui.session import state
from gca_viz.ui.session.uploads import session_uploads


def bring_run() -> None:
    """Draw the uploader, what was understood, and the button that compares it."""
    with st.expander(
        "Bring the checkpoints of a run", icon=":material/upload_file:", key="bring-run-group", on_change="rerun"
    ) as group:
        if not group.open:
            return
        st.markdown(
            "The epochs of a training run as files, as a zip of them, or as a folder on the server: `epoch-001"
            ".safetensors`, `epoch-002.safetensors` … in the order of the numbers in their names. Or what "
            "`gca_viz.PlanMonitor` wrote in a training: embeddings of a probe at each step, and no weights. Only "
            "tensors are read; nothing is ever unpickled."
        )
        files = uploader("Checkpoints or embeddings, or a zip of them", "run")
        text = st.text_input(
            "What the tensors do not say",
            key="bring-run-assume",
            placeholder="as found, e.g. weights=teacher,stem_padding=2",
            help="Assumed of every checkpoint: names and answers as in the report of *Bring your own*.",
        )
        assume = checked(Assumptions.of, text) or Assumptions()
        read = read_once("run", files, lambda: _from_uploads(files, assume), assume)
        path = server_path("run")
        if read is None and path is not None:
            # Again when a file has come or gone: the run may still be going on.
            read = read_once(
                "run-path", [path], lambda: _from_folder(path, assume), assume, path.stat().st_mtime_ns
            )
        if isinstance(read, EmbeddingsRead):
            report_embeddings(read)
        elif read is not None:
            _report(read)


def _report(read: ReadRun) -> None:
    there = {file: name for file, name in read.encoders.items() if name in session_uploads().encoders}
    with st.container(border=True, key="run-report"):
        st.markdown(f"**Understood as {len(there)} encoder{'' if len(there) == 1 else 's'}**")
        lines = [f"- {plain(file)}: {plain(uploads.report_of(name).architecture)}" for file, name in there.items()]
        lines += [f"- :material/block: {plain(file)}: {plain(str(why))}" for file, why in read.refused.items()]
        if read.left:
            lines.append(f"- left out, for at most {MOST} are compared: {plain(', '.join(read.left))}")
        st.markdown("\n".join(lines))
    if len(there) < 2:
        st.info("A run needs at least two checkpoints that can be read.", icon=":material/info:")
        return
    st.button(
        "Compare these",
        type="primary",
        icon=":material/compare_arrows:",
        key="compare-brought",
        on_click=_compare,
        args=(tuple(there.values()),),
    )


def _compare(names: tuple[str, ...]) -> None:
    first: dict[str, Any] = {"encoder": names[0], "output": uploads.report_of(names[0]).outputs[0]}
    others: dict[str, Any] = {"encoders": names[1:], "with": names[-1], "run": THESE, "against": ENCODERS}
    state.report(state.update(**first, **others))


def _from_uploads(files: Sequence[UploadedFile], assume: Assumptions) -> ReadRun | EmbeddingsRead:
    with TemporaryDirectory(dir=session_uploads().folder) as scratch:  # what was read is in memory when it goes
        paths, given = [], placed(files, Path(scratch))
        of_embeddings = embeddings_in(given, Path(scratch))
        if of_embeddings is not None:
            return of_embeddings
        for number, path in enumerate(given):
            if path.suffix.lower() == ".zip" and not is_checkpoint(path):
                inside = Path(scratch) / f"archive-{number}"
                inside.mkdir()
                paths += in_archive(path, inside)
            else:
                paths.append(path)
        return read_run(paths, partial(_registered, assume=assume))


def _from_folder(folder: Path, assume: Assumptions) -> ReadRun | EmbeddingsRead:
    with TemporaryDirectory(dir=session_uploads().folder) as scratch:
        inside = sorted(folder.iterdir()) if folder.is_dir() else [folder]
        for path in filter(Path.is_symlink, inside):
            allowed_path(str(path))
        of_embeddings = embeddings_in(inside, Path(scratch), title=folder.name)
    if of_embeddings is not None:
        return of_embeddings
    found = in_folder(folder) if folder.is_dir() else [folder]
    for path in (*found, *filter(Path.is_symlink, map(card_of, found))):
        allowed_path(str(path))  # a link may lead out of what is opened
    return read_run(found, partial(_registered, assume=assume))


def _registered(path: Path, assume: Assumptions) -> str:
    """Keep an encoder in place of one of the same name that nobody looks at."""
    for name in [name for name, title in session_uploads().encoders.items() if title == path.name]:
        if not state.uses(name):
            session_uploads().remove(name)
    return session_uploads().add_encoder(path, path.name, assume=assume)
