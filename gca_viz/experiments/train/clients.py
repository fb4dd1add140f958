"""Networks of clients that train apart from one start, and their average."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from gca_viz.experiments.train.course import Part


class Clients:
    """The weights of several clients in turns in the same modules.

    Args:
        modules: what learns first, then what follows it.
        parts: the images of each client; a client counts as much as it has images.
    """

    def __init__(self, modules: Sequence[nn.Module], parts: Sequence[Part]):
        self._learns = modules[0]
        # Tensors of a state share their memory with the modules, which are only ever changed in place.
        self._tensors = [tensor for module in modules for tensor in module.state_dict().values()]
        sizes = [len(part.rows) for part in parts]
        self._weights = [size / sum(sizes) for size in sizes]
        self._start: list[Tensor] = []
        self._found: list[list[Tensor]] = []

    def begin(self) -> None:
        """A round: all start from here."""
        self._start, self._found = self._copied(), []

    def next(self) -> None:
        """The next client starts."""
        self._put(self._start)

    def come_back(self) -> None:
        """A client has trained."""
        self._found.append(self._copied())

    def visited(self) -> Iterator[Tensor]:
        """Each client's parameters in one vector, while the modules are that client's."""
        for found in self._found:
            self._put(found)
            yield self._vector()

    def average(self) -> Tensor:
        """Put the mean into the modules, of statistics too; its parameters in one vector."""
        self._put([_mean(tensors, self._weights) for tensors in zip(*self._found, strict=True)])
        self._found = []
        return self._vector()

    def _vector(self) -> Tensor:
        return torch.cat([weight.detach().flatten() for weight in self._learns.parameters()])

    def _copied(self) -> list[Tensor]:
        return [tensor.detach().clone() for tensor in self._tensors]

    @torch.no_grad()
    def _put(self, tensors: Sequence[Tensor]) -> None:
        for own, given in zip(self._tensors, tensors, strict=True):
            own.copy_(given)


def _mean(tensors: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """The weighted mean; of numbers of batches, which are whole, the largest."""
    if not tensors[0].is_floating_point():
        return torch.stack(list(tensors)).amax(0)
    found = weights[0] * tensors[0]
    for weight, tensor in zip(weights[1:], tensors[1:], strict=True):
        found = found + weight * tensor
    return found
