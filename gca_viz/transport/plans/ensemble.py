"""Plans of several views of one batch pooled, and whether they are then surer, or more often right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.options import POOLS
from gca_viz.transport.plans.calibrate import calibration
from gca_viz.transport.plans.calibration import BINS, Calibration
from gca_viz.transport.plans.plan_matrix import PlanMatrix


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Rows of several plans as one prediction of their partners.

    Attributes:
        shares: (N, M) pooled, each row of sum 1, or of 0 where nothing is sent.
        partner: (N,) column of each row's partner.
        calibration: of the pooled shares.
        parts: of each plan alone.
        parts_nll: () mean over the plans of their own :attr:`nll`.
    """

    shares: Tensor
    partner: Tensor
    calibration: Calibration
    parts: tuple[Calibration, ...]
    parts_nll: Tensor

    @cached_property
    def nll(self) -> Tensor:
        """() mean of −log of the share at the partner, in nats; ∞ where a row gives it none."""
        return _nll(self.shares, self.partner)

    def of_parts(self, name: str) -> float:
        """The mean over the plans of ``"ece"``, ``"brier"``, ``"nll"`` or ``"top1"``."""
        if name == "nll":
            return float(self.parts_nll)
        return float(torch.stack([_number(part, name) for part in self.parts]).mean())

    def of_whole(self, name: str) -> float:
        """The same number of the pooled shares."""
        return float(self.nll if name == "nll" else _number(self.calibration, name))


def ensemble(plans: Sequence[PlanMatrix], pool: str = "mean", bins: int = int(BINS.default)) -> Ensemble:
    """Pool the rows of several plans of the same rows and columns.

    ``ensemble([align(*views(k), "ince") for k in range(4)], "geometric").calibration.ece``

    Args:
        plans: at least one, each with a pairing; all of one shape and with the same partners.
        pool: ``"mean"`` of the shares; ``"geometric"`` mean, which for rows of one ε is the plan of the mean cost;
            ``"max"``, the largest; or ``"vote"``: each plan has one vote for the column to which its row sends
            most, divided among equals. Each pooled row is divided by its sum.
        bins: of confidence, see :func:`gca_viz.calibration`.

    Raises:
        InputError: no plans, plans of other shapes or partners, an unknown pool, or what ``calibration`` refuses.

    Source: Li et al., arXiv 2312.13772, who average similarity-based predictions of several views; Jensen's
        inequality puts Brier score and NLL of the mean below the mean of those of the parts.
    """
    if pool not in POOLS:
        raise InputError(
            f"pool = {pool!r}", f"pools are {', '.join(POOLS)}", "Choose one of these", parameter="pool"
        )
    parts = tuple(calibration(plan, bins) for plan in plans)
    if not parts or len({plan.matrix.shape for plan in plans}) > 1:
        raise InputError(
            f"{len(parts)} plans of the shapes {sorted({tuple(plan.matrix.shape) for plan in plans})}",
            "an ensemble has at least one plan, all of the same rows and columns",
            "Make plans of several views of one batch",
            parameter="plans",
        )
    shares = torch.stack([plan.matrix.detach() for plan in plans])
    sent = shares.sum(2, keepdim=True)
    shares = shares / torch.where(sent > 0, sent, 1)
    partner = plans[0]._pairing.partner
    whole = pooled(shares, pool)
    nll = torch.stack([_nll(part, partner) for part in shares]).mean()
    return Ensemble(whole, partner, Calibration.of(whole, partner, bins), parts, nll)


def pooled(shares: Tensor, pool: str) -> Tensor:
    """(N, M) the pooled rows of (k, N, M) shares; a row to which no plan sends anything stays empty."""
    if pool == "vote":
        best = shares == shares.amax(2, keepdim=True)
        best &= shares > 0
        whole = (best / best.sum(2, keepdim=True).clamp_min(1)).to(shares.dtype).mean(0)
    elif pool == "geometric":
        logs = shares.log().mean(0)
        top = logs.amax(1, keepdim=True)
        whole = torch.where(top > -torch.inf, (logs - top).exp(), 0)
    else:
        whole = shares.mean(0) if pool == "mean" else shares.amax(0)
    total = whole.sum(1, keepdim=True)
    return whole / torch.where(total > 0, total, 1)


def _nll(shares: Tensor, partner: Tensor) -> Tensor:
    return -shares.gather(1, partner[:, None]).log().mean()


def _number(of: Calibration, name: str) -> Tensor:
    return of.hit.mean() if name == "top1" else of.ece if name == "ece" else of.brier
