"""Differences of paired runs, with intervals, and verdicts that are corrected for the number of comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
SHOWN, NOT_SHOWN, REFUTED = "shown", "not shown", "refuted"


@dataclass(frozen=True)
class Effect:
    """A mean difference of runs that share their seeds.

    Attributes:
        mean: ours less theirs.
        low, high: 95 % interval over seeds (Student's t on the differences): other trainings, the same images.
        p: of the same test, that there is no difference.
        wide_low, wide_high: 95 % interval over seeds and held-out things, both drawn at random; NaN where it is not
            known which of these were told right.
    """

    mean: float
    low: float
    high: float
    p: float
    wide_low: float = float("nan")
    wide_high: float = float("nan")

    @classmethod
    def of(cls, differences: Sequence[float]) -> Effect:
        """From one difference per seed."""
        found = np.asarray(differences, float)
        mean = float(found.mean())
        if len(found) < 2:
            return cls(mean, float("nan"), float("nan"), 1.0)
        half = float(quantile(len(found)) * stats.sem(found))
        if half == 0:
            return cls(mean, mean, mean, 1.0 if mean == 0 else 0.0)
        return cls(mean, mean - half, mean + half, float(stats.ttest_1samp(found, 0).pvalue))

    def over(self, things: np.ndarray) -> Effect:
        """The same with the interval over things, too.

        Args:
            things: (seeds, things) difference of each; both are crossed, so that the variance of the mean is that
                of the seeds' means and of the things' means, less what both count twice.
        """
        seeds, count = things.shape
        rows, columns = things.mean(1), things.mean(0)
        rest = things - rows[:, None] - columns + things.mean()
        twice = (rest**2).sum() / max(1, (seeds - 1) * (count - 1)) / (seeds * count)
        variance = rows.var(ddof=1) / seeds + columns.var(ddof=1) / count - twice
        half = quantile(seeds) * float(np.sqrt(max(variance, twice)))
        return Effect(self.mean, self.low, self.high, self.p, self.mean - half, self.mean + half)


def quantile(count: int) -> float:
    """Of Student's t: an interval over so many runs is the mean ± so many standard errors."""
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1))


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for their number (Holm, Scand. J. Stat. 1979), in the order in which they came."""
    order = np.argsort(p, kind="stable")
    scaled = [min(1.0, float(p[place]) * (len(p) - rank)) for rank, place in enumerate(order)]
    corrected = np.maximum.accumulate(scaled)
    found = np.empty(len(p))
    found[order] = corrected
    return [float(value) for value in found]


def verdict(effect: Effect, corrected: float) -> str:
    """Whether the claim that ours is above theirs is shown, refuted (it is below), or neither."""
    if corrected > 1 - CONFIDENCE:
        return NOT_SHOWN
    return SHOWN if effect.mean > 0 else REFUTED
