"""Many plans of one batch at once: what each says in one number, without forming it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import torch
from torch import Tensor

from gca_viz.transport.memory import empty
from gca_viz.transport.plans.calibration import Calibration
from gca_viz.transport.plans.plan import ScaledPlan
from gca_viz.transport.plans.plan_matrix import misplaced, pairs_forbidden
from gca_viz.transport.problem.pairing import Pairing


@dataclass(frozen=True, eq=False)
class Batch:
    """What all plans of a batch share.

    Attributes:
        cost: (N, N) cost; +∞ forbids a cell.
        mu, nu: (N,) marginals of rows and columns.
        pairing: whose partner is who.
        target: (N, N) mass that should go where; None for the partners.
        same_labels, same_domains: (N, N) whether row and column are of one class, of one domain; None if not known.
    """

    cost: Tensor
    mu: Tensor
    nu: Tensor
    pairing: Pairing
    target: Tensor | None = None
    same_labels: Tensor | None = None
    same_domains: Tensor | None = None

    @cached_property
    def pairs_forbidden(self) -> bool:
        """Whether no row may send mass to its partner."""
        return pairs_forbidden(torch.isinf(self.cost), self.pairing)

    @cached_property
    def largest_cost(self) -> float:
        """Largest |C| of a cell that is not forbidden."""
        return float(torch.where(torch.isinf(self.cost), 0, self.cost).abs().max())


@dataclass(frozen=True, eq=False)
class PlanBatch:
    """E × L plans of the form ``u_i K_ij v_j``: E kernels, each with L scalings of its rows and columns.

    The readings have the names, and the values, of the same properties of a plan. All but top-1 and
    calibration are bilinear forms ``uᵀ(K∘W)v``: one product of matrices for all L plans of a kernel.

    Attributes:
        batch: what the plans share.
        kernel, log_kernel: (E, N, N) kernels and their logarithms.
        u, v: (E, L, N) scalings of rows and of columns, 0 where the marginal is zero.
        marginal_error: (E, L) share of the mass in another row or column than optimality asks.
    """

    batch: Batch
    kernel: Tensor
    log_kernel: Tensor
    u: Tensor
    v: Tensor
    marginal_error: Tensor

    @classmethod
    def of(cls, batch: Batch, plan: ScaledPlan) -> PlanBatch:
        """One plan, which is its own kernel: what the scalings have taken in cannot overflow any more."""
        return cls(
            batch=batch,
            kernel=plan.matrix[None],
            log_kernel=plan.log_matrix[None],
            u=plan.problem.live_rows.to(plan.matrix)[None, None],
            v=plan.problem.live_columns.to(plan.matrix)[None, None],
            marginal_error=plan.matrix.new_full((1, 1), plan.marginal_error),
        )

    @property
    def residual(self) -> Tensor:
        """(E, L) the marginal error, under its name in tables and links."""
        return self.marginal_error

    @cached_property
    def row_sum(self) -> Tensor:
        """(E, L, N) ``(Kv)_i``."""
        return torch.bmm(self.v, self.kernel.mT)

    @cached_property
    def row_mass(self) -> Tensor:
        """(E, L, N) mass that each row sends."""
        return self.u * self.row_sum

    @property
    def column_mass(self) -> Tensor:
        """(E, L, N) mass that each column receives."""
        return self.v * torch.bmm(self.u, self.kernel)

    @cached_property
    def mass(self) -> Tensor:
        """(E, L) total mass."""
        return self.row_mass.sum(-1)

    @property
    def loss(self) -> Tensor:
        """(E, L) KL divergence from the target to the plan, per unit of mass that the rows should send."""
        mu = self.batch.mu.to(self.u)
        if self.batch.target is not None:
            return self._kl_of(self.batch.target.to(self.u)) / mu.sum()
        log_pairs = self._log_pairs
        some = log_pairs > -torch.inf
        rows = mu * torch.where(some, log_pairs, 0) - torch.where(some, torch.xlogy(mu, mu), 0)
        return -rows.sum(-1) / mu.sum()

    def _kl_of(self, target: Tensor) -> Tensor:
        """(E, L) ``Σ T (log T − log P)`` over the cells of live rows and columns."""
        rows, columns = ((scaling > 0).to(scaling) for scaling in (self.u, self.v))
        log_u, log_v = (torch.where(scaling > 0, scaling.log(), 0) for scaling in (self.u, self.v))
        fixed = torch.where(target > 0, target * self.log_kernel, 0) + torch.special.entr(target)
        from_kernel = (rows * torch.bmm(columns, fixed.mT)).sum(-1)
        from_rows, from_columns = (log_u * (columns @ target.T)).sum(-1), (log_v * (rows @ target)).sum(-1)
        return -(from_kernel + from_rows + from_columns)

    @property
    def matched_share(self) -> Tensor:
        """(E, L) share of the mass that goes to partners; NaN where they are forbidden."""
        share = self._log_pairs.exp().sum(-1) / self.mass
        return torch.full_like(share, torch.nan) if self.batch.pairs_forbidden else share

    @property
    def false_negative_mass(self) -> Tensor:
        """(E, L) share of the mass that goes to another sample of the same class."""
        return self._share(_known(self.batch.same_labels) & ~self.batch.pairing.partner_mask)

    @property
    def same_domain_mass(self) -> Tensor:
        """(E, L) share of the mass that stays within a domain, partners included."""
        return self._share(_known(self.batch.same_domains))

    @property
    def row_error(self) -> Tensor:
        """(E, L) half the L1 distance of the row masses from μ, each of total mass 1."""
        return misplaced(self.row_mass, self.batch.mu)

    @property
    def column_error(self) -> Tensor:
        """(E, L) half the L1 distance of the column masses from ν, each of total mass 1."""
        return misplaced(self.column_mass, self.batch.nu)

    @cached_property
    def row_entropy(self) -> Tensor:
        """(E, L, N) entropy in nats of where each row sends its mass; 0 for an empty row."""
        # Within a row u cancels: log s − (Σ K v log v + Σ v K log K)/s with s = Kv, and entr(x) = −x log x.
        spread = torch.bmm(torch.special.entr(self.v), self.kernel.mT)
        # log K is known, and several times cheaper to multiply by than to take; a forbidden cell adds nothing.
        product = torch.mul(self.kernel, self.log_kernel, out=empty(self.kernel.shape, self.kernel))
        spread -= torch.bmm(self.v, product.nan_to_num_(nan=0.0).mT)
        return torch.where(self.row_mass > 0, self.row_sum.log() + spread / self.row_sum, 0)

    @property
    def perplexity(self) -> Tensor:
        """(E, L) number of columns that a row effectively spreads over, on average."""
        return self.row_entropy.exp().mean(-1)

    @property
    def entropy(self) -> Tensor:
        """(E, L) entropy in nats of the whole plan, taken as a distribution over pairs."""
        within_rows = (self.row_mass * self.row_entropy).sum(-1)
        between_rows: Tensor = torch.special.entr(self.row_mass).sum(-1)
        return self.mass.log() + (within_rows + between_rows) / self.mass

    @property
    def top1_rows(self) -> Tensor:
        """(E, L) share of rows that send most to their partner."""
        return self._top1[0]

    @property
    def top1_columns(self) -> Tensor:
        """(E, L) share of columns that receive most from their partner."""
        return self._top1[1]

    @property
    def ece(self) -> Tensor:
        """(E, L) expected calibration error of the rows in ten bins; NaN where partners are forbidden."""
        return self._calibration[0]

    @property
    def brier(self) -> Tensor:
        """(E, L) Brier score of the rows as predictions of their partners; NaN where these are forbidden."""
        return self._calibration[1]

    @property
    def _log_pairs(self) -> Tensor:
        """(E, L, N) log of the mass from each row to its partner."""
        partner = self.batch.pairing.partner
        log_kernel = self.log_kernel.gather(2, partner[:, None].expand(len(self.log_kernel), -1, 1))
        return self.u.log() + log_kernel.mT + self.v.log()[..., partner]

    def _share(self, mask: Tensor) -> Tensor:
        return (self.u * torch.bmm(self.v, (self.kernel * mask).mT)).sum(-1) / self.mass

    @cached_property
    def _top1(self) -> Tensor:
        """(2, E, L) of rows and of columns, NaN where pairs are forbidden.

        The log of each plan is formed, one after the other, in one buffer.
        """
        partner = self.batch.pairing.partner
        partner_row = partner.argsort()
        shares = self.u.new_full((2, *self.mass.shape), torch.nan)
        if self.batch.pairs_forbidden:
            return shares
        # Finite, so that the cells of an empty row are equals, and beat the partner's that is taken out below.
        log_u, log_v = (scaling.log().clamp_min(torch.finfo(scaling.dtype).min / 4) for scaling in (self.u, self.v))
        log_plan = torch.empty_like(self.log_kernel[0])
        for e, scaling in product(*map(range, self.mass.shape)):
            torch.add(self.log_kernel[e], log_u[e, scaling, :, None], out=log_plan).add_(log_v[e, scaling])
            pair = log_plan.gather(1, partner[:, None]).squeeze(1)
            others = log_plan.scatter_(1, partner[:, None], -torch.inf)
            shares[0, e, scaling] = _wins(pair, partner, others, 1)
            shares[1, e, scaling] = _wins(pair[partner_row], partner_row, others, 0)
        return shares

    @cached_property
    def _calibration(self) -> Tensor:
        """(2, E, L) error and score, NaN where pairs are forbidden; the shares of each plan are formed in turn."""
        numbers = self.u.new_full((2, *self.mass.shape), torch.nan)
        if self.batch.pairs_forbidden:
            return numbers
        for e, scaling in product(*map(range, self.mass.shape)):
            sends = (self.row_mass[e, scaling] > 0)[:, None]
            shares = self.kernel[e] * self.v[e, scaling] / self.row_sum[e, scaling, :, None]
            found = Calibration.of(torch.where(sends, shares, 0), self.batch.pairing.partner)
            numbers[0, e, scaling], numbers[1, e, scaling] = found.ece, found.brier
        return numbers


def _known(mask: Tensor | None) -> Tensor:
    """Which samples are alike: known wherever a number is read that needs it."""
    assert mask is not None
    return mask


def _wins(pair: Tensor, place: Tensor, others: Tensor, dim: int) -> Tensor:
    """() share of rows (columns) whose partner, at ``place``, beats the others; of equals the first wins."""
    # Ties are rare, and the largest value is found many times faster than its place.
    best = others.amax(dim)
    wins, tie = pair > best, pair == best
    if tie.any():
        wins |= tie & (place < others.argmax(dim))
    some = pair > torch.finfo(pair.dtype).min / 8  # an empty row has no best
    return (wins & some).to(pair.dtype).mean()
