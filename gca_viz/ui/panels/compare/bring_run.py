"""The checkpoints of a run from files, a zip or a folder of the server, as encoders to compare."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import streamlit as st

from gca_viz.datasets.images.archive import of_zip, readable
from gca_viz.encoders import registry
from gca_viz.errors import InputError
from gca_viz.experiments.compare.contenders import MOST
from gca_viz.experiments.compare.recipe import ENCODERS, THESE
from gca_viz.folders import allowed_path
from gca_viz.ui import state
from gca_viz.ui.bring.reading import placed, read_once, server_path, uploader
from gca_viz.ui.own import own
from gca_viz.ui.text import plain

_ENDINGS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")


@dataclass(frozen=True)
class Read:
    """What was made of a run's files.

    Attributes:
        encoders: file → name of the encoder.
        refused: file → why it was not read.
        left: files beyond the most that are compared.
    """

    encoders: dict[str, str]
    refused: dict[str, str]
    left: tuple[str, ...]


def bring_run() -> None:
    """Draw the uploader, what was understood, and the button that compares it."""
    with st.expander(
        "Bring the checkpoints of a run", icon=":material/upload_file:", key="bring-run-group", on_change="rerun"
    ) as group:
        if not group.open:
            return
        st.markdown(
            "The epochs of a training run as files, as a zip of them, or as a folder on the server: `epoch-001"
            ".safetensors`, `epoch-002.safetensors` … in the order of the numbers in their names. Only tensors are "
            "read; nothing is ever unpickled."
        )
        files = uploader("Checkpoints, or a zip of them", "run", [ending[1:] for ending in (*_ENDINGS, ".zip")])
        read = read_once("run", files, lambda: _from_uploads(files))
        path = server_path("run")
        if read is None and path is not None:
            read = read_once("run-path", [path], lambda: _from_folder(path))
        if read is not None:
            _report(read)


def _report(read: Read) -> None:
    there = {file: name for file, name in read.encoders.items() if name in own().encoders}
    with st.container(border=True, key="run-report"):
        st.markdown(f"**Understood as {len(there)} encoder{'' if len(there) == 1 else 's'}**")
        lines = [f"- {plain(file)}: {plain(registry.report_of(name).architecture)}" for file, name in there.items()]
        lines += [f"- :material/block: {plain(file)}: {plain(why)}" for file, why in read.refused.items()]
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
        key="compare-run",
        on_click=_compare,
        args=(tuple(there.values()),),
    )


def _compare(names: tuple[str, ...]) -> None:
    first = {"encoder": names[0], "output": registry.report_of(names[0]).outputs[0]}
    others = {"encoders": names[1:], "with": names[-1], "run": THESE, "against": ENCODERS}
    state.report(state.update(**first, **others))


def _from_uploads(files: Sequence) -> Read:
    with TemporaryDirectory(dir=own().folder) as scratch:  # what was read is in memory when it goes
        paths = []
        for number, path in enumerate(placed(files, Path(scratch))):
            if path.suffix.lower() == ".zip":
                inside = Path(scratch) / f"archive-{number}"
                inside.mkdir()
                paths += _unpacked(path, inside)
            else:
                paths.append(path)
        return _read(paths)


def _from_folder(folder: Path) -> Read:
    with readable(folder.name):
        found = (
            [path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS] if folder.is_dir() else [folder]
        )
    for path in found:
        allowed_path(str(path))  # a link may lead out of what is opened
    return _read(found)


def _unpacked(archive: Path, below: Path) -> list[Path]:
    """The checkpoints in a zip, whose members are checked before anything is written."""
    files, paths = of_zip(archive), []
    with readable(archive.name), files.opened() as open_file:
        for name in files.sizes:
            inside = PurePosixPath(name)
            if inside.suffix.lower() in _ENDINGS and len(paths) <= 4 * MOST:
                path = below / f"{len(paths):03d}" / inside.name
                path.parent.mkdir()
                with open_file(name) as packed, path.open("wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
                paths.append(path)
    return paths


def _read(paths: Sequence[Path]) -> Read:
    ordered = sorted(paths, key=lambda path: _order(path.name))
    if not ordered:
        raise InputError(
            "no checkpoint among these files",
            f"checkpoints end in {', '.join(_ENDINGS)}",
            "Bring the files of the epochs, or a zip of them",
        )
    kept = _evenly(ordered)
    encoders, refused = {}, {}
    for path in kept:
        try:
            encoders[path.name] = _registered(path)
        except InputError as error:
            refused[path.name] = str(error)
    return Read(encoders, refused, tuple(path.name for path in ordered if path not in kept))


def _registered(path: Path) -> str:
    """Keep an encoder in place of one of the same name that nobody looks at."""
    used = {state.recipe().encoder.name, *state.recipe().compare.encoders}
    for name in [name for name, title in own().encoders.items() if title == path.name and name not in used]:
        own().remove(name)
    return own().add_encoder(path, path.name)


def _evenly(paths: list[Path]) -> list[Path]:
    """At most :data:`MOST`, first and last among them, spread over the run."""
    if len(paths) <= MOST:
        return paths
    return [paths[round(k * (len(paths) - 1) / (MOST - 1))] for k in range(MOST)]


def _order(name: str) -> list[tuple[int, int, str]]:
    """Numbers in a name count as numbers: epoch-2 comes before epoch-10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name)]
