"""Who is whose partner: the pairing of rows and columns, carried as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.parameters import LAYOUTS
from gca_viz.transport.problem.convert import as_codes, as_vector


@dataclass(frozen=True, eq=False)
class Pairing:
    """Which sample each row and each column of a plan shows, and which column is each row's partner.

    Attributes:
        layout: ``"cross"`` (rows are view 1, columns view 2) or ``"joint"`` (both views on both sides).
        partner: (rows,) index of the partner's column.
        row_sample, column_sample: (rows,), (columns,) index of the sample, 0 … N−1.
        row_view, column_view: (rows,), (columns,) 0 for view 1, 1 for view 2.
    """

    layout: str
    partner: Tensor
    row_sample: Tensor
    column_sample: Tensor
    row_view: Tensor
    column_view: Tensor

    @classmethod
    def of(cls, layout: str, samples: int, partner: Any = None, device: torch.device | None = None) -> Pairing:
        """The pairing of ``samples`` samples.

        Args:
            layout: ``"cross"`` or ``"joint"``.
            samples: N.
            partner: (N,) permutation, the index in view 2 of each sample's partner; by default the same index.
            device: where the indices live.

        Raises:
            InputError: unknown layout, or ``partner`` is no permutation of 0 … N−1.
        """
        if layout not in LAYOUTS:
            raise InputError(
                f"layout = {layout!r}",
                f"a layout is one of {', '.join(LAYOUTS)}",
                "Use 'cross' for view 1 against view 2, 'joint' for every embedding against every other",
                parameter="layout",
            )
        order = torch.arange(samples, device=device)
        partner = order if partner is None else _permutation(partner, samples).to(order.device)
        sample_of_column = torch.empty_like(order).scatter_(0, partner, order)
        first, second = torch.zeros_like(order), torch.ones_like(order)
        if layout == "cross":
            return cls(layout, partner, order, sample_of_column, first, second)
        joint_partner = torch.cat([partner + samples, sample_of_column])
        sample, view = torch.cat([order, sample_of_column]), torch.cat([first, second])
        return cls(layout, joint_partner, sample, sample, view, view)

    @property
    def samples(self) -> int:
        """N, the number of samples."""
        return len(self.partner) // (2 if self.layout == "joint" else 1)

    @property
    def second(self) -> Tensor:
        """(N,) row of view 2 that shows each sample."""
        return self.partner[: self.samples] - (self.samples if self.layout == "joint" else 0)

    @cached_property
    def partner_mask(self) -> Tensor:
        """(rows, columns) boolean: True at each row's partner."""
        columns = torch.arange(len(self.column_sample), device=self.partner.device)
        return self.partner[:, None] == columns

    @cached_property
    def self_mask(self) -> Tensor:
        """(rows, columns) boolean: True where an embedding meets itself (joint layout only)."""
        n = len(self.partner)
        if self.layout == "cross":
            return torch.zeros(n, n, dtype=torch.bool, device=self.partner.device)
        return torch.eye(n, dtype=torch.bool, device=self.partner.device)

    @property
    def same_sample_mask(self) -> Tensor:
        """(rows, columns) boolean: True where row and column show one sample."""
        return self.partner_mask | self.self_mask

    def spread(self, values: Any, name: str) -> tuple[Tensor, Tensor]:
        """Values of samples as values of rows and of columns.

        Args:
            values: (N,) one value per sample, or (2, N) one per sample and view; numbers or strings, both in
                the order of view 1.
            name: what the values are called in an error.

        Returns:
            (rows,) and (columns,) integers, equal for equal values. Without a value a row has −1 and a column −2,
            so that a sample of which nothing is known is like no other.

        Raises:
            InputError: the values do not fit the batch.
        """
        codes = as_codes(values, name).to(self.partner.device)
        codes = codes.squeeze(1) if codes.shape == (self.samples, 1) else codes
        if codes.shape not in ((self.samples,), (2, self.samples)):
            raise InputError(
                f"{name} of shape {tuple(codes.shape)}",
                f"a batch of {self.samples} samples needs shape ({self.samples},) or (2, {self.samples})",
                f"Give one value per sample, or one row of {name} per view",
                parameter=name,
            )
        codes = codes.expand(2, -1)
        rows, columns = codes[self.row_view, self.row_sample], codes[self.column_view, self.column_sample]
        return rows, torch.where(columns < 0, -2, columns)

    def spread_marginals(self, mu: Any, nu: Any, *, like: Tensor) -> tuple[Any, Any]:
        """Marginals of rows and of columns; in the joint layout also from those of samples, and ν is μ by default.

        Args:
            mu, nu: None, or one value per row (column), in the joint layout also one per sample.
            like: tensor whose number format and device they take.
        """
        if self.layout == "cross":
            return mu, nu

        def per_row(marginal: Any, name: str) -> Tensor | None:
            if marginal is None:
                return None
            masses = as_vector(marginal, name).to(like)
            return masses[self.row_sample] if masses.shape == (self.samples,) else masses

        mu, nu = per_row(mu, "mu"), per_row(nu, "nu")
        return mu, mu if nu is None else nu


def _permutation(partner: Any, samples: int) -> Tensor:
    index = as_vector(partner, "partner")
    valid = index.shape == (samples,) and not index.dtype.is_floating_point and index.dtype != torch.bool
    if not valid or not torch.equal(index.long().sort().values.cpu(), torch.arange(samples)):
        fault = "that repeats or skips an index" if valid else f"of shape {tuple(index.shape)} and {index.dtype}"
        raise InputError(
            f"partner {fault}",
            f"partner must be a permutation of 0 … {samples - 1}",
            "Give, for each sample of view 1, the index of its partner in view 2, a whole number",
            parameter="partner",
        )
    return index.long()
