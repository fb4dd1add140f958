"""The registry of numbers that can be read from a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gca_viz.transport.plans.plan import Plan


@dataclass(frozen=True)
class Reading:
    """A number that can be read from a plan.

    Attributes:
        name: keyword, a column in a table, and the attribute of a plan (or of many plans) that computes it.
        title: what a page calls it.
        unit: ``"share"`` (0 … 1, written as per cent), ``"nats"``, ``"columns"``, or empty.
        help: one sentence a student understands.
        needs: ``"labels"`` or ``"domains"`` if it takes them, else empty.
        costly: whether every plan has to be formed for it.
        of_pairs: whether it is about the pairs, and so has no meaning (NaN) where the target forbids them.
    """

    name: str
    title: str
    unit: str
    help: str
    needs: str = ""
    costly: bool = False
    of_pairs: bool = False

    def of(self, plan: Plan, **known: Any) -> float:
        """The number of one plan.

        Args:
            plan: with target and pairing.
            known: ``labels`` and ``domains``, where it needs them.
        """
        value = getattr(plan, self.name)
        return float(value(known[self.needs]) if self.needs else value)

    def text(self, value: float) -> str:
        """The number as a person writes it; a dash where there is none."""
        if math.isnan(value):
            return "–"
        if self.unit == "share":
            return f"{100 * value:.1f} %"
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


_ALL = (
    Reading("loss", "Loss", "nats", "Divergence from the target, usually the pairs; training lowers it."),
    Reading("matched_share", "Pair mass", "share", "Share of the mass on the pairs.", of_pairs=True),
    Reading(
        "top1_rows", "Row top-1", "share", "Rows whose partner gets the most mass.", costly=True, of_pairs=True
    ),
    Reading(
        "top1_columns",
        "Col. top-1",
        "share",
        "Columns that get the most mass from their partner.",
        costly=True,
        of_pairs=True,
    ),
    Reading(
        "false_negative_mass",
        "Same class",
        "share",
        "Mass between different samples of one class: the false negatives, which the loss pushes apart.",
        needs="labels",
    ),
    Reading(
        "same_domain_mass",
        "Domain",
        "share",
        "Share of the mass that stays within one domain, pairs included.",
        needs="domains",
    ),
    Reading(
        "perplexity",
        "Perplexity",
        "columns",
        "How many columns a row spreads its mass over, on average; 1 is a hard match.",
    ),
    Reading("entropy", "Entropy", "nats", "How evenly the mass is spread over all pairs of samples."),
    Reading("mass", "Mass", "", "Total mass; the number of rows if rows are constrained."),
    Reading(
        "row_error",
        "Row error",
        "share",
        "Share of the mass that would have to change rows for every row to send what it should.",
    ),
    Reading(
        "column_error",
        "Col. error",
        "share",
        "Share of the mass that would have to change columns for every column to receive what it should: what half "
        "a Sinkhorn step leaves undone.",
    ),
    Reading(
        "residual",
        "Residual",
        "share",
        "How far the iterations are from their limit: mass in another row or column than optimality asks.",
    ),
)

#: name → reading, in the order in which a page lists them
READINGS: Mapping[str, Reading] = MappingProxyType({reading.name: reading for reading in _ALL})
