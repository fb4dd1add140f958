"""What page and report say of parameter effects alike: figures with their words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gca_viz.datasets import order
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.calibrated import Calibrated
from gca_viz.experiments.effects.ensembles import NUMBERS, Ensembles
from gca_viz.experiments.effects.noise import SCORES, Corrupted, Detection
from gca_viz.experiments.effects.result import ALWAYS, TAUS, sweep_readings
from gca_viz.experiments.effects.square import CORNERS, apart, as_unbalanced, taus_of
from gca_viz.experiments.effects.sweep import applied, plan_at
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.effects.words import number, place_text, what_changed
from gca_viz.experiments.metrics.plans import EFFECT_READINGS, Samples, read
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.recipe import DataRecipe, Recipe, ViewsRecipe
from gca_viz.figures.calibration import pooling, reliability
from gca_viz.figures.effects import Scale, curve, heat_map, plan_pictures
from gca_viz.figures.noise import auc_curves, roc_curves
from gca_viz.metric import percent
from gca_viz.palette import VIEWS
from gca_viz.transport import METHODS, Plan
from gca_viz.transport.options import POOLS

Place = dict[str, float]
_READ = ((0, 1), (1, 1), (0, 0), (1, 0))  # corners as they lie in the square, row by row
_SHOWN = 5  # plans along a curve
_CORRUPTED = {
    "erase": "A grey square hides half of view 1 of a corrupted pair.",
    "crop": "View 1 of a corrupted pair keeps 5 to 15 % of the image.",
    "brightness": "View 1 of a corrupted pair is strongly over- or under-exposed.",
    "swap": "View 2 of a corrupted pair is that of another one: the batch has the same embeddings, so that no row "
    "mass changes.",
    "outside": "View 2 of a corrupted pair shows something that is not in the batch. The row has lost its partner "
    "and sends less, unless other samples of the batch are much like it.",
}


def square_figure(result: PlanResult, table: EffectTable) -> go.Figure:
    """The number that the recipe names over (τ₁, τ₂)."""
    recipe = result.recipe
    values, options = shown_values(result, table, recipe.effects.reading)
    return heat_map(
        Scale("τ₁ = λ₁/(λ₁ + ε), rows", TAUS),
        Scale("τ₂ = λ₂/(λ₂ + ε), columns", TAUS),
        values,
        marks=CORNERS[recipe.method.own_layout],
        current=[] if apart(recipe) else taus_of(recipe),
        **options,
    )


def square_changed(recipe: Recipe, table: EffectTable) -> str:
    """What changes from the corner in which nothing is held to the one in which all is."""
    names, chosen = CORNERS[recipe.method.own_layout], recipe.effects.reading
    others = [name for name in ALWAYS if name != chosen]
    return what_changed(table, (chosen, *others), {names[0, 0]: (0, 0), names[1, 1]: (-1, -1)})


def square_caption(recipe: Recipe) -> str:
    """How the square is to be read."""
    reading, method = recipe.effects.reading, METHODS[recipe.method.name]
    words = (
        f"{EFFECT_READINGS[reading].help} Each of the {len(TAUS)} × {len(TAUS)} cells is a plan of this batch at "
        f"ε = {number(recipe.method.epsilon)} and at most {number(recipe.method.iterations)} iterations; "
        "τ = λ/(λ + ε), for rows (τ₁) and columns (τ₂), is 0 where sums are free and 1 where they equal their "
        "marginals."
    )
    if reading == "loss" and as_unbalanced(recipe) is not recipe and method.divergence.__name__ != "KL":
        words += f" The loss is the KL divergence, not that of {method.title}."
    if where := apart(recipe):
        words += f" The plan of {method.title} is none of these. {where}"
    return words


def corner_places(recipe: Recipe) -> dict[str, Place]:
    """What the corners of the square are called → where they are."""
    names = CORNERS[recipe.method.own_layout]
    return {
        names[tau].replace("<br>", " "): dict(zip(("tau1", "tau2"), map(float, tau), strict=True)) for tau in _READ
    }


def sweep_figure(result: PlanResult, table: EffectTable, reading: str) -> go.Figure:
    """A reading over one parameter as a curve with its band, over two as a map."""
    recipe, spec = result.recipe, EFFECT_READINGS[reading]
    scales = [scale_of(name, values) for name, values in table.axes.items()]
    current = [AXES[name].read(recipe) for name in table.axes]
    if len(scales) == 1:
        names: dict[str, Any] = {"title": axis_title(reading), "text": spec.text, "share": spec.is_share}
        return curve(scales[0], table.mean(reading), *table.band(reading), current=current[0], **names)
    (x, y), (at_x, at_y) = scales, current
    there = [] if at_x is None or at_y is None else [(at_x, at_y)]
    values, options = shown_values(result, table, reading)
    return heat_map(x, y, values, current=there, **options)


def sweep_changed(recipe: Recipe, table: EffectTable) -> str:
    """What changes along the curve, or where the map is lowest and highest."""
    return what_changed(table, sweep_readings(recipe) if len(table.axes) == 1 else recipe.effects.readings)


def sweep_caption(recipe: Recipe, table: EffectTable) -> str:
    """What the numbers of a sweep are, and what they are not."""
    words = [EFFECT_READINGS[reading].help for reading in recipe.effects.readings]
    words.append(
        f"The band goes from the lowest to the highest of {table.seeds} seeds of batch and views."
        if table.seeds > 1
        else "One seed of batch and views."
    )
    words.append("The embeddings stay as they are: nothing is trained.")
    if {"alpha", "beta", "gap"} & set(table.axes):
        words.append(
            "The plan does not depend on the target: without training, α and β change only target and loss."
        )
    if {"lambda1", "lambda2", "lambdas", "tau1", "tau2"} & set(table.axes) and recipe.method.name != "gca-uot":
        words.append(f"{METHODS[recipe.method.name].title} fixes its constraints: the sweep is that of GCA-UOT.")
    return " ".join(words)


def sweep_places(axes: Mapping[str, tuple[float, ...]]) -> dict[str, Place]:
    """What to call them → some places of the sweep: along a curve, or the corners of a map."""
    if len(axes) == 1:
        ((name, values),) = axes.items()
        picked = np.linspace(0, len(values) - 1, min(_SHOWN, len(values))).round().astype(int)
        places = [{name: values[index]} for index in dict.fromkeys(picked.tolist())]
    else:
        places = [dict(zip(axes, ends, strict=True)) for ends in product(*((v[0], v[-1]) for v in axes.values()))]
    return {", ".join(place_text(name, value) for name, value in place.items()): place for place in places}


def small_plans(recipe: Recipe, places: Mapping[str, Place]) -> list[tuple[str, Plan, np.ndarray]]:
    """Name, plan and picture of some places of a sweep, in one colour scale."""
    plans = [plan_at(recipe, place) for place in places.values()]
    matrices = []
    for place, plan in zip(places.values(), plans, strict=True):
        rows = _shown_order(applied(recipe, place), len(plan.matrix))
        matrices.append(plan.matrix.cpu().numpy()[np.ix_(rows, rows)])
    return list(zip(places, plans, plan_pictures(matrices), strict=True))


def calibration_figures(found: Calibrated) -> tuple[go.Figure, go.Figure]:
    """The reliability diagram of the recipe's plan and of the calibrated one, and the error over ε."""
    spec, table = EFFECT_READINGS["ece"], found.table
    names = {
        f"{name}: ε {number(epsilon)}, error {spec.text(float(of.ece))}": of
        for name, (epsilon, of) in found.plans.items()
    }
    error = curve(
        scale_of("eps", table.axes["eps"]),
        table.mean("ece"),
        *table.band("ece"),
        title=axis_title("ece"),
        text=spec.text,
        current=found.own_epsilon,
        share=True,
    )
    error.update_layout(height=480)
    error.add_vline(found.epsilon, line_width=2, line_dash="dot", line_color=VIEWS[1])
    ends = ("right", "left") if found.epsilon < found.own_epsilon else ("left", "right")  # away from each other
    lines = (found.epsilon, f"calibrated ε {number(found.epsilon)}"), (found.own_epsilon, "recipe")
    for (epsilon, text), end in zip(lines, ends, strict=True):
        error.add_annotation(
            x=np.log10(epsilon), y=1, yref="paper", yanchor="bottom", xanchor=end, text=text, showarrow=False
        )
    return reliability(names), error


def ensemble_figures(of: Ensembles) -> list[go.Figure]:
    """The calibration error over the number of view pairs pooled, at the recipe's ε and at the calibrated one."""
    most = max(numbers["ece"] for of_place in of.found.values() for numbers in (of_place.whole, of_place.alone))
    return [
        pooling(
            {
                pool: np.array([of.found[where, pool, pairs].whole["ece"] for pairs in range(1, of.count + 1)])
                for pool in POOLS
            },
            of.chosen(where).alone["ece"],
            title=f"Calibration error at ε {number(epsilon)}",
            most=most,
        )
        for where, epsilon in of.epsilons.items()
    ]


def ensemble_table(of: Ensembles) -> pd.DataFrame:
    """A row per temperature: one pair alone, then each way to pool all pairs, in plain text."""
    rows = {}
    for where, epsilon in of.epsilons.items():
        rows[f"ε {number(epsilon)}, one pair"] = of.chosen(where).alone
        for pool in POOLS:
            rows[f"ε {number(epsilon)}, {pool} of {of.count}"] = of.found[where, pool, of.count].whole
    return pd.DataFrame(
        {title: {row: _pooled_text(name, of[name]) for row, of in rows.items()} for name, title in NUMBERS.items()}
    )


def _pooled_text(name: str, value: float) -> str:
    if not isfinite(value):
        return "∞"
    return percent(value, 1) if name in ("ece", "top1") else f"{value:.3f}"


def noise_place(recipe: Recipe, found: Detection) -> int:
    """Which λ the right figure shows: the recipe's own or, if it has none, the one at which row mass does best."""
    own = AXES["lambdas"].read(recipe)
    if own is not None and isfinite(own):
        return min(range(len(found.penalties)), key=lambda index: abs(found.penalties[index] - own))
    return int(found.auc["row_mass"].mean(0).argmax())


def noise_figures(recipe: Recipe, found: Detection, at: int) -> tuple[go.Figure, go.Figure]:
    """AUC of each number against λ, and ROC curves at one λ."""
    names = {score: f"{title} {found.auc[score][0, at]:.2f}" for score, title in SCORES.items()}
    return (
        auc_curves(
            Scale("λ = λ₁ = λ₂", found.penalties, log=True), found.auc, SCORES, AXES["lambdas"].read(recipe)
        ),
        roc_curves({score: curves[at] for score, curves in found.curves.items()}, names),
    )


def noise_caption(found: Detection, at: int) -> str:
    """How the two figures are to be read, and what was done to corrupted pairs."""
    return (
        "A pair counts as corrupted if its score is below a threshold. AUC: probability that a corrupted pair’s "
        "score is below a clean one’s. Right: ROC curves of the first seed at λ = "
        f"{number(found.penalties[at])}. Row mass is what the row sends in the plan of GCA-UOT, pair "
        "mass what it sends to its partner; the cosine needs no plan. " + _CORRUPTED[found.corruption]
    )


def pair_pictures(recipe: Recipe, corrupted: Corrupted, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Both images of a pair as the noise lab has them, uint8 H × W × 3."""
    partners = corrupted.corruption in ("swap", "outside")
    extreme = recipe.views if partners else ViewsRecipe(corrupted.corruption, seed=recipe.views.seed)
    usual = engine.pictures_of(recipe.data, recipe.views, recipe.encoder)
    changed = engine.pictures_of(recipe.data, extreme)
    data, second = _second_of(recipe, corrupted, row)
    return (changed if corrupted.mask[row] else usual)[0][row], engine.pictures_of(
        data, recipe.views, recipe.encoder
    )[1][second]


def pair_names(recipe: Recipe, corrupted: Corrupted, row: int) -> str:
    """What both images of a pair show."""
    data, second = _second_of(recipe, corrupted, row)
    return f"{engine.batch_of(recipe.data).names[row]} → {engine.batch_of(data).names[second]}"


def _second_of(recipe: Recipe, corrupted: Corrupted, row: int) -> tuple[DataRecipe, int]:
    """The batch, or what was drawn beside it, and the place there whose view 2 the pair has."""
    second, count = int(corrupted.second[row]), len(corrupted.second)
    return (recipe.data, second) if second < count else (corrupted.outside or recipe.data, second - count)


def shown_values(result: PlanResult, table: EffectTable, reading: str) -> tuple[np.ndarray, dict[str, Any]]:
    """What a map shows, and how: the reading, or how far it is from that of the recipe's own plan."""
    spec, values = EFFECT_READINGS[reading], table.mean(reading)
    options: dict[str, Any] = {"title": axis_title(reading), "text": spec.text, "share": spec.is_share}
    if result.recipe.effects.shown_as == "value":
        return values, options
    samples = Samples(result.batch.labels, result.domains, engine.embeddings_of(result.recipe.inputs).z2)
    title = f"{options['title']} − the recipe’s"
    return values - read(reading, result.plan, samples), options | {"title": title, "diverging": True}


def axis_title(reading: str) -> str:
    """A reading with its unit, as an axis says it; shares are written as per cent."""
    spec = EFFECT_READINGS[reading]
    return f"{spec.label} ({spec.unit})" if spec.unit not in ("", "share") else spec.label


def scale_of(name: str, values: tuple[float, ...]) -> Scale:
    """The axis of a figure for a swept parameter."""
    spec = AXES[name].spec
    log = spec.scale == "log" and min(values) > 0
    return Scale(AXES[name].title, values, log=log, text=percent if name == "corrupted_share" else number)


def _shown_order(recipe: Recipe, rows: int) -> np.ndarray:
    """Display position → row of the plan; in the joint layout both views of a sample follow each other."""
    samples = order(engine.batch_of(recipe.data), recipe.display.order)
    return samples if rows == len(samples) else np.stack([samples, samples + len(samples)], 1).ravel()
