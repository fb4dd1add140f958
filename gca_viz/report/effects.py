"""The report of what parameters do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from gca_viz.experiments.effects.calibrated import Calibrated, calibrated_caption, calibrated_sentence
from gca_viz.experiments.effects.code import effects_code
from gca_viz.experiments.effects.ensembles import ENSEMBLES_CAPTION, ensembles_sentence
from gca_viz.experiments.effects.files import (
    columns_csv,
    effects_csv,
    effects_npz,
    ensembles_csv,
    noise_csv,
    noise_frame,
    reliability_csv,
)
from gca_viz.experiments.effects.more_columns import (
    MoreColumns,
    columns_caption,
    columns_sentence,
    prototypes_sentence,
)
from gca_viz.experiments.effects.noise import SCORES, Detection
from gca_viz.experiments.effects.result import PARTS, EffectsResult
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.effects.words import missing, number, who_finds
from gca_viz.experiments.plan.command import command_line
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.plan.summary import small_text
from gca_viz.experiments.recipe.recipe import MethodRecipe, Recipe
from gca_viz.report.columns_parts import prototype_figures, queue_curves, queue_plans
from gca_viz.report.document import Content, Report, Section
from gca_viz.report.effects_parts import (
    Place,
    calibration_figures,
    corner_places,
    ensemble_figures,
    ensemble_table,
    noise_caption,
    noise_figures,
    noise_place,
    pair_names,
    pair_pictures,
    small_plans,
    square_caption,
    square_changed,
    square_figure,
    sweep_caption,
    sweep_changed,
    sweep_figure,
    sweep_places,
)
from gca_viz.report.parts import data_address

_TITLES = {
    "square": "The constraint square",
    "sweep": "The sweep",
    "calibration": "Calibration",
    "columns": "More columns",
    "noise": "The noise lab",
}


def effects_report(found: EffectsResult, *, command: str | None = None) -> Report:
    """Constraint square, sweep, calibration, further columns and noise lab, as far as they were computed.

    Args:
        found: what to show.
        command: the line that makes it again; by default that of :func:`command_line`.
    """
    parts = [part for part in PARTS if getattr(found, part) is not None]
    sentences = dict(_sentences(found))
    sections = list(_sections(found, sentences))
    sections += [Section(_TITLES[part], "", f"<p>{escape(str(why))}</p>") for part, why in found.problems.items()]
    page = parts[0] if len(parts) == 1 and not found.problems else "effects"
    recipe = found.recipe.with_values(vs=MethodRecipe().reference)  # no plan stands beside it here
    return Report(
        title="gca-viz: parameter effects",
        headline=sentences[parts[0]].rstrip("."),
        sections=tuple(sections),
        recipe=recipe,
        parts=("data", "views", "encoder", "method", "effects"),
        command=command or _command(recipe, page),
        code=effects_code(found),
        values={part: _values(getattr(found, part)) | {"sentence": sentences[part]} for part in parts},
        files=_files(found),
    )


def _command(recipe: Recipe, page: str) -> str:
    start = "gca-viz report"
    return f"{start} --page {page}{command_line(recipe, 'report').removeprefix(start)}"


def _sentences(found: EffectsResult) -> Iterator[tuple[str, str]]:
    """What each part that was computed shows."""
    if found.square is not None:
        yield "square", square_changed(found.recipe, found.square).replace("<br>", " ")
    if found.sweep is not None:
        yield "sweep", sweep_changed(found.recipe, found.sweep)
    if found.calibration is not None:
        yield "calibration", calibrated_sentence(found.calibration)
    if found.columns is not None:
        yield "columns", f"{columns_sentence(found.columns)} {prototypes_sentence(found.columns)}"
    if found.noise is not None:
        yield "noise", f"{who_finds(found.noise)}."


def _sections(found: EffectsResult, sentences: Mapping[str, str]) -> Iterator[Section]:
    if found.square is not None:
        yield from _square(found.result, found.recipe, found.square, sentences["square"])
    if found.sweep is not None:
        yield from _sweep(found.result, found.recipe, found.sweep, sentences["sweep"])
    if found.calibration is not None:
        words = f"{sentences['calibration']} {calibrated_caption(found.calibration)}"
        yield Section(_TITLES["calibration"], words, list(calibration_figures(found.calibration)))
        if (pooled := found.calibration.ensembles) is not None:
            table = ensemble_table(pooled).to_html(border=0, justify="left")
            words = f"{ensembles_sentence(pooled)} {ENSEMBLES_CAPTION}"
            yield Section(f"{pooled.count} view pairs", words, [table, *ensemble_figures(pooled)])
    if found.columns is not None:
        yield _columns(found.columns, sentences["columns"])
    if found.noise is not None:
        yield from _noise(found.recipe, found.noise, sentences["noise"])


def _square(result: PlanResult, recipe: Recipe, table: EffectTable, sentence: str) -> Iterator[Section]:
    reading, drawn = recipe.effects.reading, square_figure(result, table)
    body = f"<p>{escape(missing(reading))}</p>" if np.isnan(table.values[reading]).all() else drawn
    yield Section(_TITLES["square"], f"{sentence} {square_caption(recipe)}", body)
    yield _plans("Plans at its corners", recipe, corner_places(recipe))


def _sweep(result: PlanResult, recipe: Recipe, table: EffectTable, sentence: str) -> Iterator[Section]:
    drawn = [reading for reading in recipe.effects.readings if not np.isnan(table.values[reading]).all()]
    body: list[go.Figure | str] = [sweep_figure(result, table, reading) for reading in drawn]
    body += [f"<p>{escape(missing(reading))}</p>" for reading in recipe.effects.readings if reading not in drawn]
    yield Section(_TITLES["sweep"], f"{sentence} {sweep_caption(recipe, table)}", body)
    yield _plans("Plans along it", recipe, sweep_places(table.axes))


def _noise(recipe: Recipe, noise: Detection, sentence: str) -> Iterator[Section]:
    at = noise_place(recipe, noise)
    body = [
        *noise_figures(recipe, noise, at),
        noise_frame(noise).to_html(index=False, border=0, float_format="{:.3f}".format),
    ]
    for score in ("row_mass", "pair_mass"):
        rows = noise.notable_pairs[score][at].tolist()
        body.append(
            f"<p><b>Least {SCORES[score]} first at λ = {number(noise.penalties[at])}:</b> "
            f"{noise.first.mask[rows].sum()} of these {len(rows)} pairs are corrupted.</p>"
        )
        body.append(f'<div class="pairs">{"".join(_notable(recipe, noise, row) for row in rows)}</div>')
    yield Section(_TITLES["noise"], f"{sentence} {noise_caption(noise, at)}", body)


def _notable(recipe: Recipe, noise: Detection, row: int) -> str:
    pair = pair_names(recipe, noise.first, row)
    images = "".join(
        f'<img class="{side}" src="{data_address(image)}" alt="{escape(pair)}, {side} view">'
        for side, image in zip(("first", "second"), pair_pictures(recipe, noise.first, row), strict=True)
    )
    state = "corrupted" if noise.first.mask[row] else "clean"
    return f"<figure>{images}<figcaption>{row} · {state}<br>{escape(pair)}</figcaption></figure>"


def _plans(title: str, recipe: Recipe, places: Mapping[str, Place]) -> Section:
    figures = "".join(
        f'<figure><img class="plan" src="{data_address(picture)}" alt="Plan at {escape(text)}">'
        f"<figcaption>{escape(text)}<br>{small_text(plan)}</figcaption></figure>"
        for text, plan, picture in small_plans(recipe, places)
    )
    return Section(title, "In one colour scale; bright is much mass.", f'<div class="pairs">{figures}</div>')


def _columns(found: MoreColumns, sentence: str) -> Section:
    body = [
        part
        for title, figure in (
            *((f"Held: {title}", figure) for title, figure in queue_plans(found).items()),
            *prototype_figures(found).items(),
        )
        for part in (f"<p>{escape(title)}</p>", figure)
    ]
    return Section(
        _TITLES["columns"], f"{sentence} {columns_caption(found)}", [*queue_curves(found).values(), *body]
    )


def _values(part: Any) -> dict[str, Any]:
    """Numbers for programs."""
    if isinstance(part, EffectTable):
        return {"axes": part.axes, "values": {name: of.tolist() for name, of in part.values.items()}}
    if isinstance(part, Calibrated):
        plans = {name: {"epsilon": epsilon, "ece": float(of.ece)} for name, (epsilon, of) in part.plans.items()}
        pooled = {} if part.ensembles is None else {"ensembles": part.ensembles.frame().to_dict("records")}
        return _values(part.table) | {"plans": plans} | pooled
    if isinstance(part, MoreColumns):
        of = part.prototypes
        prototypes = {"loss": of.loss, "agreement": of.agreement, "used": of.used}
        return {"queue": part.table.to_dict("records"), "prototypes": prototypes}
    return {
        "lambda": part.penalties,
        "auc": {score: of.tolist() for score, of in part.auc.items()},
        "kept": part.kept.tolist(),
        "bad": np.flatnonzero(part.first.mask).tolist(),
    }


def _files(found: EffectsResult) -> Mapping[str, Callable[[], Content]]:
    files: dict[str, Callable[[], Content]] = {"effects.npz": lambda: effects_npz(found)}
    for name, table in (("square", found.square), ("sweep", found.sweep)):
        if table is not None:
            files[f"{name}.csv"] = partial(effects_csv, table)
    if found.calibration is not None:
        files["reliability.csv"] = partial(reliability_csv, found.calibration)
        files["calibration.csv"] = partial(effects_csv, found.calibration.table)
        if found.calibration.ensembles is not None:
            files["ensembles.csv"] = partial(ensembles_csv, found.calibration.ensembles)
    if found.columns is not None:
        files["columns.csv"] = partial(columns_csv, found.columns)
    if found.noise is not None:
        files["noise.csv"] = partial(noise_csv, found.noise)
    return files
