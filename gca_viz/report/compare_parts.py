"""What page and report say of a comparison alike: table, maps, ranking and player, with their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.changes import NEIGHBOURS, Changes
from gca_viz.experiments.compare.plan_measures import PLAN_MEASURES
from gca_viz.experiments.compare.result import CompareResult
from gca_viz.experiments.compare.table import ALIKE, BETTER, ROWS, WORSE, Estimates, mark
from gca_viz.experiments.metrics.changes import CHANGES, Change
from gca_viz.experiments.recipe.compare import ENCODERS
from gca_viz.figures.colour_by import ColourBy
from gca_viz.figures.player import Epoch, run_player
from gca_viz.geometry.aligned import moved
from gca_viz.metric import Metric, percent
from gca_viz.palette import in_css

#: samples outlined on the maps, those that moved most
FAR = 8
#: way to be alike → what it is called, and what it is
ALIKE_TITLES = {
    "cka": "Linear CKA",
    "cka_within": "CKA within classes",
    "overlap": "Shared neighbours",
    "shared_mass": "Shared mass of the plans",
}
ALIKE_HELP = {
    "cka": "how alike two embeddings are up to rotation and scale, from 0 to 1; their widths may differ",
    "cka_within": "the same without the mean of each class: how alike they are beside knowing the classes",
    "overlap": f"of a point’s {NEIGHBOURS} nearest neighbours, the share that two embeddings have in common",
    "shared_mass": "the share of the mass that two plans put into the same cells",
}
#: numbers drawn over the epochs of a run
CURVES = ("top1_rows", "false_negative_mass", "perplexity", "knn_class", "alignment", "effective_rank")
_TOLD = ("top1_rows", "matched_share", "knn_class")
_MAPS = {
    "pca": "Each map is the PCA of its own embedding, rotated (or mirrored) onto that of A and drawn as large.",
    "umap": "Aligned UMAP keeps neighbours together, and ties a point to its place in the map before where its "
    "neighbours stay the same; distances between clusters mean little.",
}


def table_html(found: pd.DataFrame, labels: Sequence[str], second: str) -> str:
    """The numbers of all that are compared, with intervals and judgements, as HTML.

    Args:
        found: see :func:`gca_viz.experiments.compare.table.compared`.
        labels: of its columns, A's first.
        second: the label of B.
    """
    side = {labels[0]: "A ", second: "B "}
    head = "".join(f'<th scope="col">{side.get(label, "")}{escape(label)}</th>' for label in labels)
    cells = {(row.contender, row.measure): row for row in found.itertuples()}
    body = []
    for title, of_plan in (("Plan", True), ("Embedding", False)):
        rows = [
            row
            for row in ROWS.values()
            if (row.name in PLAN_MEASURES) == of_plan and (labels[0], row.name) in cells
        ]
        if rows:
            body.append(f'<tr class="part"><th colspan="{len(labels) + 1}">{title}</th></tr>')
        body += [
            f'<tr data-measure="{row.name}"><th scope="row" title="{escape(row.help)}">{escape(row.label)}</th>'
            + "".join(_cell(row, cells[label, row.name]) for label in labels)
            + "</tr>"
            for row in rows
        ]
    table = f"<table><tr><td></td>{head}</tr>{''.join(body)}</table>"
    # With the focus, keys scroll it where it is narrow.
    return f'<div class="compare-table" role="region" aria-label="Numbers of all" tabindex="0">{table}</div>'


def table_caption(kind: str) -> str:
    """How the table is to be read."""
    one = "" if kind == ENCODERS else " All have one embedding, so that only the plans differ."
    return (
        "Small: 95 % interval over samples, from 500 bootstrap batches. Each number is compared with A’s on the "
        "same resampled batches (paired): better or worse only where the whole interval of the difference lies "
        "on one side of 0, otherwise ≈. Where more is neither good nor bad in itself it says higher or lower. Of "
        f"twenty such numbers, about one would differ by chance.{one}"
    )


def _cell(row: Metric, cell: Any) -> str:
    if pd.isna(cell.value):
        return f"<td><b>–</b><small>needs {escape(row.at_least)}</small></td>"
    interval = "" if pd.isna(cell.low) else f"{row.rounded(cell.low)} to {row.rounded(cell.high)}"
    kind = {BETTER: BETTER, WORSE: WORSE, ALIKE: "alike"}.get(cell.verdict, "other")
    verdict = f'<i class="{kind}">{mark(cell.verdict)}</i>' if cell.verdict else ""
    return (
        f'<td data-candidate="{escape(str(cell.contender))}"><b>{row.rounded(cell.value)}</b>'
        f"{verdict}<small>{interval}</small></td>"
    )


def colour_of(found: CompareResult) -> ColourBy:
    """What the colour of each point says: its class, or how far it moved from A to B."""
    if found.recipe.compare.tint == "moved" and found.compared.kind == ENCODERS:
        first, second = found.compared.pair
        return ColourBy("how far it moved", moved(first.points.z, second.points.z))
    return class_colour(found)


def class_colour(found: CompareResult) -> ColourBy:
    """A colour per class."""
    dataset = found.batch.dataset
    return ColourBy.of_classes("class", np.tile(found.batch.labels, 2), dataset.class_titles)


def legend(colour: ColourBy) -> str:
    """What colours mean, as HTML: it takes no room from any of the maps."""
    view = '<span><i class="dot"></i>view 1</span><span><i class="ring"></i>view 2</span>'
    if not colour.names:
        low, high = colour.bounds
        ends = (
            f"<span>{escape(colour.title)}: {low:.2f}</span><span><i class=ramp></i></span><span>{high:.2f}</span>"
        )
        return f'<p class="legend">{view}{ends}</p>'
    shown = np.unique(colour.values)
    names = "".join(
        f'<span><i class="dot" style="--c:{in_css(css)}"></i>{escape(name)}</span>'
        for css, name in ((colour.palette[number], colour.names[number]) for number in shown)
    )
    return f'<p class="legend">{view}{names}</p>'


def far_samples(found: CompareResult) -> np.ndarray:
    """Those that moved most from A to B; none where nothing moved."""
    far = steps.changes_of(found.compared).moved
    return np.argsort(-far, kind="stable")[:FAR] if far.max() > 1e-6 else np.array([], int)


def map_title(found: CompareResult, number: int, *, short: bool) -> str:
    """Who a map is of, and what share of the rows sends most to its partner."""
    member, side = found.compared.members[number], ""
    if number == 0:
        side = "A "
    elif number == found.compared.second:
        side = "B "
    if member.plan.without_pairs:
        return f"{side}{member.label}"
    hits = 100 * float(found.shown(member.plan).top1_rows)
    return f"{side}{member.label}: {hits:.0f} %" + ("" if short else " of the rows send most to their partner")


def maps_caption(found: CompareResult) -> str:
    """How the maps are to be read."""
    if found.compared.kind != ENCODERS:
        return (
            "One encoder, one map: what differs is the plan. A line goes from a point of view 1 to the one that "
            "receives most of its mass, teal to its partner, magenta to another."
        )
    share = (
        ""
        if found.plan.without_pairs
        else " Per cent: row top-1, the share of rows that send most to their partner."
    )
    return (
        f"{_MAPS[found.recipe.compare.aligned]}{share} Outlined: the {FAR} "
        "samples that moved most from A to B, in the embedding and not on the map."
    )


def rankings(found: CompareResult) -> dict[str, Change]:
    """Name → way to rank samples that has a meaning here."""
    changes = steps.changes_of(found.compared)
    return {
        name: change
        for name, change in CHANGES.items()
        if (change.of_plan or found.compared.kind == ENCODERS) and change.of(changes) is not None
    }


def values_of(change: Change, changes: Changes) -> np.ndarray:
    """(N,) how much each sample changed, of a way to rank that has a meaning here."""
    values = change.of(changes)
    if values is None:
        raise TypeError(f"{change.name} has no meaning here")
    return values


def ranking_statement(change: Change, values: np.ndarray) -> str:
    """Which sample leads, and how many stand out."""
    top = int(values.argmax())
    number = f"{values[top]:.2f}" if change.name == "moved" else percent(values[top])
    beyond = int((values > values.mean() + 2 * values.std()).sum())
    return f"{change.title}: sample {top} leads with {number}; {beyond} stand out by two standard deviations."


def sample_text(found: CompareResult, change: Change, sample: int) -> str:
    """How much one sample changed."""
    changes = steps.changes_of(found.compared)
    before = change.before(changes)
    if before is not None:
        return f"A {percent(before[0, sample])} → B {percent(before[1, sample])}"
    value = values_of(change, changes)[sample]
    return f"{value:.2f}" if change.name == "moved" else percent(value)


def epoch_names(found: CompareResult) -> list[str]:
    """What the epochs of a run are called: their number where they have one."""
    epochs = [(candidate.name.rpartition("@")[2], candidate.label) for candidate in found.compared.candidates]
    return [f"epoch {epoch}" if epoch.isdecimal() else label for epoch, label in epochs]


def player_figure(
    found: CompareResult,
    places: np.ndarray,
    estimates: Mapping[str, Estimates],
    *,
    narrow: int = 0,
    controls: bool = True,
) -> go.Figure:
    """A run that plays, for the page and for a file.

    Args:
        found: whose results is the run.
        places: (epochs, 2N, 2), aligned maps.
        estimates: label → name → number.
        narrow, controls: see :func:`gca_viz.figures.player.run_player`.
    """
    rows = found.row_order
    epochs = [
        Epoch(
            name,
            found.shown(member.plan).matrix.cpu().numpy()[np.ix_(rows, rows)],
            place,
            " · ".join(
                f"{ROWS[key].label.lower().replace(',', ' by')} {ROWS[key].rounded(estimate.value)}"
                for key in _TOLD
                if (estimate := estimates[member.label].get(key)) is not None
            ),
        )
        for name, member, place in zip(epoch_names(found), found.compared.members, places, strict=True)
    ]
    colour = class_colour(found)
    return run_player(epochs, colour, found.point_texts, groups=found.row_groups, narrow=narrow, controls=controls)


def run_statement(names: Sequence[str], estimates: Mapping[str, Estimates]) -> str:
    """How the row top-1 changes from the first epoch to the last; the perplexity without pairs."""
    words = {
        "top1_rows": "rows that send most to their partner go",
        "perplexity": "columns that a row spreads over go",
    }
    name = next(name for name in words if name in next(iter(estimates.values())))
    first, *_, last = (numbers[name] for numbers in estimates.values())
    text = ROWS[name].estimate_text
    return f"From {names[0]} to {names[-1]} the {words[name]} from {text(first)} to {text(last)}."
