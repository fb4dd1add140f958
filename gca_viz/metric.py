"""What is measured, each number described once: of a plan, of embeddings, of many plans, of a comparison.

Registries of entries are :data:`gca_viz.READINGS` (plans), ``EFFECT_READINGS`` (parameter effects) and ``MEASURES``
(embeddings); form, table, CSV, figure, report and command line read label, unit and sense from the entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, SupportsFloat

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; NaN where the batch is too small for one.

    Attributes:
        value: of the batch as it is.
        low, high: ends of the interval.
        chance: what guessing the commonest label would reach, for an accuracy.
        replicates: the number of each resampled batch, from which the interval comes; None where it is not known.
        grouped: whether these are batches without a group of samples, and not drawn ones.
    """

    value: float
    low: float
    high: float
    chance: float | None = None
    replicates: np.ndarray | None = field(default=None, compare=False, repr=False)
    grouped: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True)
class Metric:
    """A number that can be measured.

    Attributes:
        name: keyword, in Python, in a link and in a table.
        label: what a page calls it.
        unit: ``"share"`` (0 … 1, written as per cent), ``"nats"``, ``"columns"``, or empty.
        help: one sentence a student understands.
        needs: ``"labels"``, ``"domains"`` or ``"samples"`` if the function takes them, else empty.
        costly: whether every plan has to be formed for it.
        of_pairs: whether it is about the pairs, and so has no meaning (NaN) where the target forbids them.
        sense: which of two is better, the ``"higher"`` or the ``"lower"``; empty where that depends on what one
            wants (of all embeddings, a collapsed one has the best alignment).
        at_least: what a batch must have, said where there is no number.
        function: what is measured, and what it needs → the number; by default the attribute of that name.
        interval: what is measured, and :func:`gca_viz.geometry.bootstrap.draws` → the number with its interval over
            samples, or None where it has no meaning. Empty where it is read together with others.
    """

    name: str
    label: str
    unit: str
    help: str
    needs: str = ""
    costly: bool = False
    of_pairs: bool = False
    sense: Literal["higher", "lower", ""] = ""
    at_least: str = "two samples"
    function: Callable[..., Any] | None = None
    interval: Callable[[Any, np.ndarray], Estimate | None] | None = None

    @property
    def title(self) -> str:
        """The label, under the name that scripts know."""
        return self.label

    @property
    def is_share(self) -> bool:
        """Whether it is written as per cent."""
        return self.unit == "share"

    def of(self, subject: Any, **known: Any) -> float:
        """The number of one plan, or of whatever it is measured on.

        Args:
            subject: a plan with target and pairing.
            known: ``labels``, ``domains`` and ``samples``, where it needs them.
        """
        needed = [known[self.needs]] if self.needs else []
        if self.function is not None:
            return float(self.function(subject, *needed))
        value = getattr(subject, self.name)
        return float(value(*needed) if needed else value)

    def estimate(self, subject: Any, drawn: np.ndarray) -> Estimate | None:
        """The number with its interval over samples; None where it has no meaning.

        Args:
            subject: the points of a batch.
            drawn: see :func:`gca_viz.geometry.bootstrap.draws`.
        """
        return None if self.interval is None else self.interval(subject, drawn)

    def text(self, value: float) -> str:
        """The number as a person writes it; a dash where there is none."""
        if math.isnan(value):
            return "–"
        if self.is_share:
            return percent(value, 1)
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"

    def rounded(self, value: float) -> str:
        """The number with the digits that another batch would leave; a dash where there is none."""
        if not math.isfinite(value):
            return "–"
        if self.is_share:
            return percent(value).replace(" ", "\u00a0")
        digits = 2 if abs(value) < 10 else 1
        return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")  # no minus before a zero

    def estimate_text(self, estimate: Estimate | None) -> str:
        """The value of an estimate as the page writes it."""
        return "–" if estimate is None else self.rounded(estimate.value)

    def interval_text(self, estimate: Estimate | None) -> str:
        """Its interval, e.g. ``0.31 to 0.38``, or what is missing."""
        if estimate is None:
            return f"needs {self.at_least}"
        if not math.isfinite(estimate.low):
            return "no interval: too few samples"
        return f"{self.rounded(estimate.low)} to {self.rounded(estimate.high)}"


def percent(share: SupportsFloat, digits: int = 0) -> str:
    """A share in per cent, e.g. ``9 %``.

    What single precision leaves of a number that ends in a half (0.025) does not decide how it is rounded.

    Args:
        share: 0 … 1.
        digits: behind the point.
    """
    return f"{round(100 * float(share), 4):.{digits}f} %"
