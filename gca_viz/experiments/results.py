"""Results of tasks in a folder, by what they were computed from: the same command goes on where it was stopped."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pandas as pd

from gca_viz.errors import InputError, why
from gca_viz.experiments.executor import Executor, tell_part
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.tasks import ERROR, Done, Task, program_id, without_uploads
from gca_viz.files import atomic
from gca_viz.files.strict_json import strict_json
from gca_viz.progress import ReportProgress

_MANIFEST, _PROGRESS, _PARTS, _LOCK = "manifest.json", "progress.json", "parts", ".lock"
#: how the names of folders begin that lie beside the results only while these are computed
SCRATCH = "images-"
_FORMAT = 1
_ABOUT = b"gca-viz"
_EVERY = 1.0  # seconds between two tales of progress


class ResultStore:
    """A folder of results that one process writes: ``parts/<key>.parquet``, ``manifest.json``, ``progress.json``.

    A part is there whole or not at all. ``manifest.json`` says the recipe, the program and the parts that belong to
    the last command; ``progress.json`` how far that is, once a second.

    Args:
        folder: a new one, or one that an earlier command with the same recipe made.
        recipe: what is computed.
        device: the kind of device that computes it.

    Raises:
        InputError: a folder with something else in it, with the results of another recipe, of another program or
            of another kind of device.
    """

    #: how the name of a part ends
    ending = ".parquet"

    def __init__(self, folder: Path, *, recipe: Recipe, device: str = "cpu"):
        self.folder = folder
        self._identity = {
            "format": _FORMAT,
            "recipe": json.loads(without_uploads(recipe.to_json())),
            "program": program_id(),
            "device": device,
        }
        self._told, self._last = 0.0, dict[str, Any]()
        self._check()

    def find(self, task: Task) -> Done | None:
        """What became of a task, if it is there and can be read."""
        return self._read_part(self.part(task), task)

    def put(self, done: Done) -> None:
        """Keep what became of a task, on the disk itself before this returns; what was lost is not kept.

        Raises:
            InputError: a full disk, or a folder that can no longer be written.
        """
        if done.lost:
            return
        with self.told(), atomic.written(self.part(done.task)) as (part,), open(part, "wb") as file:
            self._write_part(done, file)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def writing(self, tasks: Sequence[Task]) -> Iterator[None]:
        """Within it, these tasks are what belongs to the folder, and nobody else writes it.

        Raises:
            InputError: a folder that cannot be written, or that another process writes.
        """
        with self.told():
            (self.folder / _PARTS).mkdir(parents=True, exist_ok=True)
            lock = open(self.folder / _LOCK, "a")  # noqa: SIM115  # closed below
        with lock:
            _take(lock, self.folder)
            self._check()  # somebody may have been faster
            with self.told():
                for left in (self.folder / _PARTS).glob(f".*{atomic.PART}"):
                    left.unlink(missing_ok=True)
                names = [name for name, _ in tasks[0].places[0]] if tasks else []
                keys = list(dict.fromkeys(task.key for task in tasks))
                self._write(_MANIFEST, {**self._identity, "columns": names, "parts": keys})
            state = "stopped"
            try:
                yield
                state = "done"
            finally:
                with suppress(OSError):  # what is finished is there, whatever can be told of it
                    self._write(_PROGRESS, self._last | {"state": state})

    def tell(self, share: float, what: str) -> None:
        """Write down how far it is, at most once a second."""
        self._last = {"state": "running", "share": share, "what": what, "at": time.time()}
        if time.monotonic() - self._told > _EVERY:
            self._told = time.monotonic()
            with suppress(OSError):
                self._write(_PROGRESS, self._last)

    def table(self) -> pd.DataFrame:
        """All rows of the last command that are there, in the order of its tasks; ``error`` is why one is empty."""
        try:
            manifest = json.loads((self.folder / _MANIFEST).read_text("utf-8"))
        except OSError:
            return pd.DataFrame()
        paths = [self.folder / _PARTS / f"{key}.parquet" for key in manifest["parts"]]
        frames = [pd.read_parquet(path) for path in paths if path.exists()]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def part(self, task: Task) -> Path:
        """Where the result of a task is kept."""
        return self.folder / _PARTS / f"{task.key}{self.ending}"

    @contextmanager
    def told(self) -> Iterator[None]:
        """Within it, a folder that cannot be written is a mistake with its sentence."""
        try:
            yield
        except OSError as error:
            raise InputError(
                f"the folder {self.folder}, which cannot be written ({why(error)})",
                "results need a folder that can be written, and room; what was finished stays",
                "Make room and give the same command, or name another folder with --results",
                parameter="results",
            ) from error

    def _read_part(self, path: Path, task: Task) -> Done | None:
        import pyarrow as pa
        import pyarrow.parquet as parquet

        try:
            found = parquet.read_table(path, memory_map=False)
            about = json.loads(found.schema.metadata[_ABOUT])
            rows = found.select([*task.readings, ERROR]).to_pylist()
        except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
            return None  # not there, or what a full disk or a lost machine left
        if len(rows) != len(task.places):
            return None
        outcomes = (row[ERROR] or tuple(row[name] for name in task.readings) for row in rows)
        return Done(task, tuple(outcomes), about["seconds"], about["worker"])

    def _write_part(self, done: Done, file: IO[bytes]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as parquet

        rows, numbers = done.rows, done.task.readings
        kinds = {name: pa.float64() for name in numbers} | {ERROR: pa.string()}
        columns = {name: pa.array([row[name] for row in rows], kinds.get(name)) for name in rows[0]}
        about = {_ABOUT: json.dumps({"seconds": done.seconds, "worker": done.worker})}
        parquet.write_table(pa.table(columns).replace_schema_metadata(about), file)

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        atomic.write(self.folder / name, strict_json(values, indent=2) + "\n")

    def _check(self) -> None:
        """Raise :class:`InputError` where the folder holds what is not ours."""
        manifest = manifest_of(self.folder)
        if manifest is None:
            return
        for what, words in (("recipe", _recipes_differ), ("program", _as_it_is), ("device", _as_it_is)):
            theirs: Any = manifest.get(what)
            if theirs != self._identity[what]:
                raise InputError(
                    f"the folder {self.folder}, whose results are of another {what}"
                    f"{words(theirs, self._identity[what])}",
                    "results of one folder belong together",
                    "Name another folder with --results, or remove this one",
                    parameter="results",
                )


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """What a folder of results says of itself; None of one that is not there, or empty.

    Raises:
        InputError: a folder that cannot be read, or holds something else.
    """
    try:
        there = {path.name for path in folder.iterdir()} if folder.exists() else set()
        if _MANIFEST in there:
            manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text("utf-8"))
            if manifest["format"] != _FORMAT:
                raise ValueError(f"format {manifest['format']}")
            return manifest
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _refused(f"the folder {folder}, which cannot be read ({why(error)})") from error
    if {name for name in there if not name.startswith(SCRATCH)} - {_PARTS, _LOCK, _PROGRESS}:
        raise _refused(f"the folder {folder}, which holds something else")
    return None


def completed(
    tasks: Sequence[Task], executor: Executor, store: ResultStore | None, progress: ReportProgress
) -> Generator[Done, None, None]:
    """What became of tasks: first what is there, then the others as they are computed, each kept as it comes.

    Args:
        tasks: what is wanted.
        executor: who computes what is not there.
        store: where results are kept, if anywhere.
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: a folder that cannot be written.
    """
    if store is None:
        yield from executor.run(tasks, progress=progress)
        return
    with store.writing(tasks):
        missing, there = [], 0
        for task in tasks:
            found = store.find(task)
            if found is None:
                missing.append(task)
            else:
                there += len(task.places)
                yield found
        share = there / max(1, sum(len(task.places) for task in tasks))

        def tell(part: float, what: str) -> None:
            store.tell(share + (1 - share) * part, what)
            tell_part(progress, share, 1 - share, part, what)

        tell(0.0, "Reading what is there")
        for done in executor.run(missing, progress=tell):
            store.put(done)
            yield done
        tell(1.0, "Done")


def remaining(tasks: Iterable[Task], store: ResultStore | None) -> tuple[list[Task], float | None]:
    """The tasks whose results are not there, and the mean seconds of a place among those that are."""
    missing, seconds, places = [], 0.0, 0
    for task in tasks:
        found = None if store is None else store.find(task)
        if found is None:
            missing.append(task)
        else:
            seconds, places = seconds + found.seconds, places + len(task.places)
    return missing, seconds / places if places else None


def _take(lock: IO[str], folder: Path) -> None:
    """Hold a file until it is closed, or this process ends; raises :class:`InputError` where another does."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(
            f"the folder {folder}, which another process writes",
            "one at a time writes a folder",
            "Wait until it is done, or name another folder with --results",
            parameter="results",
        ) from error


def _refused(got: str) -> InputError:
    allowed = "results go into a new folder, or into one that the same command made"
    return InputError(got, allowed, "Name another folder with --results", parameter="results")


def _recipes_differ(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    names = [name for name in ours if theirs.get(name) != ours[name]]
    return f" ({', '.join(f'{name} {theirs.get(name)} → {ours[name]}' for name in names)})"


def _as_it_is(theirs: Any, ours: Any) -> str:
    return f" ({theirs} → {ours})" if len(str(ours)) < 10 else ""
