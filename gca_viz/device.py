"""Where the numbers are computed: CUDA, Apple's MPS, or the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import torch

from gca_viz.settings.server import DEVICE


@dataclass(frozen=True)
class Device:
    """A compute device as the user sees it.

    Attributes:
        name: torch's name, ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"cpu"``.
        label: what the device chip says, e.g. ``"CUDA · NVIDIA L4"``.
    """

    name: str
    label: str


def best_device() -> Device:
    """The device that ``GCA_VIZ_DEVICE`` names, if it is there; else the fastest: CUDA before MPS before CPU."""
    wanted = DEVICE.value
    return _device(wanted if wanted and _is_there(wanted) else next(filter(_is_there, ("cuda", "mps", "cpu"))))


def missing_device() -> dict[str, str]:
    """``GCA_VIZ_DEVICE`` → a sentence, if it names a device that is not there; else nothing."""
    wanted = DEVICE.value
    if not wanted or _is_there(wanted):
        return {}
    return {DEVICE.variable: f"{DEVICE.variable} is {wanted}, which is not there. Used: {best_device().label}."}


@contextmanager
def whole_convolutions() -> Iterator[None]:
    """Within it, convolutions on a GPU count in 24 bits and not in TF32's 11, which moves an embedding by 0.001."""
    global _whole, _before
    with _lock:
        if not _whole:
            _before, torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.allow_tf32, False
        _whole += 1
    try:
        yield
    finally:
        with _lock:
            _whole -= 1
            if not _whole:
                torch.backends.cudnn.allow_tf32 = _before


_lock, _whole, _before = Lock(), 0, True  # the setting is the process's: the last thread to leave restores it


def _is_there(name: str) -> bool:
    kind, _, number = name.partition(":")
    if kind == "cuda":
        return torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count()
    return kind == "cpu" or torch.backends.mps.is_available()


def _device(name: str) -> Device:
    if name.startswith("cuda"):
        properties = torch.cuda.get_device_properties(name)
        return Device(name, f"CUDA · {properties.name} · {properties.total_memory / 2**30:.0f} GB")
    if name == "mps":
        return Device("mps", "MPS · Apple GPU")
    threads = torch.get_num_threads()
    return Device("cpu", f"CPU · {threads} thread{'s' if threads > 1 else ''}")
