"""An accelerator to run on: a GPU where the machine has one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor


class Cuda:
    """The first GPU of this machine."""

    @contextmanager
    def running(self) -> Iterator[list[str]]:
        """Within it, the lines on which the host waits for the device."""
        waits: list[str] = []
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                yield waits
            finally:
                torch.cuda.set_sync_debug_mode("default")
                waits += [f"{w.filename}:{w.lineno}" for w in told if "synchroniz" in str(w.message)]

    def put(self, tensor: Tensor) -> Tensor:
        """The same numbers on the device."""
        return tensor.cuda()

    def get(self, tensor: Tensor) -> Tensor:
        """The same numbers on the CPU; they must have been on the device."""
        assert tensor.is_cuda, f"a result of shape {tuple(tensor.shape)} on {tensor.device}"
        return tensor.detach().cpu()


@pytest.fixture
def accelerator() -> Cuda:
    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    return Cuda()
