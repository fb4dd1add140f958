"""Start, stop, resume and delete trainings; as many go on at once as the server allows, the others wait.

Everything stands in folders, so that a restart of the server changes nothing: processes go on, and each that ends
lets who waits begin, as does whoever looks. An owner is a name that nobody can guess, in the link of the session;
who does not know it sees nothing of its trainings.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from gca_viz.errors import InputError
from gca_viz.experiments.train.cards import command
from gca_viz.experiments.train.events import progress_of
from gca_viz.experiments.train.jobs import files
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.run import Run
from gca_viz.files import atomic
from gca_viz.settings.limits import TRAINING_BYTES
from gca_viz.settings.server import TRAININGS

_OLD = 7 * 24 * 3600  # seconds
_QUICK = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "MALLOC_ARENA_MAX": "2"}
#: of this server, kept so that they leave no zombies
_children: list[subprocess.Popen[bytes]] = []
#: that wait for work
_ready: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Training:
    """One or two runs that were started together.

    Attributes:
        folder: of them.
    """

    folder: Path

    @property
    def name(self) -> str:
        """By which links and pages know it."""
        return self.folder.name

    @property
    def started(self) -> float:
        """When it was asked for, in seconds since 1970."""
        return float(self._content["started"])

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self._content["title"])

    @property
    def runs(self) -> dict[str, Run]:
        """Name → run, of those whose process has begun."""
        there = {name: self.folder / name for name in self._content["runs"]}
        return {name: Run.open(folder) for name, folder in there.items() if (folder / "recipe.json").exists()}

    @property
    def states(self) -> dict[str, tuple[files.State, str]]:
        """Run → how it stands."""
        return {name: files.state_of(self.folder, name) for name in self._content["runs"]}

    @property
    def is_there(self) -> bool:
        """Whether nobody has deleted it."""
        return (self.folder / files.JOB).exists()

    @property
    def goes_on(self) -> bool:
        """Whether a process works on it, or will."""
        return any(state in ("waiting", "starting", "running") for state, _ in self.states.values())

    @property
    def progress(self) -> tuple[float, float | None]:
        """The share that is done of what is slower, and the seconds left, where they can be said."""
        return min((progress_of(self.folder / name) for name in self._content["runs"]), key=lambda told: told[0])

    @property
    def _content(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / files.JOB).read_text("utf-8"))
        return found

    def stop(self) -> None:
        """End its processes as soon as each has written its last whole epoch."""
        for run, (state, _) in self.states.items():
            if state == "waiting":
                files.write_end(self.folder, run, 1, "")
            elif state in ("starting", "running"):
                _signal(self.folder, run, signal.SIGTERM)
                if state == "starting":  # it may not be so far as to say so itself
                    files.write_end(self.folder, run, 1, "")

    def resume(self) -> None:
        """Let what did not end well wait for its turn again."""
        for run, (state, _) in self.states.items():
            if state in ("stopped", "failed"):
                files.forget_end(self.folder, run)

    def delete(self) -> None:
        """End its processes at once, and remove all of it."""
        for run, (state, _) in self.states.items():
            if state in ("starting", "running"):
                _signal(self.folder, run, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def trainings_folder() -> Path:
    """Where they lie: ``GCA_VIZ_TRAININGS``, or ``gca-viz/trainings`` in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return TRAININGS.value or Path(home) / "gca-viz" / "trainings"


def trainings_of(owner: str) -> list[Training]:
    """Those of an owner, the latest first."""
    found = [Training(path.parent) for path in (trainings_folder() / owner).glob(f"*/{files.JOB}")]
    return sorted(found, key=lambda training: training.started, reverse=True)


def start(
    owner: str, title: str, recipes: Sequence[TrainingRecipe], save_at: Sequence[int], uploads: bytes = b""
) -> Training:
    """Ask for a training; it begins when :func:`advance` finds room for it.

    Args:
        owner: whose it is.
        title: what people call it.
        recipes: one, or two that are trained side by side; checked.
        save_at: epochs of which checkpoints are kept.
        uploads: what the recipes name of a session, as :mod:`gca_viz.cli.job` reads it.

    Raises:
        InputError: the disk is full, or as much lies there as trainings may take.
    """
    root = trainings_folder()
    try:
        (root / owner).mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_room(root)
        TRAINING_BYTES.check(_bytes_below(root), "the folder of trainings")
        folder = root / owner / secrets.token_hex(12)  # no key of an element may have two underscores in a row
        folder.mkdir(mode=0o700)
        runs = {
            name: _words(folder / name, recipe, title, save_at) for name, recipe in zip("ab", recipes, strict=False)
        }
        if uploads:
            atomic.write(folder / files.UPLOADS, uploads)
        # Last: a folder with it is a training.
        atomic.write(folder / files.JOB, json.dumps({"title": title, "started": time.time(), "runs": runs}))
    except OSError as error:
        raise InputError(
            f"the folder {root} ({error.strerror})",
            "trainings are written there",
            f"Make room, or start the app with {TRAININGS.variable} set to another folder",
        ) from error
    return Training(folder)


def advance(most: int) -> None:
    """Start who waits, the first first, while fewer go on than the server allows.

    Args:
        most: trainings at once.
    """
    _children[:] = [child for child in _children if child.poll() is None]
    root = trainings_folder()
    if not root.is_dir():
        return
    with FileLock(root / ".queue"):
        going, waiting = 0, []
        for path in root.glob(f"*/*/{files.JOB}"):
            training = Training(path.parent)
            states = {state for state, _ in training.states.values()}
            going += bool(states & {"starting", "running"})
            waiting += [training] if "waiting" in states else []
        for training in sorted(waiting, key=lambda one: one.started)[: max(0, most - going)]:
            _begin(training, most)


def keep_ready(count: int, data: str = "") -> None:
    """Let some processes import and read what a training needs, which takes seconds, before anybody asks for one.

    Args:
        count: of them; each ends by itself after ten minutes, and with this server.
        data: the bundled data set that they read; none by default.
    """
    _ready[:] = [child for child in _ready if child.poll() is None]
    words = [data] if data else []
    _ready.extend(
        _process(*words, stdin=subprocess.PIPE, log=subprocess.DEVNULL) for _ in range(count - len(_ready))
    )


def _begin(training: Training, most: int) -> None:
    for run, (state, _) in training.states.items():
        if state == "waiting":
            words = str(training.folder), run, str(most)
            child = _of_those_ready(words)
            if child is None:
                with files.log_of(training.folder, run).open("ab") as log:
                    child = _process(*words, stdin=subprocess.DEVNULL, log=log)
            _children.append(child)
            atomic.write(files.pid_of(training.folder, run), str(child.pid))


def _of_those_ready(words: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """A process that waits for work and has now been given this; None where there is none."""
    while _ready:
        child = _ready.pop(0)
        if child.poll() is None and child.stdin is not None:
            with suppress(BrokenPipeError):  # it has just ended
                child.stdin.write(("\t".join(words) + "\n").encode())
                child.stdin.close()
                return child
    return None


def _process(*words: str, stdin: int, log: IO[bytes] | int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gca_viz.cli.job", *words],
        stdin=stdin,
        stdout=log,
        stderr=log,
        env=_QUICK | dict(os.environ),
        start_new_session=True,
    )


def _words(folder: Path, recipe: TrainingRecipe, title: str, save_at: Sequence[int]) -> list[str]:
    """What ``gca-viz train`` is told."""
    told = command(recipe, str(folder), title)
    more = ["--resume", "--measure", "last"]
    return [*shlex.split(told)[2:], *more, "--save-at", ",".join(map(str, save_at))]


def _signal(folder: Path, run: str, number: signal.Signals) -> None:
    with suppress(OSError, ValueError):  # it has ended by itself, or is only about to write its number
        os.kill(int(files.pid_of(folder, run).read_text("utf-8")), number)


def _make_room(root: Path) -> None:
    """Where trainings take more than they may, let go of those that are over a week old, the oldest first."""
    jobs = root.glob(f"*/*/{files.JOB}")
    old = [Training(path.parent) for path in jobs if time.time() - path.stat().st_mtime > _OLD]
    for training in sorted(old, key=lambda one: one.started):
        if _bytes_below(root) <= TRAINING_BYTES.value:
            return
        if not training.goes_on:
            training.delete()


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
