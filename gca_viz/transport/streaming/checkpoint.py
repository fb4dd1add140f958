"""Where the iterations of a streamed plan are, in a file: the same call goes on from there."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gca_viz.errors import InputError, why
from gca_viz.files import atomic
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.streaming.kernel import CosineKernel
from gca_viz.transport.streaming.sinkhorn import State, StreamedProblem

#: seconds between two writings at least; passes that take longer are written one by one
_PAUSE = 30.0
#: bytes that a file may have beside its potentials
_AROUND = 2**16


class Checkpoint:
    """The states of some runs, written while they go on: within ``with``, what was not written yet is at the end.

    Args:
        path: the file, or None for none.
        problem: what the file is of, as :func:`problem_id` names it.
        like: a potential: its size, number format and device.

    Attributes:
        states: where each run is that has begun.
        passes: over the kernel, that led there.
        writes: whether this process does; of several that have the same states, one does.

    Raises:
        InputError: no folder to write to, or a file that is none, or another problem's.
    """

    def __init__(self, path: str | os.PathLike[str] | None, problem: str, like: Tensor):
        self.path, self.problem = None if path is None else Path(path).expanduser(), problem
        self.states: list[State] = []
        self.passes = 0
        self.writes = True
        self._written, self._due = True, monotonic() + _PAUSE
        if self.path is not None:
            if not self.path.parent.is_dir():
                raise _unusable(self.path, "its folder is not there", "Make the folder, or name another file")
            if self.path.exists():
                self.states, self.passes = self._read(self.path, like)

    def of(self, number: int) -> State | None:
        """Where a run is, if it has begun."""
        return self.states[number] if number < len(self.states) else None

    def keep(self, number: int, state: State, passes: int) -> None:
        """Remember where a run is, and write it if the last time is long ago."""
        self.states[number:], self.passes = [state], passes
        self._written = False
        if monotonic() >= self._due:
            self._write()

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._written:
            self._write()

    def _write(self) -> None:
        if self.path is None or not self.writes:
            return
        arrays: dict[str, Any] = {"problem": self.problem, "passes": self.passes}
        for number, state in enumerate(self.states):
            arrays |= {
                f"log_u_{number}": state.log_u.cpu().numpy(),
                f"log_v_{number}": state.log_v.cpu().numpy(),
                f"numbers_{number}": np.array([getattr(state, name) for name in _NUMBERS], np.float64),
                f"stop_reason_{number}": state.stop_reason,
            }
        try:
            with atomic.written(self.path) as (part,), part.open("wb") as file:
                np.savez(file, **arrays)
        except OSError as error:
            raise _unusable(self.path, why(error), "Free some space, or name another file") from error
        self._written, self._due = True, monotonic() + _PAUSE

    def _read(self, path: Path, like: Tensor) -> tuple[list[State], int]:
        try:
            arrays = _arrays(path, most=4 * like.nbytes + _AROUND)
            if str(arrays["problem"]) == self.problem:
                states = [_state(arrays, number, like) for number in range((len(arrays) - 2) // 4)]
                return states, int(arrays["passes"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise _unusable(
                path, f"it could not be read ({why(error)})", "Remove it, or name another file"
            ) from error
        raise _unusable(
            path,
            "it belongs to other embeddings or settings",
            "Name another file, or call with what it was written with",
        )


#: of a state that are no potentials
_NUMBERS = ("half_steps", "column_marginal_error", "lowest", "idle")


def _state(arrays: dict[str, np.ndarray], number: int, like: Tensor) -> State:
    log_u, log_v = (torch.from_numpy(arrays[f"log_{name}_{number}"]) for name in ("u", "v"))
    if not log_u.shape == log_v.shape == like.shape or not log_u.dtype == log_v.dtype == like.dtype:
        raise ValueError("its potentials are of another size")
    half_steps, error, lowest, idle = map(float, arrays[f"numbers_{number}"])
    reason = str(arrays[f"stop_reason_{number}"])
    return State(log_u.to(like.device), log_v.to(like.device), int(half_steps), error, lowest, int(idle), reason)


def _arrays(path: Path, most: int) -> dict[str, np.ndarray]:
    """What is in the file; nothing is unpickled, and nothing unpacked."""
    if path.stat().st_size > most:
        raise ValueError("it is too large for this problem")
    with zipfile.ZipFile(path) as archive:
        if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
            raise ValueError("it is packed")
    with np.load(path, allow_pickle=False) as found:
        return dict(found)


def problem_id(
    kernel: CosineKernel, problems: Iterable[StreamedProblem], start: Tensor | None, settings: Sequence[object]
) -> str:
    """A name for what is iterated: equal for equal kernels, marginals and settings."""
    digest = hashlib.sha256(repr([kernel.joint, kernel.log_weight, *settings]).encode())

    def add(values: Tensor | float | None) -> None:
        if isinstance(values, Tensor):
            digest.update(f"{values.dtype}{tuple(values.shape)}".encode())
            digest.update(np.ascontiguousarray(values.cpu().numpy()).reshape(-1).view(np.uint8).data)
        else:
            digest.update(repr(values).encode())

    def add_marginal(marginal: Marginal) -> None:
        add(marginal.masses)
        add(marginal.tau)

    add(kernel.rows)
    add(kernel.columns)
    add(start)
    for problem in problems:
        add_marginal(problem.rows)
        add_marginal(problem.columns)
    return digest.hexdigest()


def _unusable(path: Path, reason: str, remedy: str) -> InputError:
    return InputError(
        f"the checkpoint {path}, which cannot be used: {reason}",
        "a checkpoint is a file that the same call wrote, or one that is not there yet",
        remedy,
        parameter="checkpoint",
    )
