"""Who is whose partner: the pairing of rows and columns, carried as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gca_viz.errors import InputError
from gca_viz.transport.options import LAYOUTS
from gca_viz.transport.problem.convert import as_codes, as_vector


@dataclass(frozen=True, eq=False)
class Pairing:
    """Which sample each row and each column of a plan shows, and which column is each row's partner.

    Attributes:
        layout: ``"cross"`` (rows are view 1, columns view 2) or ``"joint"`` (both views on both sides).
        partner: (rows,) index of the partner's column; −1 for a row without.
        row_sample, column_sample: (rows,), (columns,) index of the sample, 0 … N−1; columns that are nobody's
            partner count on from there, N, N + 1, ….
        paired: whether rows have partners.
    """

    layout: str
    partner: Tensor
    row_sample: Tensor
    column_sample: Tensor
    paired: bool = True

    @classmethod
    def of(
        cls,
        layout: str,
        samples: int,
        partner: Any = None,
        device: torch.device | None = None,
        *,
        columns: int | None = None,
    ) -> Pairing:
        """The pairing of ``samples`` samples.

        Args:
            layout: ``"cross"`` or ``"joint"``.
            samples: N.
            partner: (N,) the index in view 2 of each sample's partner, none twice; by default the same index.
            device: where the indices live.
            columns: M ≥ N in the cross layout, by default N; those that are nobody's partner are further samples.

        Raises:
            InputError: unknown layout, a ``partner`` that repeats an index or is no column, or another number of
                columns than of rows in the joint layout.
        """
        if layout not in LAYOUTS:
            raise InputError(
                f"layout = {layout!r}",
                f"a layout is one of {', '.join(LAYOUTS)}",
                "Use 'cross' for view 1 against view 2, 'joint' for every embedding against every other",
                parameter="layout",
            )
        columns = samples if columns is None else columns
        if columns != samples and layout == "joint":
            raise InputError(
                f"{samples} embeddings of view 1 and {columns} of view 2 in the joint layout",
                "in the joint layout both views must have the same number of rows",
                "Leave the layout out, or choose a method of the cross layout",
                parameter="layout",
            )
        order = torch.arange(samples, device=device)
        if partner is None and columns == samples:
            partner = sample_of_column = order
        else:
            partner = order if partner is None else _permutation(partner, samples, columns).to(order.device)
            others = torch.ones(columns, dtype=torch.bool, device=order.device).scatter_(0, partner, False)
            sample_of_column = (samples - 1 + others.cumsum(0)).scatter_(0, partner, order)
        if layout == "cross":
            return cls(layout, partner, order, sample_of_column)
        sample = torch.cat([order, sample_of_column])
        return cls(layout, torch.cat([partner + samples, sample_of_column]), sample, sample)

    @classmethod
    def of_sets(cls, rows: int, columns: int, device: torch.device | None = None) -> Pairing:
        """Two sets in which nobody is anybody's partner: samples 0 … N−1 are rows, N … N+M−1 columns."""
        order, others = torch.arange(rows, device=device), torch.arange(rows, rows + columns, device=device)
        return cls("cross", torch.full_like(order, -1), order, others, paired=False)

    @cached_property
    def row_view(self) -> Tensor:
        """(rows,) 0 for view 1, 1 for view 2."""
        rows = torch.arange(len(self.partner), device=self.partner.device)
        return (rows >= self.samples).long()

    @cached_property
    def column_view(self) -> Tensor:
        """(columns,) the same of the columns."""
        return torch.ones_like(self.column_sample) if self.layout == "cross" else self.row_view

    @property
    def samples(self) -> int:
        """N, the number of samples; in the cross layout those of the rows."""
        return len(self.partner) // (2 if self.layout == "joint" else 1)

    @property
    def size(self) -> int:
        """The number of rows, or of columns if these are more."""
        return max(self.partner.shape[0], self.column_sample.shape[0])

    @property
    def members(self) -> int:
        """How many samples there are with those of columns that are nobody's partner."""
        columns = self.samples if self.layout == "joint" else len(self.column_sample)
        return columns if self.paired else self.samples + columns

    @cached_property
    def row_of_column(self) -> Tensor:
        """(columns,) index of the row whose partner a column is; −1 where it is nobody's."""
        rows = torch.arange(len(self.partner), device=self.partner.device)
        alone = torch.full_like(self.column_sample, -1)
        return alone.scatter_(0, self.partner, rows) if self.paired else alone

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
        shape = len(self.partner), len(self.column_sample)
        if self.layout == "cross":
            return torch.zeros(shape, dtype=torch.bool, device=self.partner.device)
        return torch.eye(*shape, dtype=torch.bool, device=self.partner.device)

    @property
    def same_sample_mask(self) -> Tensor:
        """(rows, columns) boolean: True where row and column show one sample."""
        return self.partner_mask | self.self_mask

    def spread(self, values: Any, name: str) -> tuple[Tensor, Tensor]:
        """Values of samples as values of rows and of columns.

        Args:
            values: (N,) one value per sample, or (2, N) one per sample and view; numbers or strings, both in
                the order of view 1. Where columns are nobody's partner, also (N + those,); else nothing is known of
                them.
            name: what the values are called in an error.

        Returns:
            (rows,) and (columns,) integers, equal for equal values. Without a value a row has −1 and a column −2,
            so that a sample of which nothing is known is like no other.

        Raises:
            InputError: the values do not fit the batch.
        """
        codes = as_codes(values, name).to(self.partner.device)
        codes = codes.squeeze(1) if codes.shape == (self.samples, 1) else codes
        sizes = dict.fromkeys((self.samples, self.members))
        if codes.shape not in [shape for size in sizes for shape in ((size,), (2, size))]:
            raise InputError(
                f"{name} of shape {tuple(codes.shape)}",
                f"a batch of {self.samples} samples needs shape "
                + " or ".join(f"({size},) or (2, {size})" for size in sizes),
                f"Give one value per sample, or one row of {name} per view",
                parameter=name,
            )
        codes = torch.nn.functional.pad(codes.expand(2, -1), (0, self.members - codes.shape[-1]), value=-1)
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


def _permutation(partner: Any, samples: int, columns: int) -> Tensor:
    index = as_vector(partner, "partner")
    valid = index.shape == (samples,) and not index.dtype.is_floating_point and index.dtype != torch.bool
    if valid:
        places = index.long().sort().values.cpu()
        once = bool((places[1:] > places[:-1]).all()) and int(places[0]) >= 0 and int(places[-1]) < columns
    if not valid or not once:
        fault = "that repeats or skips an index" if valid else f"of shape {tuple(index.shape)} and {index.dtype}"
        raise InputError(
            f"partner {fault}",
            f"partner must be a permutation of 0 … {samples - 1}"
            if columns == samples
            else f"partner must name {samples} of the columns 0 … {columns - 1}, none of them twice",
            "Give, for each sample of view 1, the index of its partner in view 2, a whole number",
            parameter="partner",
        )
    return index.long()
