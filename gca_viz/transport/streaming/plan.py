"""What is kept of a plan too large to hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.diagnostics import Diagnosed, Diagnostics
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.streaming.kernel import CosineKernel, Scaling, log_cells
from gca_viz.transport.streaming.reading import Reading


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class StreamedPlan(Reading, Diagnosed):
    """A plan of which rows, columns, blocks and best partners are known, but not all cells; carries no gradient.

    Attributes:
        method: name of the method.
        epsilon: temperature, a number or one per row.
        log_u, log_v: (N,) log-scalings of rows and of columns; −∞ where the marginal is zero.
        f, g: (N,) the same times ε: potentials in units of the cost.
        loss_per_row: (N,) divergence of each row, which counts μ times; 0 for a row whose marginal is zero.
        loss: () its sum per unit of mass that the rows should send: the mean where μ = 1.
        diagnostics: how the plan was computed.
        pairing: whose partner is who.
        cosine_kernel, scalings: the plan is the mean of ``u_i K_ij v_j`` over the scalings.
    """

    method: str
    epsilon: float | Tensor
    log_u: Tensor
    log_v: Tensor
    f: Tensor
    g: Tensor
    loss_per_row: Tensor
    loss: Tensor
    diagnostics: Diagnostics
    pairing: Pairing
    cosine_kernel: CosineKernel
    scalings: Sequence[Scaling]

    def __repr__(self) -> str:
        size = len(self.row_mass)
        return (
            f"StreamedPlan({self.method}, {size} × {size}, mass {float(self.mass):.4g}, loss "
            f"{float(self.loss):.4g}, {self.stop_reason} after {self.half_steps} half steps, marginal "
            f"error {self.marginal_error:.1e})"
        )

    def rows(self, start: int, stop: int) -> Tensor:
        """(stop − start, N) mass from rows ``start`` … ``stop − 1`` to each column, computed anew.

        Raises:
            InputError: no such rows.
        """
        size = len(self.row_mass)
        if not 0 <= start < stop <= size:
            raise InputError(
                f"rows {start} to {stop}",
                f"0 ≤ start < stop ≤ {size}, the number of rows",
                "Ask for rows of the plan, e.g. rows(0, 1) for the first",
            )
        with torch.autocast(self.row_mass.device.type, enabled=False):
            parts = [log_cells(self.cosine_kernel, slice(start, stop), part).exp_() for part in self.scalings]
        return sum(parts[1:], parts[0]) / len(parts)
