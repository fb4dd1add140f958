"""An accelerator to run on: one that is emulated on the CPU, and a GPU where the machine has one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor

from tests.accelerator import emulated


class Emulation:
    """Tensors that say they are on CUDA and keep their numbers on the CPU."""

    running = staticmethod(emulated.emulated)
    put = staticmethod(emulated.there)
    get = staticmethod(emulated.here)


class Cuda:
    """The first GPU of this machine."""

    @contextmanager
    def running(self) -> Iterator[list[str]]:
        """Within it, the lines on which the host waits for the device, known at its end."""
        waits: list[str] = []
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                yield waits
            finally:
                torch.cuda.set_sync_debug_mode("default")
                waits += [
                    f"{of.filename.rpartition('gca_viz/')[2]}:{of.lineno}"
                    for of in told
                    if "synchronizing" in str(of.message) and "gca_viz/" in of.filename
                ]

    def put(self, tensor: Tensor) -> Tensor:
        """The same numbers on the device."""
        return tensor.cuda()

    def get(self, tensor: Tensor) -> Tensor:
        """The same numbers on the CPU; they must have been on the device."""
        assert tensor.is_cuda, f"a result of shape {tuple(tensor.shape)} on {tensor.device}"
        return tensor.detach().cpu()


@pytest.fixture(params=["emulated", "cuda"])
def accelerator(request: pytest.FixtureRequest) -> Emulation | Cuda:
    if request.param == "emulated":
        return Emulation()
    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    return Cuda()
