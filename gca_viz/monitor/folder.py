"""The folder of a monitor: numbers and embeddings per look, whole at any moment, written while training goes on."""

from __future__ import annotations

import io
import json
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import numpy as np
from safetensors.numpy import save
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.files import atomic
from gca_viz.files.csv_cells import csv_line
from gca_viz.monitor.numbers import COLUMNS

ABOUT, METRICS, PROBE = "monitor.json", "metrics.csv", "probe.npz"
_VERSION = 1
#: looks that may wait for the disk; further ones are left out
_WAITING = 8
#: what must be the same when a run goes on in its folder
_SAME = ("method", "options", "samples", "probe")


def step_file(step: int) -> str:
    """The name of the embeddings of a step."""
    return f"step-{step:08d}.safetensors"


class MonitorFolder:
    """Where a monitor writes; all but :meth:`open` happens in a thread of its own, which ends when all is written.

    Args:
        path: of this run alone.
        failed: told what could not be written.
    """

    def __init__(self, path: Path, failed: Callable[[Exception], None]):
        self.path, self._failed = path, failed
        self._jobs: deque[Callable[[], None]] = deque()
        self._lock, self._thread = Lock(), None  # type: tuple[Lock, Thread | None]
        self._run = ""

    def open(self, about: Mapping[str, Any], known: Mapping[str, np.ndarray], step: int, *, resume: bool) -> None:
        """Take the folder, once; raises :class:`InputError` where it belongs to another run, and OSError.

        Args:
            about: what is looked at, and how.
            known: what is known of the samples.
            step: of the first look; of a run that goes on, rows from there on are forgotten.
            resume: whether the folder may hold the same run.
        """
        if self._run:
            return
        about = {"version": _VERSION, "run": secrets.token_hex(8), **about}
        self.path.mkdir(parents=True, exist_ok=True)
        if (self.path / ABOUT).exists():
            self._go_on(about, step, resume=resume)
        elif (self.path / METRICS).exists():
            raise _occupied(self.path, "of another program")
        else:
            try:  # of two that start at once, one is the first
                with (self.path / ABOUT).open("x", encoding="utf-8") as file:
                    file.write(json.dumps(about, indent=2))
            except FileExistsError as error:
                raise _occupied(self.path, "that has just begun") from error
            if known:
                buffer = io.BytesIO()
                np.savez_compressed(buffer, **known)  # type: ignore[arg-type]  # arrays by name
                atomic.write(self.path / PROBE, buffer.getvalue())
            atomic.write(self.path / METRICS, ",".join(COLUMNS) + "\n")
        self._run = str(about["run"])

    def keep(self, row: Mapping[str, Any], z1: Tensor | None, z2: Tensor | None) -> None:
        """Write a look as soon as the disk takes it; this returns at once.

        Args:
            row: column of the metrics → value.
            z1, z2: (N, d) on the CPU, which nobody changes; None where they are not kept.

        Raises:
            InputError: the disk is so slow that many looks wait.
        """
        with self._lock:
            if len(self._jobs) >= _WAITING:
                raise InputError(
                    f"a disk that has not yet written the last {_WAITING} looks",
                    "training does not wait for it, and this look is left out",
                    "Look less often (every=…), or write to a faster disk",
                )
            self._jobs.append(lambda: self._write(row, z1, z2))
            if self._thread is None:
                # No daemon: what was asked for is written before the program ends.
                self._thread = Thread(target=self._work, name="gca-viz-monitor", daemon=False)
                self._thread.start()

    def wait(self) -> None:
        """Until all is written."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._thread = None
                    return
                job = self._jobs.popleft()
            try:
                job()
            except Exception as error:
                self._failed(error)

    def _write(self, row: Mapping[str, Any], z1: Tensor | None, z2: Tensor | None) -> None:
        if self._owner() != self._run:
            raise _occupied(self.path, "that has taken it over")
        if z1 is not None and z2 is not None:
            about = {name: str(row[name]) for name in ("step", "epoch") if row.get(name) is not None}
            content = save({"z1": np.ascontiguousarray(z1.numpy()), "z2": np.ascontiguousarray(z2.numpy())}, about)
            atomic.write(self.path / step_file(int(row["step"])), content)
        line = csv_line((row.get(name) for name in COLUMNS), number="%.6g")
        with (self.path / METRICS).open("r+b") as file:
            end = file.seek(0, io.SEEK_END)
            try:
                file.write(line.encode())
                file.flush()
            except OSError:
                file.truncate(end)  # half a line would be a wrong one
                raise

    def _owner(self) -> str:
        """Whose folder it is now."""
        try:
            return str(json.loads((self.path / ABOUT).read_text("utf-8"))["run"])
        except (FileNotFoundError, ValueError, KeyError) as error:
            raise InputError(
                f"the folder {self.path}, which has lost its {ABOUT}",
                "a monitor writes to a folder of its own",
                "Leave the folder alone while training goes on",
                parameter="to",
            ) from error

    def _go_on(self, about: Mapping[str, Any], step: int, *, resume: bool) -> None:
        """Go on with a run in its folder."""
        if not resume:
            raise _occupied(self.path, "already")
        before = json.loads((self.path / ABOUT).read_text("utf-8"))
        changed = [name for name in _SAME if before.get(name) != json.loads(json.dumps(about[name]))]
        if changed:
            raise InputError(
                f"the folder {self.path} of a run with other {' and '.join(changed)}",
                "a run goes on with the probe and the method that it began with",
                "Name another folder",
                parameter="to",
            )
        lines = (self.path / METRICS).read_text("utf-8").splitlines()
        rows = [line for line in lines[1:] if line.partition(",")[0].isdecimal()]
        kept = [line for line in rows if int(line.partition(",")[0]) < step]
        atomic.write(self.path / METRICS, "\n".join([",".join(COLUMNS), *kept]) + "\n")
        atomic.write(self.path / ABOUT, json.dumps(about, indent=2))


def _occupied(path: Path, when: str) -> InputError:
    return InputError(
        f"the folder {path}, which holds a run {when}",
        "a run is not written over",
        "Name another folder, or go on in its own with resume=True",
        parameter="to",
    )
