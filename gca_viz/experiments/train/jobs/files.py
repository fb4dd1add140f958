"""What the server and the processes that it starts tell each other in the folder of a training."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from gca_viz.files import atomic

JOB, UPLOADS = "job.json", "uploads.pickle"
State = Literal["waiting", "starting", "running", "done", "stopped", "failed"]
_TO_START = 60.0  # seconds until a process that says nothing counts as gone
#: exit status of a process that broke
BROKEN = 3
_BROKE = "It broke, which is a mistake of this program: the log says where. It can go on."
_ENDED = "The process is gone without a word, as where the machine ends it or is switched off. It can go on."


def lock_of(folder: Path, run: str) -> Path:
    """Held while the process of a run lives, whoever started it and however it ends."""
    return folder / f"{run}.lock"


def log_of(folder: Path, run: str) -> Path:
    """What the process of a run printed."""
    return folder / f"{run}.log"


def pid_of(folder: Path, run: str) -> Path:
    """Written when the process is started: its number."""
    return folder / f"{run}.pid"


def _end_of(folder: Path, run: str) -> Path:
    return folder / f"{run}.end"


@contextmanager
def running(folder: Path, run: str) -> Iterator[None]:
    """The process of a run, from its first line to its last."""
    with FileLock(lock_of(folder, run), timeout=10):  # who looks whether it lives holds it for a moment
        atomic.write(pid_of(folder, run), str(os.getpid()))
        yield


def write_end(folder: Path, run: str, code: int, sentence: str) -> None:
    """Note how a run ended: the exit status of ``gca-viz train``, and what it said."""
    atomic.write(_end_of(folder, run), json.dumps({"code": code, "sentence": sentence}))


def forget_end(folder: Path, run: str) -> None:
    """Let a run that has ended wait for its turn again."""
    _end_of(folder, run).unlink(missing_ok=True)
    pid_of(folder, run).unlink(missing_ok=True)


def lives(folder: Path, run: str) -> bool:
    """Whether the process of a run does."""
    lock = FileLock(lock_of(folder, run))
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


def state_of(folder: Path, run: str) -> tuple[State, str]:
    """How a run stands, and a sentence where it did not end well."""
    ended, pid = _end_of(folder, run), pid_of(folder, run)
    if lives(folder, run):
        return "running", ""
    if ended.exists():
        found = json.loads(ended.read_text("utf-8"))
        if found["code"] == 0:
            return "done", ""
        if found["code"] in (2, BROKEN):
            return "failed", found["sentence"] if found["code"] == 2 else _BROKE
        return "stopped", ""
    if not pid.exists():
        return "waiting", ""
    if time.time() - pid.stat().st_mtime < _TO_START:
        return "starting", ""
    return "stopped", _ENDED
