"""The parts of the page: tables, matrices, and the images behind the cells that are worth a look."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from html import escape

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.notable_pairs import NotablePairs, notable_pairs
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.figures.matrix import MOST_CELLS, matrix
from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.metric import percent
from gca_viz.transport import READINGS

_SIDE = 144  # pixels, of an image on the page
_PAIRS = 8  # of each kind


def readings_table(result: PlanResult) -> str:
    """The row of numbers, a column per method, with what each number is."""
    found = result.readings
    heads = "".join(f"<th>{escape(result.titles[name])}</th>" for name in found)
    rows = "".join(
        f'<tr data-reading="{key}"><th>{escape(READINGS[key].label)}</th>'
        + "".join(
            f'<td class="number" data-method="{escape(name)}" data-value="{of[key]!r}">'
            f"{escape(READINGS[key].text(of[key]))}</td>"
            for name, of in found.items()
        )
        + f'<td class="caption">{escape(READINGS[key].help)}</td></tr>'
        for key in next(iter(found.values()))
    )
    said = " ".join(result.remarks)
    why = f'<p class="caption">{said}</p>' if said else ""
    return f"<table><tr><th></th>{heads}<th></th></tr>{rows}</table>{why}"


def matrices(result: PlanResult) -> Iterator[tuple[str, str, go.Figure]]:
    """Title, caption and figure of the plan and of its difference to the one beside it."""
    recipe, shown = result.recipe, result.shown_plans
    name, titles = recipe.method.name, result.titles
    along, down = result.column_order, result.row_order
    rows, columns = names_along(result)
    values = {of: plan.matrix.cpu().numpy()[np.ix_(down, along)] for of, plan in shown.items()}
    log = recipe.display.scale == "log"
    order = order_caption(result)
    plan = matrix(values[name], rows, columns, title="mass", log=log)
    yield f"Plan of {titles[name]}", order, _filling(plan, result)
    for beside in [other for other in titles if other != name]:
        title = f"Difference to {titles[beside]}"
        caption = f"Teal: more mass than under {titles[beside]}; magenta: less. {order}"
        difference = values[name] - values[beside]
        figure = matrix(difference, rows, columns, title="difference", diverging=True)
        yield title, caption, _filling(figure, result)


def names_along(result: PlanResult) -> tuple[list[str], list[str]]:
    """What the rows, and the columns, of a drawn matrix are called, in its order."""
    pairing = pairing_of(result.plan)
    rows, columns = (
        [f"{index}: {escape(result.name(int(samples[index]), int(views[index])))}" for index in place]
        for place, samples, views in (
            (result.row_order, pairing.row_sample, pairing.row_view),
            (result.column_order, pairing.column_sample, pairing.column_view),
        )
    )
    return rows, columns


def _filling(figure: go.Figure, result: PlanResult) -> go.Figure:
    """Cells as wide as there is room for where the columns are few prototypes, else square ones."""
    return figure.update_yaxes(scaleanchor=None) if result.recipe.method.columns_are == "prototypes" else figure


def order_caption(result: PlanResult) -> str:
    """What rows and columns of the matrices are."""
    size, order = max(len(result.row_order), len(result.column_order)), result.recipe.display.order
    each = f" Each cell is the largest of several of the {size}." if size > MOST_CELLS else ""
    if pairing_of(result.plan).layout == "joint":
        return f"Every view against every other, ordered by {order}.{each}"
    if (are := result.recipe.method.columns_are) == "prototypes":
        of = " of the encoder’s file" * result.recipe.method.prototypes_of_file
        return f"Rows are view 1, ordered by {order}, columns prototypes{of}.{each}"
    if are == "queue":
        return f"Rows are view 1, columns view 2 and behind it the queue, each ordered by {order}.{each}"
    return f"Rows are view 1, columns view 2, ordered by {order}.{each}"


def gallery(result: PlanResult) -> Iterator[tuple[str, str, str]]:
    """Title, explanation and both images of each pair, for each kind of cell that is worth a look."""
    for kind in _kinds(result):
        pairs = zip(kind.cells, kind.values, strict=True)
        figures = "".join(_pair(result, *cell, _text(value, kind.unit)) for cell, value in pairs)
        yield kind.title, kind.explanation, f'<div class="pairs">{figures}</div>'


def _kinds(result: PlanResult) -> tuple[NotablePairs, ...]:
    labels = engine.labels_of(result.recipe.inputs, result.recipe.method)
    return notable_pairs(result.shown_plans[result.recipe.method.name], labels, count=_PAIRS)


def _keys(result: PlanResult, row: int, column: int) -> tuple[tuple[int, int], ...]:
    """(sample, view) of a row and of a column."""
    pairing = pairing_of(result.plan)
    return tuple(
        (int(getattr(pairing, f"{side}_sample")[index]), int(getattr(pairing, f"{side}_view")[index]))
        for side, index in (("row", row), ("column", column))
    )


def _pair(result: PlanResult, row: int, column: int, value: str) -> str:
    images, words = "", []
    credits: list[str] = []
    for sample, view in _keys(result, row, column):
        credits += filter(None, [result.credit(sample, view)])
        name, label = result.name(sample, view), result.kind(sample, view)[0]
        words.append(f"{name} ({label})" if label else name)
        side = ("first", "second")[view]
        source, alt = picture(result, sample, view), escape(f"{name}, view {view + 1}")
        images += f'<img class="{side}" src="{source}" alt="{alt}">'
    caption = f"{value}<br>{escape(' → '.join(words))}"
    if credits:
        caption += f"<br><small>{escape('; '.join(dict.fromkeys(credits)))}</small>"
    return f"<figure>{images}<figcaption>{caption}</figcaption></figure>"


def picture(result: PlanResult, sample: int, view: int) -> str:
    """The image of a sample in a view, as a data address."""
    data, index = result.further.place(sample)
    return data_address(engine.pictures_of(data, result.recipe.views, result.recipe.encoder)[view][index])


def data_address(image: np.ndarray) -> str:
    """An image, uint8 H × W × 3, as an address that holds it; a large one is made smaller."""
    small, buffer = Image.fromarray(image), io.BytesIO()
    small.thumbnail((_SIDE, _SIDE))
    small.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _text(value: float, unit: str) -> str:
    return f"{value:.1f} × the mean" if unit.startswith("×") else f"{percent(value, 1)} {unit}"
