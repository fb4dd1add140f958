"""Sinkhorn's iterations for many temperatures and penalties at once: one product of matrices per half step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product

import torch
from torch import Tensor

from gca_viz.progress import ReportProgress
from gca_viz.transport.memory import empty
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.solver import solve
from gca_viz.transport.sweeps.plan_batch import Batch, PlanBatch

#: share of the range of exponents that |C|/ε may take up: the rest is for products of kernel and scalings
_RANGE = 0.7
#: iterations between two looks at the marginal errors; on a GPU each look waits for the device
_CHECK = 8
#: plain iterations towards the limit, after which the plans that have not reached it are finished one by one
_TOWARDS_LIMIT = 200
#: plans solved together: with more, products of matrices get no faster, and first results come later
_TOGETHER = 128
#: plans per result where they are solved one by one
_ALONE = 16
#: tensors held at a time, of the size of the kernel for each temperature (3, and as many that the allocator keeps),
#: and of the size of a potential for each plan
_KERNELS, _POTENTIALS = 6, 12

Penalties = tuple[float, float]


@dataclass(frozen=True)
class GridSolver:
    """Solves a grid of temperatures and pairs of penalties on one batch, and reads numbers from its plans.

    Attributes:
        batch: what the plans share.
        names: what is read, in ``READINGS``.
        iterations: bound on full iterations; ∞ for the limit.
        tol: stop earlier at this marginal error.
        room: bytes beside the cost matrix.
    """

    batch: Batch
    names: tuple[str, ...]
    iterations: float
    tol: float
    room: float

    def groups(
        self, epsilons: Sequence[float], pairs: Sequence[Penalties], progress: ReportProgress
    ) -> Iterator[dict[str, Tensor]]:
        """Name → numbers of the next grid points, group after group, in row-major order over ε × pairs.

        Beside what is read there are ``residual``, ``converged`` and ``half_steps``.
        """
        total, done = len(epsilons) * len(pairs), 0

        def tick(more: float) -> None:
            progress((done + more) / total, f"Solving {total} plans")

        tick(0)
        for some_epsilons, some_pairs, dtype in self._split(epsilons, pairs):
            with torch.autocast(self.batch.cost.device.type, enabled=False):
                numbers = self._solve(some_epsilons, some_pairs, dtype, tick)
            done += len(some_epsilons) * len(some_pairs)
            tick(0)
            yield numbers

    def _split(
        self, epsilons: Sequence[float], pairs: Sequence[Penalties]
    ) -> Iterator[tuple[Sequence[float], Sequence[Penalties], torch.dtype | None]]:
        """Temperatures and pairs to solve together, and their number format, in the order of the grid."""
        size = len(self.batch.cost)
        for dtype, run in groupby(epsilons, lambda epsilon: fitting_dtype(self.batch, epsilon)):
            group, most = tuple(run), _ALONE if dtype is None else _TOGETHER
            number = (dtype or self.batch.cost.dtype).itemsize
            kernel, plan = _KERNELS * number * size**2, _POTENTIALS * number * size
            width = _within((self.room - kernel) // plan, min(most, len(pairs)))
            depth = _within(self.room // (kernel + width * plan), most // width if width == len(pairs) else 1)
            for e, p in product(range(0, len(group), depth), range(0, len(pairs), width)):
                yield group[e : e + depth], pairs[p : p + width], dtype

    def _solve(
        self,
        epsilons: Sequence[float],
        pairs: Sequence[Penalties],
        dtype: torch.dtype | None,
        tick: Callable[[float], None],
    ) -> dict[str, Tensor]:
        points = tuple(product(epsilons, pairs))
        numbers: dict[str, Tensor]
        remaining: list[int]
        if dtype is None:
            numbers, remaining, together = {}, list(range(len(points))), 0.0
        else:
            together = len(points) / 2  # as progress goes; the other half is for those that remain
            numbers = self._together(epsilons, pairs, dtype, lambda share: tick(together * share))
            again = torch.isnan(numbers["residual"])
            if math.isinf(self.iterations):
                again |= ~numbers["converged"]
            remaining = again.nonzero().flatten().tolist()
        for count, point in enumerate(remaining, 1):
            for name, number in self._alone(*points[point]).items():
                numbers.setdefault(name, number.new_zeros(len(points)))[point] = number
            tick(together + (len(points) - together) * count / len(remaining))
        return numbers

    def _together(
        self,
        epsilons: Sequence[float],
        pairs: Sequence[Penalties],
        dtype: torch.dtype,
        tick: Callable[[float], None],
    ) -> dict[str, Tensor]:
        iterations = _TOWARDS_LIMIT if math.isinf(self.iterations) else int(self.iterations)
        plans, half_steps = solve_together(
            self.batch, epsilons, pairs, dtype=dtype, iterations=iterations, tol=self.tol, tick=tick
        )
        return self._read(plans, plans.marginal_error <= self.tol, half_steps)

    def _alone(self, epsilon: float, penalties: Penalties) -> dict[str, Tensor]:
        batch = self.batch
        problem = Problem(batch.cost, epsilon, *penalties, batch.mu, batch.nu)
        plan = solve(problem, iterations=self.iterations, tol=self.tol, trace=False)
        return self._read(PlanBatch.of(batch, plan), torch.tensor(plan.converged), torch.tensor(plan.half_steps))

    def _read(self, plans: PlanBatch, converged: Tensor, half_steps: Tensor) -> dict[str, Tensor]:
        names = (*self.names, "residual")
        # All at once: an accelerator is waited for with each number that comes from it.
        read = torch.stack([getattr(plans, name).to(self.batch.cost).flatten() for name in names]).cpu()
        numbers = dict(zip(names, read, strict=True))
        return numbers | {"converged": converged.cpu().flatten(), "half_steps": half_steps.cpu().flatten()}


def fitting_dtype(batch: Batch, epsilon: float) -> torch.dtype | None:
    """The number format, the batch's own or else float64, that holds ``exp(−C/ε)`` and its scalings; or None."""
    for dtype in (batch.cost.dtype, torch.float64):
        supported = dtype != torch.float64 or batch.cost.device.type != "mps"
        if supported and batch.largest_cost / epsilon <= -_RANGE * math.log(torch.finfo(dtype).tiny):
            return dtype
    return None


def solve_together(
    batch: Batch,
    epsilons: Sequence[float],
    pairs: Sequence[Penalties],
    *,
    dtype: torch.dtype,
    iterations: int,
    tol: float,
    tick: Callable[[float], None],
) -> tuple[PlanBatch, Tensor]:
    """Plain iterations for every ε (E) and every pair of penalties (λ₁, λ₂) (L).

    All stop together, where each marginal error is at most ``tol``. A plan whose numbers left the range of
    ``dtype`` has the marginal error NaN.

    Args:
        dtype: see :func:`fitting_dtype`.
        tick: called now and then with the share of the iterations taken.

    Returns:
        The plans, and the (E, L) half steps of each, those that change nothing left out.
    """
    cost, mu, nu = (tensor.to(dtype) for tensor in (batch.cost, batch.mu, batch.nu))
    shape = len(epsilons), *cost.shape
    log_kernel = torch.div(cost, -cost.new_tensor(epsilons)[:, None, None], out=empty(shape, cost))
    kernel = torch.exp(log_kernel, out=empty(shape, cost))
    lambda1, lambda2 = zip(*pairs, strict=True)
    tau1, tau2 = _tau(lambda1, epsilons, cost), _tau(lambda2, epsilons, cost)
    log_mu, log_nu = _log_asked(mu, lambda1), _log_asked(nu, lambda2)
    live_rows, live_columns = log_mu > -torch.inf, log_nu > -torch.inf
    v = live_columns.to(dtype).repeat(len(epsilons), 1, 1)
    u = torch.empty_like(v)
    rows = Marginal(1, mu, tau1)
    alternating = ((tau1 > 0) & (tau2 > 0)).squeeze(-1)

    def errors() -> Tensor:
        """Columns hold exactly after their half step, so that what is wrong with the rows is all that is."""
        left = rows.marginal_error(u.log(), torch.bmm(v, kernel.mT).mul_(u).log_())
        return torch.where(alternating, left, 0)

    for step in range(1, iterations + 1):
        _half_step(v, kernel.mT, log_mu, tau1, out=u)
        _half_step(u, kernel, log_nu, tau2, out=v)
        if step % _CHECK == 0:
            tick(step / iterations)
            if tol > 0 and not (errors() > tol).any():
                break

    sound = ((u > 0) == live_rows) & ((v > 0) == live_columns) & torch.isfinite(u) & torch.isfinite(v)
    plans = PlanBatch(
        batch=batch,
        kernel=kernel,
        log_kernel=log_kernel,
        u=u,
        v=v,
        marginal_error=torch.where(sound.all(-1), errors(), torch.nan),
    )
    # One marginal alone is met in its own half step, the first or the second.
    alone = ((tau1 > 0).long() + 2 * (tau2 > 0).long()).squeeze(-1)
    return plans, torch.where(alternating, 2 * step, alone)


def _half_step(scaling: Tensor, kernel: Tensor, log_marginal: Tensor, tau: Tensor, out: Tensor) -> None:
    """``(μ/Kv)^τ``; exp and log are several times faster than a power."""
    sums = torch.bmm(scaling, kernel, out=out)
    torch.sub(log_marginal, sums.log_(), out=out).mul_(tau).exp_()


def _tau(penalties: Sequence[float], epsilons: Sequence[float], like: Tensor) -> Tensor:
    """(E, L, 1) ``λ/(λ+ε)``."""
    tau = [[1.0 if math.isinf(penalty) else penalty / (penalty + e) for penalty in penalties] for e in epsilons]
    return like.new_tensor(tau)[..., None]


def _log_asked(marginal: Tensor, penalties: Sequence[float]) -> Tensor:
    """(L, N) log of the marginal; 0 where nothing is asked, since 0·log 0 is not a number."""
    free = marginal.new_tensor(penalties)[:, None] == 0
    return torch.where(free, 0, marginal.log())


def _within(amount: float, most: int) -> int:
    """A whole number of 1 … ``most``."""
    return int(min(max(amount, 1), most))
