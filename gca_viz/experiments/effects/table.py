"""Numbers over a grid of parameter values and seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class EffectTable:
    """Numbers over a grid, as far as they are computed.

    Attributes:
        axes: name in ``AXES`` → values, one or two.
        values: reading → float64 (seeds, values of the first axis[, of the second]); NaN where not yet computed.
        done, total: plans computed, and all.
    """

    axes: dict[str, tuple[float, ...]]
    values: dict[str, np.ndarray]
    done: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether all is computed."""
        return self.done == self.total

    @property
    def seeds(self) -> int:
        """How many seeds there are."""
        return len(next(iter(self.values.values())))

    def mean(self, reading: str) -> np.ndarray:
        """Mean over the seeds that are computed, of the shape of the grid; NaN where none is."""
        values = self.values[reading]
        known = ~np.isnan(values)
        total = np.where(known, values, 0).sum(0)
        return np.where(known.any(0), total / np.maximum(known.sum(0), 1), np.nan)

    def band(self, reading: str) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest seed, each of the shape of the grid."""
        values, some = self.values[reading], (~np.isnan(self.values[reading])).any(0)
        low, high = np.where(np.isnan(values), np.inf, values), np.where(np.isnan(values), -np.inf, values)
        return np.where(some, low.min(0), np.nan), np.where(some, high.max(0), np.nan)

    def frame(self) -> pd.DataFrame:
        """One row per seed and grid point that is computed: seed, place, numbers."""
        first = next(iter(self.values.values()))
        rows = []
        for index in np.ndindex(first.shape):
            place = {name: axis[i] for (name, axis), i in zip(self.axes.items(), index[1:], strict=True)}
            rows.append({"seed": index[0]} | place | {name: of[index] for name, of in self.values.items()})
        return pd.DataFrame(rows).dropna(how="all", subset=list(self.values))
