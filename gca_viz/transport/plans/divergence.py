"""How far a plan is from its target: plan × target → loss per row."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, Protocol, cast

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.kernels import Logistic
from gca_viz.transport.parameters import LAM, R1, R2, UNIFORMITY, Q
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem, within
from gca_viz.transport.problem.target import no_target, target_entropy


class ScaledKernel(Protocol):
    """What a divergence reads of a plan of the form ``u_i K_ij v_j``, with the attributes of a ``ScaledPlan``."""

    @property
    def problem(self) -> Problem: ...
    @property
    def log_u(self) -> Tensor: ...
    @property
    def log_v(self) -> Tensor: ...
    @property
    def matrix(self) -> Tensor: ...
    @property
    def log_matrix(self) -> Tensor: ...
    @property
    def target(self) -> Tensor | None: ...
    @property
    def given_target(self) -> Tensor | None: ...
    @property
    def pairing(self) -> Pairing | None: ...
    @property
    def energy_of_partners(self) -> Tensor | None: ...


class Divergence(ABC):
    """A distance d_M(target ‖ plan), as a value per row.

    Cells that the constraints keep empty (a zero marginal, a cost of +∞) are left out of every sum, so that
    values and gradients stay finite. Plan and target are mass: a row weighs as much as its μ.
    """

    @property
    def read_after(self) -> Literal["any", "row"]:
        """Whether the plan must be the result of a row step."""
        return "any"

    @abstractmethod
    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        """(N,) the divergence of each row.

        Args:
            plan: the plan.
            target: (N, M), or None for the plan's own.
        """

    def check(self, problem: Problem) -> None:  # noqa: B027  # most are defined for every problem
        """Whether it is defined for the plans of this problem; raises :class:`InputError` where it is not."""

    def force(self, residual: Tensor, problem: Problem) -> Tensor:
        """(N, M) target − plan as a force: times the slope of the kernel, which for the Gibbs kernel is 1/ε."""
        return residual / problem.epsilon_of_rows if problem.kernel.is_gibbs else residual * problem.slope


@dataclass(frozen=True)
class KL(Divergence):
    """``Σ_j T_ij (log T_ij − log P_ij)``: with the identity as target, ``−log P_ii``.

    The entropy of the target is taken off, so that it is a divergence: 0 where plan and target agree. Masses
    are not compared, so that it may be negative for a plan of more mass than the target.
    """

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        problem = plan.problem
        if target is None and plan.given_target is None and plan.pairing is not None and problem.all_live:
            cross_entropy = _log_of_partners(plan, plan.pairing).neg()
            if not problem.weighted:
                return cross_entropy
            return problem.mu * cross_entropy + torch.xlogy(problem.mu, problem.mu)
        target = within(problem.reach, _target(plan, target))
        log_u = torch.where(problem.live_rows, plan.log_u, 0)
        log_v = torch.where(problem.live_columns, plan.log_v, 0)
        # Σ_j T_ij log P_ij from the potentials: no logarithm of the plan is written out.
        expected_log = problem.expected_score(target) + target.sum(1) * log_u + target @ log_v
        return -expected_log - target_entropy(target)


@dataclass(frozen=True)
class ReverseKL(Divergence):
    """``Σ_j P_ij (log P_ij − log T′_ij)`` with the target smoothed to ``T′ = 0.99·T + 0.01·(its row mean)``.

    Without smoothing it would be infinite for every target with a zero in it, the identity among them.
    """

    smoothing: float = 0.01

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        target, reach = _target(plan, target), _reach(plan)
        mean = target.sum(1, keepdim=True) / reach.sum(1, keepdim=True).clamp_min(1)
        smooth = (1 - self.smoothing) * target + self.smoothing * mean
        compared = reach & (smooth > 0)
        log_ratio = within(compared, plan.log_matrix) - torch.where(compared, smooth, 1).log()
        return (plan.matrix * log_ratio).sum(1)


@dataclass(frozen=True)
class L2(Divergence):
    """``Σ_j (T_ij − P_ij)²``: the squared Frobenius distance, row by row."""

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        return (_target(plan, target) - plan.matrix).square().sum(1)


@dataclass(frozen=True)
class RINCE(Divergence):
    """Robust InfoNCE, ``−(1/q)(P_ii/u_i)^q + (1/q)(λ/u_i)^q`` with ``1/u_i = Σ_j K_ij v_j``.

    ``P_ii`` is ``Σ_j T_ij P_ij`` for a general target. After one row step it is the published loss
    ``−e^{q s_ii}/q + (λ Σ_j e^{s_ij})^q/q`` with ``s = −C/ε``; q → 0 tends to InfoNCE, q = 1 is the most robust.
    A row's value is that of a row of mass 1, with its share of the target, times μ. It depends on the gauge
    (u → cu, v → v/c), so it is read after a row step of plain iterations from v = 1. Terms beyond what the number
    format holds are cut off at e^71 (float32) or e^567 (float64).

    Source: Chuang et al., CVPR 2022, arXiv 2201.04309; for t iterations Chen et al., NeurIPS 2024, arXiv
    2502.20141.
    """

    q: float = Q.default
    lam: float = LAM.default

    def __post_init__(self) -> None:
        Q.check(self.q)
        LAM.check(self.lam)

    @property
    def read_after(self) -> Literal["any", "row"]:
        return "row"

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        target, reach = _target(plan, target), _reach(plan)
        mu = plan.problem.mu
        log_rates = plan.problem.log_kernel + plan.log_v
        log_all = _log_sum(log_rates, reach)
        wanted = (target > 0) & reach
        log_pair = _log_sum(log_rates + torch.where(wanted, target, 1).log(), wanted)
        log_pair = log_pair - torch.where(mu > 0, mu, 1).log()
        largest = 0.8 * math.log(torch.finfo(log_rates.dtype).max)
        all_power, pair_power = ((self.q * rate).clamp_max(largest).exp() for rate in (log_all, log_pair))
        weight: float = self.lam**self.q
        return mu * (weight * all_power - pair_power) / self.q


@dataclass(frozen=True)
class KLPlusRINCE(Divergence):
    """``r₁·KL + r₂·RINCE(λ, q)``, the two-part loss of the unbalanced method (arXiv 2502.20141)."""

    r1: float = R1.default
    r2: float = R2.default
    q: float = Q.default
    lam: float = LAM.default

    def __post_init__(self) -> None:
        R1.check(self.r1)
        R2.check(self.r2)

    @property
    def read_after(self) -> Literal["any", "row"]:
        return "row" if self.r2 else "any"

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        loss = self.r1 * KL().per_row(plan, target)
        return loss + self.r2 * RINCE(self.q, self.lam).per_row(plan, target) if self.r2 else loss


@dataclass(frozen=True)
class KLPlusUniformity(Divergence):
    """``KL + w·KL(P_i ‖ P̄_i)``, where P̄ has the mass of a row outside its target spread evenly.

    Source: Shi et al., ICML 2023 (inverse optimal transport), as the uniformity penalty on the negatives.
    """

    uniformity: float = UNIFORMITY.default

    def __post_init__(self) -> None:
        UNIFORMITY.check(self.uniformity)

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        target = _target(plan, target)
        negatives = (target == 0) & _reach(plan)
        mass = within(negatives, plan.matrix)
        count = negatives.sum(1, dtype=mass.dtype).clamp_min(1)
        log_mean = (_log_sum(plan.log_matrix, negatives) - count.log())[:, None]
        log_ratio = within(negatives, plan.log_matrix) - within(negatives, log_mean)
        return KL().per_row(plan, target) + self.uniformity * (mass * log_ratio).sum(1)


@dataclass(frozen=True)
class Odds(Divergence):
    """``−ln(a/(m − a))``, the odds of hitting the target: a is the mass of a row within it, m all of its mass.

    On InfoNCE's plan it is the decoupled loss: the pair is not among what it competes with.

    Source: Yeh et al., ECCV 2022, arXiv 2110.06848.
    """

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        target, reach, mu = _target(plan, target), _reach(plan), plan.problem.mu
        wanted = (target > 0) & reach
        rest = reach & ~wanted
        live = plan.problem.live_rows & (target > 0).any(1)
        alone = live & ~rest.any(1)
        if alone.any():
            raise InputError(
                f"the distance 'odds' for row {int(alone.nonzero()[0])}, whose every column is in its target",
                "odds compare what a row should reach with what it should not",
                "Add a sample that is nobody's target, or use divergence='kl'",
                parameter="divergence",
            )
        odds = _log_sum(plan.log_matrix, rest) - _log_sum(plan.log_matrix, wanted)
        return mu * torch.where(live, odds, 0)


@dataclass(frozen=True)
class BCE(Divergence):
    """``Σ_j −T ln P − (1 − T) ln(1 − P)``: each cell by itself is a question, partners or not.

    Defined where nothing but each cell is held and the kernel is logistic, so that a cell is a probability. Its
    force is (T − P)/ε.

    Source: Zhai et al., ICCV 2023, arXiv 2303.15343.
    """

    def check(self, problem: Problem) -> None:
        cells = isinstance(problem.kernel, Logistic) and problem.log_weights is None
        if cells and problem.rows.free and problem.columns.free:
            return
        raise InputError(
            f"the distance 'bce' with the kernel {problem.kernel.name!r}"
            + ("" if problem.rows.free and problem.columns.free else " and a held plan"),
            "bce takes each cell of the plan for a probability: it needs kernel='logistic' and hold='cell'",
            "Set both, or use the method 'siglip'",
            parameter="divergence",
        )

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        problem = plan.problem
        self.check(problem)
        target, reach, mu = _target(plan, target), problem.reach, problem.mu
        share = target / torch.where(mu > 0, mu, 1)[:, None]
        if (share > 1).any():
            raise InputError(
                "a target of more than 1 in a cell for the distance 'bce'",
                "each cell of the target must be the probability 0 … 1 that row and column are partners",
                "Divide the target by its largest cell, or use divergence='kl'",
                parameter="target",
            )
        epsilon, kernel = problem.epsilon_of_rows, cast(Logistic, problem.kernel)
        cost = problem.cost if problem.forbidden is None else problem.cost.masked_fill(problem.forbidden, 0)
        yes, no = kernel.energy(cost, epsilon), kernel.energy_of_no(cost, epsilon)
        return mu * within(reach, share * yes + (1 - share) * no).sum(1)

    def force(self, residual: Tensor, problem: Problem) -> Tensor:
        return within(problem.reach, residual) / problem.epsilon_of_rows


@dataclass(frozen=True)
class FenchelYoung(Divergence):
    """``½(|T_i|² − |P_i|²) + Σ_j (T_ij − P_ij)·C_ij/ε``: how far a sparse row is from its target.

    It is the distance of plans that the square regularises, whose cells have no logarithm: 0 where the two agree.
    Its force is (T − P)/ε.

    Source: Blondel, Martins & Niculae, JMLR 2020, arXiv 1901.02324; for rows of sparsemax Martins & Astudillo, ICML
    2016, arXiv 1602.02068.
    """

    def per_row(self, plan: ScaledKernel, target: Tensor | None) -> Tensor:
        problem, target = plan.problem, _target(plan, target)
        mu = torch.where(problem.mu > 0, problem.mu, 1)[:, None]
        wanted, sent = target / mu, plan.matrix / mu
        cost = problem.cost if problem.forbidden is None else problem.cost.masked_fill(problem.forbidden, 0)
        squares = (wanted.square() - sent.square()).sum(1) / 2
        away: Tensor = ((wanted - sent) * cost / problem.epsilon_of_rows).sum(1)
        return problem.mu * (squares + away)


DIVERGENCES: dict[str, type[Divergence]] = {
    "kl": KL,
    "rince": RINCE,
    "l2": L2,
    "reverse-kl": ReverseKL,
    "odds": Odds,
    "bce": BCE,
}


def _target(plan: ScaledKernel, target: Tensor | None) -> Tensor:
    """The target given, or else the plan's own."""
    target = plan.target if target is None else target
    if target is None:
        raise no_target()
    return target


def _log_of_partners(plan: ScaledKernel, pairing: Pairing) -> Tensor:
    """(N,) log of the mass on each row's partner: ``log u_i − E_ip + log v_p``, without writing out a matrix."""
    partner = pairing.partner
    cost = plan.energy_of_partners if pairing is plan.pairing else None
    if cost is None:
        cost = plan.problem.scaled_energy.gather(1, partner[:, None]).squeeze(1)
    return plan.log_u - cost / plan.problem.epsilon + plan.log_v[partner]


def _reach(plan: ScaledKernel) -> Tensor:
    """(N, M) True at the cells that may have mass."""
    reach = plan.problem.reach
    return torch.ones_like(plan.problem.cost, dtype=torch.bool) if reach is None else reach


def _log_sum(log_values: Tensor, mask: Tensor) -> Tensor:
    """(N,) log of the sum of the masked cells of each row; −∞, with gradient 0, where a row has none."""
    some = mask.any(1)
    log_values = torch.where(mask, log_values, -torch.inf)
    total = torch.logsumexp(torch.where(some[:, None], log_values, 0), 1)
    return torch.where(some, total, -torch.inf)
