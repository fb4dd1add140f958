"""What a streamed plan is of, checked: embeddings, method and marginals, before anything large is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.method import Method
from gca_viz.transport.methods import find_method, settings_of
from gca_viz.transport.parameters import ITERATIONS, TOLERANCE
from gca_viz.transport.plans.divergence import Divergence
from gca_viz.transport.problem.convert import as_vector
from gca_viz.transport.problem.cost import as_embeddings, unit_rows
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.precision import of_cosines
from gca_viz.transport.streaming.kernel import CosineKernel
from gca_viz.transport.streaming.parameters import MEMORY, streamable
from gca_viz.transport.streaming.sinkhorn import StreamedProblem


@dataclass(frozen=True, eq=False)
class Prepared:
    """A streamed plan that is asked for.

    Attributes:
        method, divergence: what is aligned how; the divergence with its settings.
        z1, z2: (N, d) the two views, in the number format of the plan.
        pairing: whose partner is who.
        problems: one per plan whose mean is asked for, without their common kernel.
        iterations, tol: bound on full iterations, and share of the mass that may be in the wrong place.
    """

    method: Method
    divergence: Divergence
    z1: Tensor
    z2: Tensor
    pairing: Pairing
    problems: list[StreamedProblem]
    iterations: float
    tol: float

    @classmethod
    def of(cls, z1: Any, z2: Any, method: str, given: Mapping[str, Any]) -> Prepared:
        """From what :func:`~gca_viz.transport.align_streamed` was given.

        Raises:
            InputError: as there.
        """
        composed = find_method(method).composed(given.get("kernel"), given.get("cost"), given.get("hold"))
        chosen = streamable(composed, given.get("target"))
        settings = settings_of(chosen, given)
        tol, iterations = TOLERANCE.check(given["tol"]), given["iterations"]
        iterations = ITERATIONS.check(ITERATIONS.default if iterations is None else iterations)
        z1, z2 = as_embeddings(z1, z2)
        pairing = Pairing.of(chosen.choose_layout(given.get("layout")), len(z1), given.get("partner"), z1.device)

        def problems_of(like: Tensor) -> list[StreamedProblem]:
            marginals = pairing.spread_marginals(given.get("mu"), given.get("nu"), like=like)
            size, joint = len(pairing.partner), pairing.layout == "joint"
            pairs = chosen.penalties(settings)
            return [
                StreamedProblem.of(size, given["epsilon"], *pair, *marginals, like=like, joint=joint)
                for pair in pairs
            ]

        problems = problems_of(z1)
        finer = of_cosines(z1, problems[0].epsilon)
        if finer != z1.dtype:
            z1, z2 = z1.to(finer), z2.to(finer)
            problems = problems_of(z1)
        divergence = chosen.make_divergence(settings)
        return cls(chosen, divergence, z1, z2, pairing, problems, iterations, tol)

    @property
    def size(self) -> int:
        """Rows and columns of the plan."""
        return len(self.pairing.partner)

    @property
    def joint(self) -> bool:
        """Whether both views are on both sides."""
        return self.pairing.layout == "joint"

    @property
    def limits(self) -> list[float]:
        """Half steps within which each plan is reached."""
        return [problem.limit(self.iterations, self.divergence.read_after) for problem in self.problems]

    def kernel(self, log_weight: float = 0.0) -> CosineKernel:
        """The kernel of its embeddings; ``log_weight`` as there."""
        z = unit_rows(torch.cat([self.z1, self.z2]) if self.joint else self.z1)
        columns = z if self.joint else unit_rows(self.z2)
        return CosineKernel.of(z, columns, self.problems[0].epsilon, self.joint, log_weight)

    def codes(self, values: Any, name: str) -> tuple[Tensor, Tensor]:
        """(N,), (N,) groups of rows and of columns, counted from 0 so that the plan's number format holds them."""
        spread = torch.cat(self.pairing.spread(values, name))
        codes = torch.unique(spread, return_inverse=True)[1].to(self.z1.dtype)
        rows, columns = codes.tensor_split(2)
        return rows, columns

    def room(self, memory: float, top: int, overview: int) -> float:
        """Bytes that are left for tiles.

        Raises:
            InputError: so little memory that no three rows of the plan have room.
        """
        number, dimensions, size = self.z1.element_size(), self.z1.shape[1] + 1, self.size
        # Embeddings while they are normalised, vectors of the size of a potential, and what the plan keeps.
        taken = size * (number * (6 * dimensions + 32) + top * (number + 8)) + number * overview**2
        least = taken + 3 * size * number
        if MEMORY.check(memory) * 2**20 < least:
            raise InputError(
                f"memory = {memory:g} for {size} rows of {self.z1.shape[1]} dimensions",
                f"embeddings, results and three rows of the plan take {least / 2**20:.3g} MiB",
                "Allow more memory, or align fewer samples",
                parameter="memory",
            )
        return memory * 2**20 - taken

    def start(self, log_v: Any) -> Tensor | None:
        """The (N,) log v to go on from, in the format of the plan; None for none.

        Raises:
            InputError: a method without iterations, another number of columns, or a column with mass without one.
        """
        if log_v is None:
            return None
        if any(problem.rows.free or problem.columns.free for problem in self.problems):
            raise InputError(
                f"start for method {self.method.name!r}",
                "only iterations, which hold rows and columns, can go on from somewhere",
                "Leave start out",
                parameter="start",
            )
        start = as_vector(log_v, "start").detach().to(self.z1)
        if start.shape != (self.size,):
            raise InputError(
                f"start of shape {tuple(start.shape)}",
                f"it has a number for each of the {self.size} columns",
                "Give log_v of a plan of the same batch and layout",
                parameter="start",
            )
        masses = self.problems[0].columns.masses
        bad = (masses > 0) & ~torch.isfinite(start)
        if bad.any():
            raise InputError(
                f"start[{int(bad.nonzero()[0, 0])}] = {float(start[bad][0])}",
                "log v of a column with mass is a finite number",
                "Give log_v of a plan with the same marginals",
                parameter="start",
            )
        return start
