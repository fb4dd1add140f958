"""The table of the family on one batch as numbers: for a file, the command line and Python."""

from __future__ import annotations

import pandas as pd

from gca_viz.errors import InputError
from gca_viz.experiments.family.evidence import evidence_of
from gca_viz.experiments.family.miniature import miniature_of
from gca_viz.experiments.family.rows import FAMILY
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.files.csv_cells import csv_of
from gca_viz.progress import ReportProgress

#: what is measured of a loss on a batch
NUMBERS = ("loss", "pair_mass", "class_mass")


def family_frame(batch: Recipe, progress: ReportProgress | None = None) -> pd.DataFrame:
    """A row per loss: its dials, its numbers on a batch, and who says what of it.

    Args:
        batch: a recipe, whose batch, views, encoder, temperature and iterations are taken.
        progress: called with the share done and what is being done; may raise to cancel.

    Returns:
        ``name``, ``title``, ``year``, the six dials, ``loss``, ``pair_mass``, ``class_mass`` (shares of the mass;
        NaN where they are not defined, as where ``problem`` says why there is no plan), ``problem``, ``evidence``
        and ``paper``.
    """
    rows = []
    for number, relative in enumerate(FAMILY.values()):
        if progress:
            progress(number / len(FAMILY), f"Plan of {relative.title}")
        row = {"name": relative.name, "title": relative.title, "year": relative.year, **vars(relative.dials)}
        row |= dict.fromkeys(NUMBERS, float("nan")) | {"problem": ""}
        try:
            mini = miniature_of(relative.on(batch))
        except InputError as error:
            row["problem"] = str(error)
        else:
            row |= {name: getattr(mini, name) for name in NUMBERS}
        rows.append(row | {"evidence": evidence_of(relative.name), "paper": relative.paper})
    return pd.DataFrame(rows)


def family_csv(batch: Recipe, progress: ReportProgress | None = None) -> str:
    """:func:`family_frame` as text."""
    return csv_of(family_frame(batch, progress))
