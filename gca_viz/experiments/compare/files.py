"""A comparison as files: tables for people and programs, arrays for NumPy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.result import CompareResult
from gca_viz.experiments.plan.result_files import npz
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.files.csv_cells import csv_of
from gca_viz.geometry.plan_parts import pairing_of


def table_csv(found: CompareResult) -> str:
    """A row per candidate and number, with intervals and differences from A."""
    return csv_of(steps.table_of(found.compared))


def changes_csv(found: CompareResult) -> str:
    """A row per sample: what it is, and what became of it from A to B."""
    table = steps.changes_of(found.compared).frame()
    dataset = found.batch.dataset
    table.insert(1, "name", list(found.batch.names))
    table.insert(2, "class", [dataset.class_names[label] for label in found.batch.labels])
    first, second = found.compared.pair
    table.insert(3, "a", first.label)
    table.insert(4, "b", second.label)
    return csv_of(table)


def alike_csv(found: CompareResult) -> str:
    """A row per pair and way to be alike."""
    parts = [
        pd.Series(matrix.rename_axis(index="a", columns="b").stack(future_stack=True), name="value")
        .reset_index()
        .assign(measure=name)
        for name, matrix in steps.alike_of(found.compared).items()
    ]
    return csv_of(pd.concat(parts)[["measure", "a", "b", "value"]])


def together_csv(found: CompareResult) -> str:
    """A row per pair: how alike its two are, and what they gain together."""
    return csv_of(steps.together_of(found.compared).pairs)


def rules_csv(found: CompareResult) -> str:
    """A row per candidate and depth of a tree: its rules, accuracy and whether another beats it."""
    return csv_of(steps.rules_of(found.compared))


def course_csv(found: CompareResult) -> str:
    """A row per candidate and number that its training noted of forgetting and drift."""
    return csv_of(steps.course_of(found.compared))


def compare_npz(found: CompareResult) -> bytes:
    """Plans at the half step that is read, aligned maps, labels and domains, as NumPy arrays."""
    how = found.recipe.compare.aligned if found.compared.kind == ENCODERS else "pca"  # one embedding has one map
    return npz(
        {
            "names": np.array(found.labels),
            "plans": np.stack([plan.matrix.cpu().numpy() for plan in found.shown_plans.values()]),
            "maps": steps.maps_of(found.compared, list(range(len(found.compared.members))), how),
            "labels": found.batch.labels,
            "domains": found.domains,
            "partner": pairing_of(found.plan).partner.cpu().numpy(),
            "dataset_indices": np.asarray(found.batch.indices),
        }
    )
