"""The checkpoints that ship, by name: found and described without reading one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from gca_viz.encoders.checkpoints.file_names import read_card

MODELS = Path(__file__).resolve().parents[2] / "models"
RUNS = MODELS / "runs"
_EPOCH = "@"  # between a run and an epoch, in the name of an encoder


def bundled_encoders() -> dict[str, dict[str, Any]]:
    """Cards of the checkpoints that ship, by name, in the order in which a form shows them."""
    cards = {name: read_card(path.with_suffix(".json")) for name, path in _files().items()}
    return dict(sorted(cards.items(), key=lambda item: item[1].get("order", math.inf)))


def bundled_runs() -> dict[str, dict[int, str]]:
    """The runs of which several epochs ship: name → epoch → name of the encoder after it, e.g. ``"ince@10"``."""
    found = {}
    for folder in sorted(path for path in RUNS.glob("*") if path.is_dir()):
        epochs = sorted(int(path.stem.partition("-")[2]) for path in folder.glob("epoch-*.safetensors"))
        found[folder.name] = {epoch: f"{folder.name}{_EPOCH}{epoch}" for epoch in epochs}
    return found


def bundled_card(name: str) -> dict[str, Any]:
    """The card of a bundled encoder; empty for any other."""
    path = bundled_path(name)
    return read_card(path.with_suffix(".json")) if path else {}


def bundled_path(name: str) -> Path | None:
    """The file of a bundled encoder; None for any other name, whatever path it might make."""
    if name in (files := _files()):
        return files[name]
    run, _, epoch = name.partition(_EPOCH)
    if epoch.isdecimal() and bundled_runs().get(run, {}).get(int(epoch)) == name:
        return RUNS / run / f"epoch-{int(epoch):03d}.safetensors"
    return None


def _files() -> dict[str, Path]:
    """Name → file, of networks and of the heads on them, which lie in a folder called as the encoder below."""
    files = [*MODELS.glob("*.safetensors"), *(MODELS / "heads").glob("*/*.safetensors")]
    return {path.stem: path for path in sorted(files)}
