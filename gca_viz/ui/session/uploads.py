"""What the user of this browser session brought: it belongs to the session, and goes with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from weakref import finalize

import streamlit as st

from gca_viz.datasets import UPLOADS, DataReport, Dataset, load_dataset
from gca_viz.encoders import uploads
from gca_viz.encoders.recorded import Recorded
from gca_viz.experiments.caching import cache
from gca_viz.experiments.recipe.compare import CompareRecipe
from gca_viz.experiments.recipe.recipe import DataRecipe, EncoderRecipe, Recipe
from gca_viz.uploads import is_upload

_UPLOADS = "uploads"


@dataclass
class SessionUploads:
    """Names of the things of one session; all are let go of once nothing holds this any more.

    Attributes:
        data: name → what was understood of a data set, in the order in which they came.
        encoders: name → title of an encoder.
        pictures: files from the camera that may become a data set.
    """

    data: dict[str, DataReport] = field(default_factory=dict)
    encoders: dict[str, str] = field(default_factory=dict)
    pictures: list[BytesIO] = field(default_factory=list)
    _folders: list[TemporaryDirectory[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        held = self.data, self.encoders, self._folders
        # The last reference may go in any thread at any moment, even in one that holds a lock which is needed here.
        finalize(self, lambda: Thread(target=_release, args=held, daemon=True).start()).atexit = False

    @property
    def folder(self) -> Path:
        """A folder for uploads, which goes with the session."""
        if not self._folders:
            self._folders.append(TemporaryDirectory(prefix="gca-viz-"))
        return Path(self._folders[0].name)

    def discard(self, name: str) -> None:
        """Delete a folder below :attr:`folder`; one that is not there is no error."""
        if self._folders:
            shutil.rmtree(Path(self._folders[0].name) / name, ignore_errors=True)

    def add_data(self, dataset: Dataset, report: DataReport) -> str:
        """Keep a data set; returns its name in recipes."""
        name = UPLOADS.keep(dataset)
        self.data[name] = report
        return name

    def add_encoder(self, source: str | Path, title: str, **preprocessing: Any) -> str:
        """Keep an encoder, read as ``uploads.keep`` does; returns its name."""
        name = uploads.keep(source, title, **preprocessing)
        self.encoders[name] = title
        return name

    def add_recorded(self, step: Recorded, title: str) -> str:
        """Keep embeddings that a training wrote down; returns their name among encoders."""
        name = uploads.keep_recorded(step, title)
        self.encoders[name] = title
        return name

    def steps_of(self, data: str) -> dict[str, str]:
        """Name → title of the steps of the run that a data set of this session is of; empty where it is of none."""
        if data not in self.data:
            return {}
        content = load_dataset(data).content_id
        return {
            name: title
            for name, title in self.encoders.items()
            if (step := uploads.recorded(name)) is not None and step.data == content
        }

    def data_of(self, encoder: str) -> str | None:
        """The data set of this session whose embeddings a training wrote down; None of any other encoder."""
        return next((name for name in self.data if encoder in self.steps_of(name)), None)

    def remove(self, name: str) -> None:
        """Let go of a thing and of all that was computed from it."""
        self.data.pop(name, None)
        self.encoders.pop(name, None)
        _forget(name)


def _release(data: Iterable[str], encoders: Iterable[str], folders: list[TemporaryDirectory[str]]) -> None:
    for name in (*data, *encoders):
        _forget(name)
    for folder in folders:
        folder.cleanup()


def _forget(name: str) -> None:
    UPLOADS.forget(name)
    uploads.forget(name)
    cache.forget(name)


def session_uploads() -> SessionUploads:
    """What this session brought.

    It lives in the session's state, and so exactly as long: through a connection that breaks off and comes back,
    which ends what Streamlit caches for a session.
    """
    if _UPLOADS not in st.session_state:
        st.session_state[_UPLOADS] = SessionUploads()
    kept: SessionUploads = st.session_state[_UPLOADS]
    return kept


@dataclass(frozen=True)
class Lost:
    """Parts of a recipe that were brought, and are not in this session: ``"data"``, ``"encoder"`` …"""

    parts: tuple[str, ...]

    @property
    def elsewhere(self) -> list[str]:
        """A sentence for each, where a link or a file names them, or the session does that has lost them."""
        return [
            f"The {part} that this link or recipe names was uploaded in another session: {_INSTEAD[part]}. Upload "
            "it again on the page “Bring your own”."
            for part in self.parts
        ]

    @property
    def removed(self) -> list[str]:
        """A sentence for each, where the user removed them."""
        return [f"The {part} that you removed was in use: {_INSTEAD[part]}." for part in self.parts]


_DATA, _ENCODER, _COMPARED = "data", "encoder", "encoder to compare with"
_INSTEAD = {_DATA: "the default is shown", _ENCODER: "the default is shown", _COMPARED: "it is left out"}


def without_lost(recipe: Recipe) -> tuple[Recipe, Lost]:
    """A recipe without what is not in this session, and which parts of it had to go."""
    if not any(map(is_upload, (recipe.data.dataset, recipe.encoder.name, *_compared(recipe)))):
        return recipe, Lost(())  # as almost always, and asked often
    lost, mine = [], session_uploads()
    if is_upload(recipe.data.dataset) and recipe.data.dataset not in mine.data:
        recipe = replace(recipe, data=DataRecipe())
        lost.append(_DATA)
    if is_upload(recipe.encoder.name) and recipe.encoder.name not in mine.encoders:
        recipe = replace(recipe, encoder=EncoderRecipe())
        lost.append(_ENCODER)
    strange = {name for name in _compared(recipe) if is_upload(name) and name not in mine.encoders}
    if strange:
        kept = tuple(name for name in recipe.compare.encoders if name not in strange)
        second = CompareRecipe().second if recipe.compare.second in strange else recipe.compare.second
        recipe = replace(recipe, compare=replace(recipe.compare, encoders=kept, second=second))
        lost.append(_COMPARED)
    return recipe, Lost(tuple(lost))


def _compared(recipe: Recipe) -> tuple[str, ...]:
    return (*recipe.compare.encoders, recipe.compare.second)
