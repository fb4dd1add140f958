"""Gradients of the potentials: back through the half steps taken, or implicitly at the limit."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.memory import column_squares
from gca_viz.transport.problem.marginal import Marginal
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.solvers.conjugate import conjugate_gradients
from gca_viz.transport.solvers.kernel import Kernel
from gca_viz.transport.solvers.run import Run

#: log-scalings of rows and columns, and the energies of the cells that were asked for
Followed = tuple[Tensor, Tensor, Tensor | None]


def through_steps(problem: Problem, kernel: Kernel, run: Run, cells: Tensor | None = None) -> Followed:
    """(N,), (M,) log-scalings at the end of plain iterations, differentiable in the problem's cost and ε.

    With ``cells``, a column of each row, ``scaled_energy`` of these, too, where ε is no tensor: their gradient is
    added to that of the whole matrix in place, where autograd would write out a second one.

    The way back takes one pass over the kernel per half step and one product of two thin matrices; what is kept is
    the kernel and the scalings.
    """
    return _attach(problem, kernel, _Steps(problem.detach(), kernel, run), run.u[-1], run.v[-1], cells)


def at_limit(problem: Problem, kernel: Kernel, u: Tensor, v: Tensor, cells: Tensor | None = None) -> Followed:
    """The same at the limit, by the implicit function theorem.

    Both marginals must be constrained. Where both are hard, the potentials are determined up to a constant only,
    and so are their gradients.
    """
    with torch.no_grad():
        held, matrix = kernel.relative(u, v), kernel.matrix
        if held is None:  # the plan itself, then; what underflows in it has no part in a gradient
            matrix = (kernel.log(u)[:, None] + kernel.log_kernel + kernel.log(v)).exp_()
            held = torch.ones_like(u), torch.ones_like(v)
    detached = problem.detach()
    system = _FixedPoint(matrix, *held, detached.rows.tau, detached.columns.tau)
    return _attach(problem, kernel, system, u, v, cells)


class _WayBack(Protocol):
    """How gradients go back from the log-scalings."""

    def pull(
        self, to_log_u: Tensor, to_log_v: Tensor, scale: float, log_scalings: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients with respect to the scores, τ₁ and τ₂ from those with respect to the log-scalings."""


def _attach(
    problem: Problem, kernel: Kernel, way_back: _WayBack, u: Tensor, v: Tensor, cells: Tensor | None
) -> Followed:
    with torch.enable_grad():
        if isinstance(problem.epsilon, Tensor):
            scores, scale, cells = problem.log_kernel, 1.0, None
        else:
            scores, scale = problem.scaled_energy, -1 / problem.epsilon  # saves a pass each way
        taus = [tau if isinstance(tau, Tensor) else None for tau in (problem.rows.tau, problem.columns.tau)]
        followed: Followed = _Potentials.apply(  # type: ignore[no-untyped-call]  # untyped in torch
            scores, *taus, kernel.log(u), kernel.log(v), scale, way_back, cells
        )
        return followed


class _Potentials(torch.autograd.Function):
    """The potentials as a function of ``scale·scores = log K``, τ₁ and τ₂; their values are known already."""

    @staticmethod
    def forward(
        ctx: Any,
        scores: Tensor,
        tau1: Tensor | None,
        tau2: Tensor | None,
        log_u: Tensor,
        log_v: Tensor,
        scale: float,
        way_back: _WayBack,
        cells: Tensor | None,
    ) -> Followed:
        ctx.cells = None if cells is None else cells[:, None]
        ctx.scale, ctx.way_back, ctx.taus = scale, way_back, (tau1, tau2)
        ctx.log_scalings = log_u, log_v
        ctx.save_for_backward(scores)
        ctx.set_materialize_grads(False)
        return log_u.clone(), log_v.clone(), None if cells is None else scores.gather(1, ctx.cells).squeeze(1)

    @staticmethod
    def backward(ctx: Any, *given: Tensor | None) -> tuple[Tensor | None, ...]:
        *gradients, of_cells = given
        with torch.no_grad():
            to_log_u, to_log_v = (
                torch.zeros_like(of) if gradient is None else gradient
                for gradient, of in zip(gradients, ctx.log_scalings, strict=True)
            )
            scores, *taus = ctx.way_back.pull(to_log_u, to_log_v, ctx.scale, ctx.log_scalings)
            if of_cells is not None:
                scores.scatter_add_(1, ctx.cells, of_cells[:, None])
            taus = [
                None if tau is None else (pulled.sum() if tau.ndim == 0 else pulled)
                for tau, pulled in zip(ctx.taus, taus, strict=True)
            ]
        once: Tensor = _Once.apply(scores, *ctx.saved_tensors)  # type: ignore[no-untyped-call]  # untyped in torch
        return once, *taus, None, None, None, None, None


class _Once(torch.autograd.Function):
    """A gradient that would be wrong to differentiate again: it hangs on values that autograd has not seen."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, scores: Tensor) -> Tensor:
        return gradient.view_as(gradient)

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> None:
        raise InputError(
            "a second derivative of a plan",
            "a plan is differentiable once",
            "Leave create_graph out, or unroll the iterations yourself",
        )


#: a marginal, the scalings of the other that its steps were given, their sums, and its own scalings after each
_MarginalSteps = tuple[Marginal, list[Tensor], list[Tensor], list[Tensor]]


class _Steps:
    """The half steps of a run, to be walked backwards.

    A row step is ``x = τ₁·(log μ − L)`` with ``dL_i = Σ_j W_ij (dS_ij + dy_j)`` and the weights
    ``W_ij = K_ij v_j / (K v)_i``, which sum to one; a column step likewise.
    """

    def __init__(self, problem: Problem, kernel: Kernel, run: Run):
        rows, columns = problem.rows, problem.columns
        self.half_steps = run.half_steps
        row_steps, column_steps = (run.half_steps + 1) // 2, run.half_steps // 2
        self.marginals: tuple[_MarginalSteps, _MarginalSteps] = (
            (rows, run.v[:row_steps], run.row_sums[:row_steps], run.u[1:]),
            (columns, run.u[1 : 1 + column_steps], run.column_sums[:column_steps], run.v[1:]),
        )
        self.kernel = kernel

    def pull(
        self, to_log_u: Tensor, to_log_v: Tensor, scale: float, log_scalings: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients with respect to the scores, τ₁ and τ₂ from those with respect to the log-scalings."""
        gradients: list[Tensor | None] = [to_log_u, to_log_v]
        to_taus = [torch.zeros_like(to_log_u), torch.zeros_like(to_log_v)]
        held = _HeldWeights.of(self.kernel, self.marginals)
        weights = _DenseWeights(self.kernel, self.marginals) if held is None else held
        for step in range(self.half_steps, 0, -1):
            index = 1 - step % 2
            marginal, _, sums, after = self.marginals[index]
            turn = (step - 1) // 2
            gradient, gradients[index] = gradients[index], None
            if gradient is None:
                continue  # a free marginal between passes nothing on
            if isinstance(marginal.tau, Tensor):
                to_taus[index] = to_taus[index] + gradient * self.kernel.log(after[turn]) / marginal.tau
            if marginal.pooled:  # all rows have one scaling, which hangs on every row's sum
                gradient = gradient.sum() * self.kernel.log(sums[turn]).softmax(0)
            if not marginal.free:
                carried = weights.carry(index, turn, gradient if marginal.hard else gradient * marginal.tau)
                before = gradients[1 - index]
                gradients[1 - index] = carried.neg_() if before is None else before - carried
        to_tau1, to_tau2 = to_taus
        return weights.scores(scale), to_tau1, to_tau2


class _HeldWeights:
    """Weights ``held_ij·other_j/sums_i``, never written out: two thin matrices collect what they pass on."""

    def __init__(self, matrix: Tensor, steps: list[tuple[Tensor, Tensor]]):
        self.matrix, self.steps = matrix, steps
        self.lefts: list[Tensor] = []
        self.rights: list[Tensor] = []

    @classmethod
    def of(cls, kernel: Kernel, marginals: tuple[_MarginalSteps, _MarginalSteps]) -> _HeldWeights | None:
        """None where the scalings are out of the held kernel's reach."""
        steps = []
        for marginal, others, sums, _ in marginals:
            if not others:  # it took no step
                steps.append((kernel.matrix[:0], kernel.matrix[:0]))
                continue
            held = kernel.linear(marginal, torch.stack(others), torch.stack(sums))
            if held is None:
                return None
            steps.append(held)
        return cls(kernel.matrix, steps)

    def carry(self, index: int, turn: int, gradient: Tensor) -> Tensor:
        """``Wᵀ gradient`` of one step; notes that step's part of the gradient of the scores."""
        others, sums = self.steps[index]
        share = gradient / sums[turn]
        self.lefts.append((share, others[turn])[index])
        self.rights.append((others[turn], share)[index])
        return others[turn] * torch.mv(self.matrix if index else self.matrix.T, share)

    def scores(self, scale: float) -> Tensor:
        """Gradient with respect to the scores."""
        if not self.lefts:
            return torch.zeros_like(self.matrix)
        thin = torch.stack(self.lefts).mul_(-scale)
        return (thin.T @ torch.stack(self.rights)).mul_(self.matrix)


class _DenseWeights:
    """The same weights from logarithms, written out: for potentials that the held kernel cannot answer."""

    def __init__(self, kernel: Kernel, marginals: tuple[_MarginalSteps, _MarginalSteps]):
        self.kernel, self.marginals = kernel, marginals
        self.total = torch.zeros_like(kernel.log_kernel)

    def carry(self, index: int, turn: int, gradient: Tensor) -> Tensor:
        marginal, others, sums, _ = self.marginals[index]
        log_weights = (
            self.kernel.log_kernel + others[turn].unsqueeze(1 - marginal.dim) - sums[turn].unsqueeze(marginal.dim)
        )
        passed = log_weights.exp_().mul_(gradient.unsqueeze(marginal.dim))
        self.total -= passed
        return passed.sum(1 - marginal.dim)

    def scores(self, scale: float) -> Tensor:
        return self.total.mul_(scale)


class _FixedPoint:
    """The equations ``x = τ₁(log μ − L)``, ``y = τ₂(log ν − L′)`` at their solution.

    Differentiated, they are symmetric: ``(r_i/τ₁) dx_i + Σ_j P_ij dy_j = −Σ_j P_ij dS_ij`` and the same for the
    columns. So the way back solves one such system and reads ``−(a_i + b_j) P_ij``.
    """

    def __init__(self, matrix: Tensor, u: Tensor, v: Tensor, tau1: float | Tensor, tau2: float | Tensor):
        self.matrix, self.u, self.v, self.tau1, self.tau2 = matrix, u, v, tau1, tau2

    def pull(
        self, to_log_u: Tensor, to_log_v: Tensor, scale: float, log_scalings: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Gradients with respect to the scores, τ₁ and τ₂ from those with respect to the log-scalings."""
        held, u, v, tau1, tau2 = self.matrix, self.u, self.v, self.tau1, self.tau2

        def spread(b: Tensor) -> Tensor:
            """P b"""
            return u * torch.mv(held, v * b)

        def gather(a: Tensor) -> Tensor:
            """Pᵀ a"""
            return v * torch.mv(held.T, u * a)

        least = torch.finfo(u.dtype).tiny
        r, c = spread(torch.ones_like(v)).clamp_min(least), gather(torch.ones_like(u)).clamp_min(least)
        balanced = not isinstance(tau1, Tensor) and not isinstance(tau2, Tensor) and tau1 == tau2 == 1

        def apply(b: Tensor) -> Tensor:
            image = c * b / tau2 - gather(tau1 * spread(b) / r)
            # Two hard marginals leave a constant free; pinning it makes the system definite.
            return image + c * (c @ b) / c.sum() if balanced else image

        right = to_log_v - gather(tau1 * to_log_u / r)
        diagonal = c / tau2 - v * v * column_squares(held, u * u * tau1 / r)
        digits = torch.finfo(r.dtype).eps
        b = conjugate_gradients(
            apply, right, 10 * digits, preconditioner=torch.maximum(diagonal, 1e-3 * c), scale=c / tau2, most=2000
        )
        a = tau1 * (to_log_u - spread(b)) / r
        x, y = log_scalings
        lefts, rights = torch.stack([a * u, u]), torch.stack([v, b * v])
        scores = (lefts.mul_(-scale).T @ rights).mul_(held)
        return scores, a * r * x / tau1**2, b * c * y / tau2**2
