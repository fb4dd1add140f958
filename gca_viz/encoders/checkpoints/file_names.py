"""What checkpoints and the cards beside them are called, and what a card says."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

#: how the names of checkpoints usually end. Nothing is refused for its name: what a file is decides its content.
ENDINGS = (
    *(".safetensors", ".pth.tar", ".pt.tar", ".tar", ".pt", ".pth", ".ckpt", ".bin", ".th", ".torch"),
    *(".checkpoint", ".model", ".weights", ".pkl", ".pickle", ".t7"),
)


def without_ending(name: str) -> str:
    """The name of a checkpoint without its ending, as in ``"checkpoint_0099"`` of ``"checkpoint_0099.pth.tar"``."""
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending) and len(name) > len(ending)), "")
    return name[: len(name) - len(ending)]


def card_of(path: Path) -> Path:
    """Where the card beside a checkpoint is: its name with the ending ``.json`` in place of its own."""
    usual = path.with_name(f"{without_ending(path.name)}.json")
    return usual if usual.is_file() else path.with_suffix(".json")


def read_card(path: Path) -> dict[str, Any]:
    """The card in a file; empty if there is none that can be read."""
    try:
        file = os.stat(path)
    except OSError:
        return {}
    return dict(_card_in(os.fspath(path), file.st_mtime_ns, file.st_size))


# A page asks for every card that ships at each of its runs.
@lru_cache(maxsize=512)
def _card_in(path: str, changed: int, size: int) -> dict[str, Any]:
    """The card of a file as it was then; a rewritten file is a new entry."""
    try:
        card = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}
