"""The registry of numbers that can be read from a plan."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gca_viz.metric import Metric

#: the name that scripts know
Reading = Metric

_ALL = (
    Metric(
        "loss",
        "Loss",
        "nats",
        "Divergence of the plan from the target, a mean over rows; training lowers it.",
        sense="lower",
    ),
    Metric(
        "matched_share",
        "Pair mass",
        "share",
        "Share of the plan’s mass that lies on the pairs.",
        sense="higher",
        of_pairs=True,
    ),
    Metric(
        "top1_rows",
        "Row top-1",
        "share",
        "Share of rows that send most to their partner.",
        sense="higher",
        costly=True,
        of_pairs=True,
    ),
    Metric(
        "top1_columns",
        "Col. top-1",
        "share",
        "Share of columns that receive most from their partner.",
        sense="higher",
        costly=True,
        of_pairs=True,
    ),
    Metric(
        "ece",
        "Calibration error",
        "share",
        "How far the confidence of rows, the largest share that each sends to one column, is from the share of "
        "them that are right: expected calibration error (ECE) in ten bins.",
        sense="lower",
        costly=True,
        of_pairs=True,
    ),
    Metric(
        "brier",
        "Brier score",
        "",
        "Mean squared error of the rows as predictions of their partners, summed over columns: 0 is sure and "
        "right, 2 sure and wrong.",
        sense="lower",
        costly=True,
        of_pairs=True,
    ),
    Metric(
        "false_negative_mass",
        "Same class",
        "share",
        "Share of the mass between different samples of one class: false negatives, which the usual target pushes "
        "apart.",
        needs="labels",
        at_least="two classes",
    ),
    Metric(
        "same_domain_mass",
        "Same domain",
        "share",
        "Share of the mass that stays within one domain, pairs included.",
        needs="domains",
    ),
    Metric(
        "perplexity",
        "Perplexity",
        "columns",
        "exp of the entropy of a row, averaged: how many columns a row spreads its mass over; 1 is a hard match.",
    ),
    Metric(
        "entropy",
        "Entropy",
        "nats",
        "Entropy of the whole plan as a distribution over its cells: the larger, the more evenly mass is spread.",
    ),
    Metric("mass", "Mass", "", "Sum of all cells of the plan; the number of rows where every row sends 1."),
    Metric(
        "row_error",
        "Row error",
        "share",
        "Share of the mass that would have to change rows for every row sum to equal its marginal μ.",
    ),
    Metric(
        "column_error",
        "Col. error",
        "share",
        "Share of the mass that would have to change columns for every column sum to equal its marginal ν; the row "
        "step of InfoNCE leaves it.",
    ),
    Metric(
        "residual",
        "Marginal error",
        "share",
        "Share of the mass in another row or column than the optimality conditions ask: 0 at the limit.",
    ),
)

#: name → reading, in the order in which a page lists them
READINGS: Mapping[str, Metric] = MappingProxyType({reading.name: reading for reading in _ALL})
