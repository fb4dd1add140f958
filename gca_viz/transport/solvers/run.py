"""The states of plain iterations, and whether they are quick enough to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from torch import Tensor

#: full iterations beyond which a faster regime is worth its start
PATIENCE = 25


@dataclass(eq=False)
class Run:
    """The states of plain iterations, as the kernel writes scalings.

    Attributes:
        u, v: scalings of the rows and of the columns; entry k after k full iterations.
        row_sums, column_sums: ``K v`` and ``Kᵀ u`` of each update, and of the pass that only measured.
        start_column_sums: ``Kᵀ 1``, where somebody asked for it.
        half_steps: half steps taken.
        marginal_error: share of the mass in the wrong place at the end, on the marginal not just set; the other is
            exact.
        converged: whether it is within tolerance.
        slow: whether the iterations were given up because many more would be needed.
    """

    u: list[Tensor]
    v: list[Tensor]
    row_sums: list[Tensor] = field(default_factory=list)
    column_sums: list[Tensor] = field(default_factory=list)
    start_column_sums: Tensor | None = None
    half_steps: int = 0
    marginal_error: float = math.inf
    converged: bool = False
    slow: bool = False


class Pace:
    """Predicts from the decay of the marginal error whether plain iterations are slow."""

    def __init__(self, tol: float):
        self.tol = max(tol, 1e-16)
        self.errors: list[float] = []

    def slow(self, error: float, iterations: int) -> bool:
        """Note a marginal error, ``iterations`` after the one before; whether too many more would be needed."""
        self.errors.append(error)
        if len(self.errors) < 4:
            return False
        decay = math.log(max(error, 1e-300) / self.errors[-3]) / (2 * iterations)
        return decay >= 0 or math.log(self.tol / error) / decay > PATIENCE
