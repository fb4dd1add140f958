"""Numbers over a grid of parameter values and seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class EffectTable:
    """Numbers over a grid, as far as they are computed.

    Attributes:
        axes: name in ``AXES`` → values, one or two.
        values: reading → float64 (seeds, values of the first axis[, of the second]); NaN where not yet computed.
        done, total: plans computed, and all.
        errors: (seed, place on each axis) → why there are no numbers, as a sentence.
    """

    axes: dict[str, tuple[float, ...]]
    values: dict[str, np.ndarray]
    done: int
    total: int
    errors: dict[tuple[int, ...], str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all is computed."""
        return self.done == self.total

    @property
    def seeds(self) -> int:
        """How many seeds there are."""
        return len(next(iter(self.values.values())))

    @property
    def reasons(self) -> dict[str, int]:
        """Why there are no numbers → of how many plans that is said."""
        return dict(Counter(self.errors.values()))

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
        """A row per seed and grid point that is computed: seed, place, numbers; ``error`` where some have none."""
        first = next(iter(self.values.values()))
        rows = []
        for index in np.ndindex(first.shape):
            place = {name: axis[i] for (name, axis), i in zip(self.axes.items(), index[1:], strict=True)}
            numbers = {name: of[index] for name, of in self.values.items()}
            told = {"error": self.errors.get(index)} if self.errors else {}
            rows.append({"seed": index[0]} | place | numbers | told)
        known = [*self.values, *(["error"] if self.errors else [])]
        return pd.DataFrame(rows).dropna(how="all", subset=known)


def frame_of(tables: Mapping[str, EffectTable]) -> pd.DataFrame:
    """The rows of several tables under each other, with what they are called in a column ``encoder``."""
    frames = []
    for name, table in tables.items():
        frame = table.frame()
        frame.insert(0, "encoder", name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
