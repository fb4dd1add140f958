"""What the user of this browser session brought: it belongs to the session, and goes with it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from gca_viz.brought import is_own
from gca_viz.datasets import BROUGHT, DataReport, Dataset
from gca_viz.encoders import registry
from gca_viz.experiments import cache
from gca_viz.experiments.compare.recipe import CompareRecipe
from gca_viz.experiments.recipe import DataRecipe, EncoderRecipe, Recipe


@dataclass
class Own:
    """Names of the things of one session.

    Attributes:
        data: name → what was understood of a data set, in the order in which they came.
        encoders: name → title of an encoder.
        pictures: files from the camera that may become a data set.
    """

    data: dict[str, DataReport] = field(default_factory=dict)
    encoders: dict[str, str] = field(default_factory=dict)
    pictures: list[BytesIO] = field(default_factory=list)
    _folder: TemporaryDirectory | None = None

    @property
    def folder(self) -> Path:
        """A folder for uploads, which goes with the session."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="gca-viz-")
        return Path(self._folder.name)

    def discard(self, name: str) -> None:
        """Delete a folder below :attr:`folder`; one that is not there is no error."""
        if self._folder is not None:
            shutil.rmtree(Path(self._folder.name) / name, ignore_errors=True)

    def add_data(self, dataset: Dataset, report: DataReport) -> str:
        """Keep a data set; returns its name in recipes."""
        name = BROUGHT.keep(dataset)
        self.data[name] = report
        return name

    def add_encoder(self, source: str | Path, title: str, **given) -> str:
        """Keep an encoder, read as ``registry.register`` does; returns its name."""
        name = registry.register(source, title, **given)
        self.encoders[name] = title
        return name

    def remove(self, name: str) -> None:
        """Let go of a thing and of all that was computed from it."""
        self.data.pop(name, None)
        self.encoders.pop(name, None)
        BROUGHT.forget(name)
        registry.forget(name)
        cache.forget(name)

    def release(self) -> None:
        """Let go of everything."""
        for name in (*self.data, *self.encoders):
            self.remove(name)
        self.pictures.clear()
        if self._folder is not None:
            self._folder.cleanup()


@st.cache_resource(scope="session", on_release=Own.release, show_spinner=False)
def own() -> Own:
    """What this session brought."""
    return Own()


def only_own(recipe: Recipe) -> tuple[Recipe, list[str]]:
    """A recipe without what another session brought, and a sentence for each part that had to go."""
    notes = []
    if is_own(recipe.data.dataset) and recipe.data.dataset not in own().data:
        recipe = replace(recipe, data=DataRecipe())
        notes.append(_ELSEWHERE.format("data"))
    if is_own(recipe.encoder.name) and recipe.encoder.name not in own().encoders:
        recipe = replace(recipe, encoder=EncoderRecipe())
        notes.append(_ELSEWHERE.format("encoder"))
    strange = {
        name
        for name in (*recipe.compare.encoders, recipe.compare.second)
        if is_own(name) and name not in own().encoders
    }
    if strange:
        kept = tuple(name for name in recipe.compare.encoders if name not in strange)
        second = CompareRecipe().second if recipe.compare.second in strange else recipe.compare.second
        recipe = replace(recipe, compare=replace(recipe.compare, encoders=kept, second=second))
        notes.append(_ELSEWHERE.format("encoder to compare with").replace("the default is shown", "it is left out"))
    return recipe, notes


_ELSEWHERE = (
    "The {0} that this link or recipe names was brought to another session: the default is shown. Bring it again "
    "on the page “Bring your own”."
)
