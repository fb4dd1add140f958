"""How far a number would move with another batch: 95 % intervals over samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from gca_viz.metric import Estimate

REPLICATES = 500
_TAILS = (2.5, 97.5)  # per cent


def draws(count: int, *, seed: int = 0, replicates: int = REPLICATES) -> np.ndarray:
    """float32 (replicates, N): how often each of N samples is drawn when N are drawn with replacement."""
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), replicates).astype(np.float32)


def interval(value: float, replicates: np.ndarray, chance: float | None = None) -> Estimate:
    """A number with the middle 95 % of its replicates; replicates without a value are left out."""
    known = replicates[np.isfinite(replicates)]
    low, high = np.percentile(known, _TAILS) if len(known) else (np.nan, np.nan)
    return Estimate(float(value), float(low), float(high), chance, np.asarray(replicates))


def paired(first: Estimate, second: Estimate) -> Estimate:
    """``second − first``, with the interval of their differences in the same resampled batches.

    Two embeddings of the same samples go up and down together from batch to batch, so that their difference is
    known better than either.

    Args:
        first, second: of the same samples with the same :func:`draws` (or groups of the jackknife).

    Returns:
        The difference; ends of the interval are NaN where there are no replicates of both.
    """
    value = second.value - first.value
    if first.replicates is None or second.replicates is None or first.grouped != second.grouped:
        return Estimate(value, np.nan, np.nan)
    differences = second.replicates.astype(np.float64) - first.replicates
    return _left_out(value, differences) if first.grouped else interval(value, differences)


def of_mean(values: np.ndarray, drawn: np.ndarray, chance: float | None = None) -> Estimate:
    """The mean of one number per sample, (N,), with the interval that ``drawn`` (see :func:`draws`) gives."""
    with np.errstate(invalid="ignore"):  # of some samples, none may be drawn
        return interval(values.mean(), drawn @ values.astype(np.float32) / drawn.sum(1), chance)


def of_pairs(values: np.ndarray, counted: np.ndarray, drawn: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean over pairs of different samples, and its replicates.

    A sample that is drawn twice makes no pair with itself, which would be closer than any real pair.

    Args:
        values: float32 (N, N).
        counted: bool (N, N), symmetric: which pairs count; the diagonal must not.
        drawn: see :func:`draws`.
    """
    one, kept = np.ones((1, len(values)), np.float32), counted.astype(np.float32)
    weights = np.concatenate([one, drawn])
    with np.errstate(invalid="ignore", divide="ignore"):
        means = ((weights @ (values * kept)) * weights).sum(1) / ((weights @ kept) * weights).sum(1)
    return float(means[0]), means[1:]


def jackknife(count: int, of: Callable[[np.ndarray], float], *, seed: int = 0, groups: int = 10) -> Estimate:
    """A number with the interval of the delete-a-group jackknife, by Student's t.

    For numbers that samples drawn twice would distort, such as a rank.

    Args:
        count: N.
        of: the number of the samples at the given positions.
        seed: of the division into groups.
        groups: how many; N where N is smaller.

    Source: Kott, Journal of Official Statistics 2001, equation 1.
    """
    value, groups = of(np.arange(count)), min(groups, count)
    if groups < 2:
        return Estimate(value, np.nan, np.nan)
    group = np.random.default_rng(seed).permutation(count) % groups
    return _left_out(value, np.array([of(np.flatnonzero(group != number)) for number in range(groups)]))


def _left_out(value: float, left: np.ndarray) -> Estimate:
    """A number with its interval from the numbers that are left without each group."""
    groups = len(left)
    half = stats.t.ppf(0.975, groups - 1) * np.sqrt((groups - 1) / groups * ((left - left.mean()) ** 2).sum())
    return Estimate(value, float(value - half), float(value + half), None, left, True)
