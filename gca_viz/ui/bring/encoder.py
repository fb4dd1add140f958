"""The tab for encoders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from gca_viz.datasets.images.archive import readable
from gca_viz.encoders import registry
from gca_viz.encoders.hub import VARIABLE, allowed_name, hub_is_open
from gca_viz.encoders.model_folder import TAKEN, unpacked
from gca_viz.encoders.report import LoadReport
from gca_viz.errors import InputError
from gca_viz.folders import allowed_path
from gca_viz.ui import state
from gca_viz.ui.bring.reading import checked, placed, read_once, server_path, uploader
from gca_viz.ui.bring.using import show_encoder
from gca_viz.ui.own import own
from gca_viz.ui.panels.understood import facts_table
from gca_viz.ui.text import plain

_IN_TITLE = ("Verdict", "Architecture")
_KINDS = ("safetensors", "pt", "pth", "ckpt", "bin", "json", "zip")
_UPLOADED = "uploaded-model"

Preprocessing = tuple[int | None, str, str]


def encoder() -> None:
    """Draw the tab."""
    st.markdown(
        "A checkpoint as a state dict: ResNet-18, 34 or 50 in torchvision's names, or this project's own, from the "
        "usual trainers (solo-learn, lightly, MoCo, SimCLR, VISSL, BYOL, Lightning, the paper's repository). Or an "
        "image model of transformers: the files that `save_pretrained` wrote for it and its image processor, or "
        "their folder as a zip. Only tensors and settings are read; a pickle is refused."
    )
    files = uploader("A checkpoint, or the files of a model of transformers", "encoder", _KINDS)
    settings = _preprocessing()
    name = read_once("encoder", files, lambda: _from_uploads(files, settings), settings)
    path, model = server_path("encoder"), _model_name()
    if name is None and path is not None:
        name = read_once("encoder-path", [path], lambda: _from_server(path, settings), settings, _changed(path))
    if name is None and model is not None:
        name = read_once("encoder-hub", [model], lambda: _registered(model, model, settings), settings)
    if name in own().encoders:
        _report(registry.report_of(name))
        if st.button("Use this encoder", type="primary", icon=":material/arrow_forward:", key="use-encoder"):
            show_encoder(name)


def _preprocessing() -> Preprocessing:
    """What the user says of it: the input size, and mean and deviation as they were typed."""
    with st.expander("Preprocessing, where the file does not say", icon=":material/tune:"):
        size = st.number_input("Input size in pixels", 16, 512, None, key="bring-size", placeholder="as detected")
        mean, std = (
            st.text_input(
                f"{what} of the channels", key=f"bring-{what}", placeholder=f"as detected, e.g. {example}"
            )
            for what, example in (("Mean", "0.485, 0.456, 0.406"), ("Deviation", "0.229, 0.224, 0.225"))
        )
    return size, mean, std


def _model_name() -> str | None:
    """A model of the hub, where that is opened to browsers; None if there is none, or if it is refused."""
    if not hub_is_open():
        st.caption(f"Models of transformers and timm by their ids: start the app with `{VARIABLE}=1`.")
        return None
    text = st.text_input(
        "Or a model id",
        key="bring-hub",
        placeholder="e.g. transformers:facebook/dinov2-small",
        help="transformers:<id> or timm:<id>. The server fetches what is not in its cache.",
    )
    return checked(allowed_name, text)


def _report(report: LoadReport) -> None:
    with st.container(border=True, key="bring-report"):
        st.markdown(f"**Understood as: {plain(report.architecture)}, {plain(report.verdict)}**")
        st.html(facts_table({label: text for label, text in report.facts.items() if label not in _IN_TITLE}))
        for note in report.notes:
            st.info(plain(note), icon=":material/info:")


def _from_uploads(files: Sequence, settings: Preprocessing) -> str:
    """All files as one model if a configuration is among them, else the last one alone."""
    with TemporaryDirectory(dir=own().folder) as scratch:  # what was read is in memory when it goes
        folder = Path(scratch) / _UPLOADED
        folder.mkdir()
        paths = placed(files, folder)
        if any(path.suffix.lower() == ".json" for path in paths):
            return _registered(folder, folder.name, settings)
        return _from_path(paths[-1], settings)


def _from_server(path: Path, settings: Preprocessing) -> str:
    with readable(path.name):
        for file in path.iterdir() if path.is_dir() else ():
            if file.suffix in TAKEN:
                allowed_path(str(file))  # a link may lead out of what is opened
    return _from_path(path, settings)


def _from_path(path: Path, settings: Preprocessing) -> str:
    """A checkpoint, a model's folder or such a folder as a zip."""
    if path.suffix.lower() != ".zip":
        return _registered(path, path.name, settings)
    with TemporaryDirectory(dir=own().folder) as scratch:
        return _registered(unpacked(path, Path(scratch)), path.stem, settings)


def _registered(source: str | Path, title: str, settings: Preprocessing) -> str:
    """Keep an encoder, in place of the same one with other preprocessing that nobody uses."""
    size, mean, std = settings
    for name in [name for name, other in own().encoders.items() if other == title]:
        if name != state.recipe().encoder.name:
            own().remove(name)
    return own().add_encoder(source, title, input_size=size, mean=_channels(mean), std=_channels(std))


def _changed(path: Path) -> int:
    """When a file, or one in a model's folder, changed last, in nanoseconds."""
    files = (path, *path.glob("*.json"), *path.glob("*.safetensors"))
    return max(file.stat().st_mtime_ns for file in files if file.exists())


def _channels(text: str) -> tuple[float, ...] | None:
    """Three numbers out of a line; None if it is empty."""
    if not text.strip():
        return None
    try:
        values = tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        values = ()
    if len(values) != 3 or not all(0 <= value < 10 for value in values):
        raise InputError(
            f"channels {text!r}", "three numbers are needed, one per colour", "Write them as 0.485, 0.456, 0.406"
        )
    return values
