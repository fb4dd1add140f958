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
    Reading(
        "loss", "Loss", "nats", "Divergence of the plan from the target, a mean over rows; training lowers it."
    ),
    Reading(
        "matched_share", "Pair mass", "share", "Share of the plan’s mass that lies on the pairs.", of_pairs=True
    ),
    Reading(
        "top1_rows",
        "Row top-1",
        "share",
        "Share of rows that send most to their partner.",
        costly=True,
        of_pairs=True,
    ),
    Reading(
        "top1_columns",
        "Col. top-1",
        "share",
        "Share of columns that receive most from their partner.",
        costly=True,
        of_pairs=True,
    ),
    Reading(
        "false_negative_mass",
        "Same class",
        "share",
        "Share of the mass between different samples of one class: false negatives, which the usual target pushes "
        "apart.",
        needs="labels",
    ),
    Reading(
        "same_domain_mass",
        "Same domain",
        "share",
        "Share of the mass that stays within one domain, pairs included.",
        needs="domains",
    ),
    Reading(
        "perplexity",
        "Perplexity",
        "columns",
        "exp of the entropy of a row, averaged: how many columns a row spreads its mass over; 1 is a hard match.",
    ),
    Reading(
        "entropy",
        "Entropy",
        "nats",
        "Entropy of the whole plan as a distribution over its cells: the larger, the more evenly mass is spread.",
    ),
    Reading("mass", "Mass", "", "Sum of all cells of the plan; the number of rows where every row sends 1."),
    Reading(
        "row_error",
        "Row error",
        "share",
        "Share of the mass that would have to change rows for every row sum to equal its marginal μ.",
    ),
    Reading(
        "column_error",
        "Col. error",
        "share",
        "Share of the mass that would have to change columns for every column sum to equal its marginal ν; the row "
        "step of InfoNCE leaves it.",
    ),
    Reading(
        "residual",
        "Marginal error",
        "share",
        "Share of the mass in another row or column than the optimality conditions ask: 0 at the limit.",
    ),
)

#: name → reading, in the order in which a page lists them
READINGS: Mapping[str, Reading] = MappingProxyType({reading.name: reading for reading in _ALL})
