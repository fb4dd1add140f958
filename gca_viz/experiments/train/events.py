"""What a run tells of itself while it goes on, for who watches its folder: a line an epoch, and how far it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gca_viz.files import atomic

EVENTS, _PROGRESS = "events.jsonl", "progress.json"
_EVERY = 0.5  # seconds between two notes of how far it is


class Events:
    """Writes them; whatever is read meanwhile is whole.

    Args:
        folder: of the run.
        share: of the run that was done before.
    """

    def __init__(self, folder: Path, share: float = 0.0):
        self.folder, self._from = folder, share
        self._told, self._started = 0.0, time.monotonic()

    def note(self, epoch: int, values: Mapping[str, float]) -> None:
        """Note an epoch, 0 for the start; later ones that an interrupted run had noted are forgotten."""
        rows = [row for row in events_of(self.folder) if row["epoch"] < epoch]
        rows.append({"epoch": epoch, **values})
        atomic.write(self.folder / EVENTS, "".join(f"{json.dumps(row)}\n" for row in rows))

    def progress(self, share: float) -> None:
        """Note how far the run is, now and then: a step waits for no disk."""
        if share < 1 and time.monotonic() - self._told < _EVERY:
            return
        self._told = time.monotonic()
        seconds, done = self._told - self._started, share - self._from
        left = seconds * (1 - share) / done if done > 0 else None
        with suppress(OSError):  # what matters is written, and told of, elsewhere
            atomic.write(self.folder / _PROGRESS, json.dumps({"share": share, "seconds_left": left}))


def events_of(folder: Path) -> list[dict[str, float]]:
    """What is noted of each epoch of a run, in order; empty before the first."""
    try:
        return [json.loads(line) for line in (folder / EVENTS).read_text("utf-8").splitlines()]
    except FileNotFoundError:
        return []


def progress_of(folder: Path) -> tuple[float, float | None]:
    """The share of a run that is done, and the seconds that the rest will take, where that can be said."""
    try:
        found = json.loads((folder / _PROGRESS).read_text("utf-8"))
    except FileNotFoundError:
        return 0.0, None
    return found["share"], found["seconds_left"]
