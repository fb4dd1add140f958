"""A matrix of mass between rows and columns, and everything that can be read from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.plans.calibration import BINS, Calibration
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.transport.problem.problem import Problem
from gca_viz.transport.problem.target import no_target


class PlanMatrix(ABC):
    """A matrix of mass, of whatever form, with its problem, its target and its pairing.

    Attributes:
        problem: what was solved.
        pairing: whose partner is who, or None.
    """

    problem: Problem
    pairing: Pairing | None

    @property
    @abstractmethod
    def matrix(self) -> Tensor:
        """(N, M) mass from each row to each column."""

    @property
    @abstractmethod
    def log_matrix(self) -> Tensor:
        """(N, M) natural log of the plan; −∞ where no mass may be."""

    @property
    @abstractmethod
    def target(self) -> Tensor | None:
        """(N, M) who should be matched with whom, or None."""

    @property
    def cost(self) -> Tensor:
        """(N, M) cost."""
        return self.problem.cost

    @property
    def kernel(self) -> Tensor:
        """(N, M) kernel, usually ``exp(−C/ε)``, from which every plan starts."""
        return self.problem.log_kernel.exp()

    @cached_property
    def row_mass(self) -> Tensor:
        """(N,) mass that each row sends."""
        return self.matrix.sum(1)

    @cached_property
    def column_mass(self) -> Tensor:
        """(M,) mass that each column receives."""
        return self.matrix.sum(0)

    @property
    def mass(self) -> Tensor:
        """() total mass."""
        return self.row_mass.sum()

    @property
    def residual_matrix(self) -> Tensor:
        """(N, M) target minus plan: positive where more mass is wanted, negative where less is."""
        return self._target - self.matrix

    @property
    def row_entropy(self) -> Tensor:
        """(N,) entropy in nats of where each row sends its mass; 0 for an empty row."""
        return _entropy(self.matrix, self.row_mass[:, None]).sum(1)

    @property
    def perplexity_per_row(self) -> Tensor:
        """(N,) number of columns that a row effectively spreads over, ``exp(row_entropy)``."""
        return self.row_entropy.exp()

    @property
    def perplexity(self) -> Tensor:
        """() their mean: how many columns a row spreads over."""
        return self.perplexity_per_row.mean()

    @property
    def sharpest_perplexity(self) -> Tensor:
        """() what the mean perplexity of row soft-maxes tends to as ε → 0: 1 for most kernels.

        A kernel that knows only ratios of distances, as Student's, cannot get sharper than this at any temperature.
        """
        cost = self.cost.detach()
        cold = self.problem.kernel.coldest(cost).masked_fill(torch.isinf(cost), -torch.inf).softmax(1)
        return _entropy(cold, cold.sum(1, keepdim=True)).sum(1).exp().mean()

    @property
    def row_error(self) -> Tensor:
        """() half the L1 distance of the row masses from μ, each of total mass 1."""
        return misplaced(self.row_mass, self.problem.mu)

    @property
    def column_error(self) -> Tensor:
        """() half the L1 distance of the column masses from ν, each of total mass 1."""
        return misplaced(self.column_mass, self.problem.nu)

    @property
    def entropy(self) -> Tensor:
        """() entropy in nats of the whole plan, taken as a distribution over pairs."""
        return _entropy(self.matrix, self.mass).sum()

    @cached_property
    def pairs_forbidden(self) -> bool:
        """Whether no row may send mass to its partner, as the target ``"relation"`` has it."""
        if self.pairing is None or not self.pairing.paired or self.problem.forbidden is None:
            return False
        return pairs_forbidden(self.problem.forbidden, self.pairing)

    @property
    def without_pairs(self) -> bool:
        """Whether no row has a partner that it may send to, so that numbers of pairs are not defined."""
        return (self.pairing is not None and not self.pairing.paired) or self.pairs_forbidden

    @property
    def matched_share(self) -> Tensor:
        """() share of the mass that goes to partners; NaN where they are forbidden."""
        return self._of_pairs(self._share(self._partners.partner_mask))

    @property
    def top1_rows(self) -> Tensor:
        """() share of rows that send most to their partner; NaN where it is forbidden."""
        return self._of_pairs(self._hits(1, self._partners.partner))

    @property
    def top1_columns(self) -> Tensor:
        """() share of columns that receive most from their partner, of those that have one; NaN where forbidden."""
        return self._of_pairs(self._hits(0, self._partners.row_of_column))

    def calibration(self, bins: int = int(BINS.default)) -> Calibration:
        """How sure the rows are of their partner, and how often they are right, in that many intervals."""
        sent = self.row_mass.detach()[:, None]
        shares = self.matrix.detach() / torch.where(sent > 0, sent, 1)
        return Calibration.of(shares, self._partners.partner, bins)

    @property
    def ece(self) -> Tensor:
        """() expected calibration error in ten bins; NaN where partners are forbidden."""
        return self._of_pairs(self.calibration().ece)

    @property
    def brier(self) -> Tensor:
        """() Brier score of the rows as predictions of their partners; NaN where these are forbidden."""
        return self._of_pairs(self.calibration().brier)

    def false_negative_mass(self, labels: Any) -> Tensor:
        """() share of the mass that goes to another sample of the same class.

        Args:
            labels: (N,) class per sample (or (2, N), per view), numbers or strings.
        """
        rows, columns = self._pairing.spread(labels, "labels")
        return self._share((rows[:, None] == columns) & ~self._pairing.partner_mask)

    def same_domain_mass(self, domains: Any) -> Tensor:
        """() share of the mass that stays within a domain, partners included.

        Args:
            domains: (N,) domain per sample (or (2, N), per view), numbers or strings.
        """
        rows, columns = self._pairing.spread(domains, "domains")
        return self._share(rows[:, None] == columns)

    @property
    def _target(self) -> Tensor:
        if self.target is None:
            raise no_target()
        return self.target

    @property
    def _pairing(self) -> Pairing:
        if self.pairing is None:
            raise InputError(
                "a plan without a pairing",
                "this number needs to know whose partner is who",
                "Make the plan with align(), or give solve() a pairing",
                parameter="pairing",
            )
        return self.pairing

    @property
    def _partners(self) -> Pairing:
        """The pairing, of rows that have partners."""
        if not self._pairing.paired:
            raise InputError(
                "a plan between two sets without pairs",
                "this number needs to know whose partner is who",
                "Give align() a partner, or read what needs none: mass, perplexity, entropy",
                parameter="partner",
            )
        return self._pairing

    def _hits(self, dim: int, partner: Tensor) -> Tensor:
        """() share of rows (columns) with most mass at their partner; an empty one has none."""
        largest, best = self.log_matrix.detach().max(dim)
        hits: Tensor = (best == partner) & (largest > -torch.inf)
        return hits[partner >= 0].to(self.cost.dtype).mean()

    def _of_pairs(self, number: Tensor) -> Tensor:
        return torch.full_like(number, torch.nan) if self.pairs_forbidden else number

    def _share(self, mask: Tensor) -> Tensor:
        return torch.where(mask, self.matrix, 0).sum() / self.mass


def pairs_forbidden(forbidden: Tensor, pairing: Pairing) -> bool:
    """Whether every row's partner is among the (N, M) forbidden cells."""
    return bool(forbidden.gather(1, pairing.partner[:, None]).all())


def misplaced(mass: Tensor, marginal: Tensor) -> Tensor:
    """(…) share of a mass (…, N) that would have to change rows (columns) to be spread as a marginal (N,) is."""
    return (mass / mass.sum(-1, keepdim=True) - marginal / marginal.sum()).abs().sum(-1) / 2


def _entropy(mass: Tensor, total: Tensor) -> Tensor:
    """``−p log p`` with ``p = mass/total``; 0, with gradient 0, where there is no mass."""
    share = mass / torch.where(total > 0, total, 1)
    entropy: Tensor = torch.special.entr(torch.where(share > 0, share, 1))  # which torch leaves untyped
    return entropy
