"""Whether a plan is as sure as it is right: confidence, hits, calibration error and Brier score of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gca_viz.settings.parameter import Parameter

BINS = Parameter(
    "bins",
    "",
    "Bins",
    10,
    2,
    50,
    2,
    50,
    integer=True,
    help="Number of equal intervals of confidence into which rows are sorted.",
)
#: numbers closer than this share of the larger are equal: rounding is less, and makes no difference that counts
_EQUAL = 1e-5


@dataclass(frozen=True, eq=False)
class Calibration:
    """Rows of a plan as predictions of their partners.

    Attributes:
        confidence: (N,) largest share of its mass that a row sends to one column; 0 for an empty row.
        hit: (N,) whether that column is the partner: 1 or 0, and 1/k where it is one of k equals.
        squared_error: (N,) Σ_j (share of column j − [j is the partner])², 0 … 2.
        bins: how many intervals of confidence, (b/bins, (b + 1)/bins] with 0 in the first.

    Source: Guo et al., ICML 2017, for the expected calibration error; Brier, 1950, for the score.
    """

    confidence: Tensor
    hit: Tensor
    squared_error: Tensor
    bins: int

    @classmethod
    def of(cls, shares: Tensor, partner: Tensor, bins: int = int(BINS.default)) -> Calibration:
        """Calibration of predictions.

        Args:
            shares: (N, M) of which each row sums to 1, or to 0 where nothing is sent.
            partner: (N,) column of each row's partner.
            bins: intervals of confidence.
        """
        confidence = shares.amax(1)
        at_partner = shares.gather(1, partner[:, None]).squeeze(1)
        equals = (shares >= (1 - _EQUAL) * confidence[:, None]).sum(1)
        wins = (at_partner >= (1 - _EQUAL) * confidence) & (confidence > 0)
        squared = (shares.square().sum(1) - 2 * at_partner + 1).clamp_min(0)
        return cls(confidence, wins.to(shares.dtype) / equals, squared, bins)

    @cached_property
    def bin_of_row(self) -> Tensor:
        """(N,) number of the bin, 0 … bins − 1."""
        inner = torch.arange(1, self.bins, device=self.confidence.device, dtype=self.confidence.dtype) / self.bins
        return torch.bucketize(self.confidence, inner * (1 + _EQUAL))

    @cached_property
    def rows(self) -> Tensor:
        """(bins,) number of rows in each bin."""
        return torch.bincount(self.bin_of_row, minlength=self.bins)

    @property
    def mean_confidence(self) -> Tensor:
        """(bins,) mean confidence of the rows of each bin; NaN in an empty one."""
        return self._sums(self.confidence) / self.rows

    @property
    def accuracy(self) -> Tensor:
        """(bins,) share of the rows of each bin that hit; NaN in an empty one."""
        return self._sums(self.hit) / self.rows

    @property
    def ece(self) -> Tensor:
        """() expected calibration error, 0 … 1: mean over bins, weighed by rows, of |confidence − accuracy|."""
        return (self._sums(self.confidence) - self._sums(self.hit)).abs().sum() / len(self.confidence)

    @property
    def brier(self) -> Tensor:
        """() Brier score, 0 … 2: mean of ``squared_error``."""
        return self.squared_error.mean()

    def __repr__(self) -> str:
        return (
            f"Calibration({len(self.confidence)} rows, mean confidence {float(self.confidence.mean()):.3g}, hits "
            f"{float(self.hit.mean()):.3g}, ece {float(self.ece):.3g}, brier {float(self.brier):.3g}, "
            f"{self.bins} bins)"
        )

    def _sums(self, of_rows: Tensor) -> Tensor:
        return of_rows.new_zeros(self.bins).index_add_(0, self.bin_of_row, of_rows)
