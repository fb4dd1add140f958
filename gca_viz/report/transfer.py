"""The report of two sets."""

from __future__ import annotations

from html import escape
from typing import Any

from gca_viz.experiments.plan.command import command_line
from gca_viz.experiments.transfer.code import transfer_code
from gca_viz.experiments.transfer.files import (
    distances_csv,
    images_csv,
    transfer_csv,
    transfer_frame,
    transfer_npz,
)
from gca_viz.experiments.transfer.result import TransferResult
from gca_viz.experiments.transfer.words import caption, distance_caption, distance_sentence, headline
from gca_viz.report.document import Report, Section
from gca_viz.report.transfer_parts import accuracy_figure, distance_figure, plan_figure, ways_table


def transfer_report(found: TransferResult, *, command: str | None = None) -> Report:
    """What two sets hand on, how far apart all groups are, and the plan.

    Args:
        found: what to show.
        command: the line that makes it again; by default that of the recipe.
    """
    table = ways_table(found).to_html(border=0, justify="left").replace("<th></th>", "<td></td>", 1)
    size = f"{len(found.lent)} rows, {len(found.truth)} columns, both ordered by class; the mass in powers of ten."
    return Report(
        title=f"gca-viz: {found.sets.source.label} and {found.sets.receiver.label}",
        headline=headline(found),
        sections=(
            Section("Classes handed on", caption(found), (table, accuracy_figure(found))),
            Section("How far apart", f"{distance_sentence(found)} {distance_caption()}", distance_figure(found)),
            Section("The plan", f"Rows: {escape(found.sets.source.label)}. {size}", plan_figure(found)),
        ),
        recipe=found.recipe,
        parts=("data", "encoder", "method", "transfer"),
        command=command or f"{command_line(found.recipe, 'report')} --page transfer",
        code=transfer_code(found),
        values=transfer_values(found),
        files={
            "transfer.csv": lambda: transfer_csv(found),
            "distances.csv": lambda: distances_csv(found),
            "images.csv": lambda: images_csv(found),
            "transfer.npz": lambda: transfer_npz(found),
        },
    )


def transfer_values(found: TransferResult) -> dict[str, Any]:
    """Two sets for machines."""
    return {
        "headline": headline(found),
        "from": found.sets.source.label,
        "to": found.sets.receiver.label,
        "sizes": list(found.plan.shape),
        "distance": found.distance,
        "distance_by_chance": found.by_chance,
        "ways": transfer_frame(found).to_dict("records"),
        "gain": {"over": found.best_neighbours, "value": found.gain.value}
        | {"low": found.gain.low, "high": found.gain.high},
        "distances": {"groups": list(found.distances), "values": found.distances.to_numpy().tolist()},
    }
