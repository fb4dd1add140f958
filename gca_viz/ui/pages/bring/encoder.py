"""The tab for encoders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gca_viz.encoders import uploads
from gca_viz.encoders.checkpoints.assumptions import Assumptions
from gca_viz.encoders.checkpoints.file_names import card_of
from gca_viz.encoders.checkpoints.load_report import LoadReport
from gca_viz.encoders.hub.model_folder import TAKEN
from gca_viz.encoders.hub.names import VARIABLE, allowed_name, hub_is_open
from gca_viz.errors import InputError
from gca_viz.files.archive import readable
from gca_viz.settings.folders import allowed_path
from gca_viz.ui.markdown import plain
from gca_viz.ui.pages.bring.open_questions import answers, ask
from gca_viz.ui.pages.bring.recommended import recommended_models
from gca_viz.ui.pages.bring.understood import facts_table
from gca_viz.ui.pages.bring.using import show_encoder
from gca_viz.ui.parts.reading import checked, placed, read_once, refusal_of, server_path, uploader
from gca_viz.ui.session import state
from gca_viz.ui.session.progress import progress_bar
from gca_viz.ui.session.uploads import session_uploads

_IN_TITLE = ("Verdict", "Architecture")
_KINDS = ()  # of any name: what a file is decides its content
_UPLOADED = "uploaded-model"
_MODEL_ID = "bring-hub"


@dataclass(frozen=True)
class Said:
    """What the user says of a file.

    Attributes:
        size: of the input in pixels; mean, std: of the channels, as they were typed.
        assume: what its tensors leave open.
    """

    size: int | None
    mean: str
    std: str
    assume: Assumptions = field(default_factory=Assumptions)


def encoder() -> None:
    """Draw the tab."""
    st.markdown(
        "A checkpoint as a state dict: ResNet-18, 34 or 50 in torchvision's names, or this project's own, from the "
        "usual trainers (solo-learn, lightly, MoCo, SimCLR, VISSL, BYOL, DINO, Lightning, the paper's repository). "
        "Or an image model of transformers: the files that `save_pretrained` wrote for it and its image processor, "
        "or their folder as a zip. Only tensors and settings are read; a pickle is refused."
    )
    files = uploader("A checkpoint, or the files of a model of transformers", "encoder", _KINDS)
    settings = _preprocessing()
    said = replace(settings, assume=answers(_file_of(files)))
    kind, file = "encoder", list[object](files)
    name = read_once(kind, file, lambda: _from_uploads(files, said), said)
    path, model = server_path("encoder"), _model_name()
    if name is None and path is not None:
        file, kind = [path], "encoder-path"
        said = replace(settings, assume=answers(_file_of(file)))
        name = read_once(kind, file, lambda: _from_server(path, said), said, _changed(path))
    if name is None and model is not None:
        kind = "encoder-hub"
        name = read_once(kind, [model], lambda: _registered(model, model, settings), settings)
    report = None
    if name is not None and name in session_uploads().encoders:
        report = uploads.report_of(name)
        _report(report)
    if kind != "encoder-hub" and file:
        ask(_file_of(file), report, refusal_of(kind))
    if (
        name is not None
        and report is not None
        and st.button("Use this encoder", type="primary", icon=":material/arrow_forward:", key="use-encoder")
    ):
        show_encoder(name)


def _file_of(files: Sequence[object]) -> str:
    """Identifies the file that is read among these: the last."""
    return str(getattr(files[-1], "file_id", files[-1])) if files else ""


def _preprocessing() -> Said:
    """What the user says of the input."""
    with st.expander("Preprocessing, where the file does not say", icon=":material/tune:"):
        size = st.number_input("Input size in pixels", 16, 512, None, key="bring-size", placeholder="as detected")
        mean, std = (
            st.text_input(
                f"{what} of the channels", key=f"bring-{what}", placeholder=f"as detected, e.g. {example}"
            )
            for what, example in (("Mean", "0.485, 0.456, 0.406"), ("Deviation", "0.229, 0.224, 0.225"))
        )
    return Said(size, mean, std)


def _model_name() -> str | None:
    """A model of the hub, where that is opened to browsers; None if there is none, or if it is refused."""
    text = ""
    if hub_is_open():
        text = st.text_input(
            "Or a model id",
            key=_MODEL_ID,
            placeholder="e.g. transformers:facebook/dinov2-small",
            help="transformers:<id> or timm:<id>. The server fetches what is not in its cache.",
        )
    else:
        st.caption(f"Models of transformers and timm by their ids: start the app with `{VARIABLE}=1`.")
    recommended_models(_MODEL_ID, hub_is_open())
    return checked(allowed_name, text)


def _report(report: LoadReport) -> None:
    with st.container(border=True, key="bring-report"):
        st.markdown(f"**Understood as: {plain(report.architecture)}, {plain(report.verdict)}**")
        st.html(facts_table({label: text for label, text in report.facts.items() if label not in _IN_TITLE}))
        for note in report.notes:
            st.info(plain(note), icon=":material/info:")


def _from_uploads(files: Sequence[UploadedFile], settings: Said) -> str:
    """All files as one model if a configuration is among them, else the last one alone."""
    with TemporaryDirectory(dir=session_uploads().folder) as scratch:  # what was read is in memory when it goes
        folder = Path(scratch) / _UPLOADED
        folder.mkdir()
        paths = placed(files, folder)
        if any(path.suffix.lower() == ".json" for path in paths):
            return _registered(folder, folder.name, settings)
        return _from_path(paths[-1], settings)


def _from_server(path: Path, settings: Said) -> str:
    with readable(path.name):
        for file in path.iterdir() if path.is_dir() else (path, card_of(path)):
            if file.suffix in TAKEN and file.is_symlink():
                allowed_path(str(file))  # it may lead out of what is opened
    return _from_path(path, settings)


def _from_path(path: Path, settings: Said) -> str:
    """A checkpoint, a model's folder or such a folder as a zip."""
    return _registered(path, uploads.usual_title(path), settings)


def _registered(source: str | Path, title: str, settings: Said) -> str:
    """Keep an encoder, in place of the same one with other preprocessing that nobody uses."""
    for name in [name for name, other in session_uploads().encoders.items() if other == title]:
        if not state.uses(name):
            session_uploads().remove(name)
    return session_uploads().add_encoder(
        source,
        title,
        mean=_channels(settings.mean),
        std=_channels(settings.std),
        assume=settings.assume,
        input_size=settings.size,
        progress=progress_bar(st.empty()),
    )


def _changed(path: Path) -> int:
    """When a file, or one in a model's folder, changed last, in nanoseconds."""
    files = (path, card_of(path), *path.glob("*.json"), *path.glob("*.safetensors"))
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
