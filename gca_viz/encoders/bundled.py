"""The checkpoints that ship, by name: found and described without reading one."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gca_viz.encoders.checkpoints.file_names import read_card

MODELS = Path(__file__).resolve().parents[2] / "models"
RUNS = MODELS / "runs"
_EPOCH = "@"  # between a run and an epoch, in the name of an encoder


def bundled_encoders() -> dict[str, dict[str, Any]]:
    """Cards of the encoders that ship, by name, in the order in which a form shows them."""
    cards = {name: read_card(path) for name, path in _cards().items()}
    return dict(sorted(cards.items(), key=lambda item: item[1].get("order", math.inf)))


def bundled_runs() -> dict[str, dict[int, str]]:
    """The runs of which several epochs ship: name → epoch → name of the encoder after it, e.g. ``"ince@10"``."""
    if not RUNS.is_dir():
        return {}
    folders = tuple(Path(entry) for entry in os.scandir(RUNS) if entry.is_dir())
    found = _runs_in(folders, _changed(folders))
    return {run: dict(epochs) for run, epochs in found.items()}


def bundled_card(name: str) -> dict[str, Any]:
    """The card of a bundled encoder; empty for any other."""
    path = _card_of(name)
    return read_card(path) if path else {}


def bundled_files(name: str) -> tuple[Path, ...]:
    """The card of a bundled encoder, then the files whose tensors make it up, the lowest layers first.

    They are those that the card names under ``"files"``, or the one beside it; none for any other name, whatever
    path it might make.
    """
    path = _card_of(name)
    if path is None:
        return ()
    files = read_card(path).get("files")
    return (path, *(MODELS / file for file in files)) if files else (path, path.with_suffix(".safetensors"))


def _card_of(name: str) -> Path | None:
    """The file of a bundled encoder's card; None for any other name."""
    if name in (cards := _cards()):
        return cards[name]
    run, _, epoch = name.partition(_EPOCH)
    if epoch.isdecimal() and bundled_runs().get(run, {}).get(int(epoch)) == name:
        return RUNS / run / f"epoch-{int(epoch):03d}.json"
    return None


def _cards() -> Mapping[str, Path]:
    """Name → card, of networks and of the heads on them, which lie in a folder called as the encoder below."""
    heads = MODELS / "heads"
    folders: tuple[Path, ...] = (MODELS,)
    if heads.is_dir():
        folders = (MODELS, heads, *(Path(entry) for entry in os.scandir(heads) if entry.is_dir()))
    return _cards_in(folders, _changed(folders))


def _changed(folders: tuple[Path, ...]) -> tuple[int, ...]:
    """When something came to folders, or went."""
    return tuple(folder.stat().st_mtime_ns for folder in folders)


# A page asks for cards and for runs several times whenever it is drawn.
@lru_cache(maxsize=4)
def _cards_in(folders: tuple[Path, ...], changed: tuple[int, ...]) -> Mapping[str, Path]:
    """The cards in folders as they were then; a file that comes or goes makes a new entry."""
    cards = sorted(path for folder in folders for path in folder.glob("*.json"))
    return MappingProxyType({path.stem: path for path in cards})


@lru_cache(maxsize=4)
def _runs_in(folders: tuple[Path, ...], changed: tuple[int, ...]) -> Mapping[str, Mapping[int, str]]:
    """The epochs in the folders of runs as they were then."""
    found = {}
    for folder in sorted(folders):
        epochs = sorted(int(path.stem.partition("-")[2]) for path in folder.glob("epoch-*.safetensors"))
        found[folder.name] = {epoch: f"{folder.name}{_EPOCH}{epoch}" for epoch in epochs}
    return MappingProxyType(found)
