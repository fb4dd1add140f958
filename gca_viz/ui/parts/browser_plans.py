"""Plans that a browser can solve itself, and the numbers that move them: of pages without a server, and of a slider
while a hand is on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from gca_viz.errors import InputError
from gca_viz.experiments.effects.square import as_unbalanced, can_move
from gca_viz.experiments.recipe.recipe import AUTO, MethodRecipe, Recipe
from gca_viz.settings.parameter import Parameter
from gca_viz.transport.options import KERNEL_PARAMETERS, SAMPLE
from gca_viz.transport.parameters import EPSILON, ITERATIONS, LAMBDA1, LAMBDA2
from gca_viz.ui.parts.widgets import has_stops, number_text, slider_stops
from gca_viz.ui.session.page_result import PageResult

#: rows beyond which a browser needs more than a moment for a plan
MOST_ROWS = 512
_KERNEL_NUMBERS = tuple(parameter for own in KERNEL_PARAMETERS.values() for parameter in own)
#: what moves a plan, and not its loss alone
_MOVES_PLANS = (EPSILON, ITERATIONS, LAMBDA1, LAMBDA2, *_KERNEL_NUMBERS)


def followed(result: PageResult) -> dict[str, Any] | None:
    """What a board needs so that its plans follow the sliders of a form; None where a browser cannot solve them."""
    methods = methods_of(result)
    try:
        check(result, methods)
    except InputError:
        return None
    numbers, moved = _numbers(methods), _moved_on_the_square(result.recipe)
    step = result.recipe.display.step
    told = numbers | _numbers([] if moved is None else [moved])
    return {
        "problems": [problem(method) for method in methods],
        "settings": {key: repr(result.recipe.get(key)) for key in told},
        "step": None if step < 0 else step,
        "square": None if moved is None else {"name": moved.composition.title} | problem(moved),
        "dials": [
            {"name": key, "stops": _stops(result.recipe, key, parameter) if has_stops(parameter) else None}
            for key, parameter in numbers.items()
        ],
    }


def check(result: PageResult, methods: Sequence[MethodRecipe]) -> None:
    """Raise :class:`InputError` where a browser cannot compute what the app can.

    Args:
        result: whose rows the page has.
        methods: of its plans.
    """
    rows = len(result.pairing.row_sample)
    if rows > MOST_ROWS:
        raise InputError(
            f"a plan of {rows} rows",
            f"a page without a server draws and solves at most {MOST_ROWS}",
            f"Use --batch-size {len(result.batch) * MOST_ROWS // rows}",
            parameter="size",
        )
    for method in methods:
        _check_method(method)


def _check_method(method: MethodRecipe) -> None:
    composed = method.composition
    if method.own_by != SAMPLE.default:
        raise InputError(
            f"sample_by = {method.own_by!r}",
            "a page without a server solves plans of one temperature, whose samples weigh alike",
            "Use --sample-by none, or gca-viz report for a page of this plan as it is",
            parameter="sample_by",
        )
    if method.columns_are != "views":
        raise InputError(
            f"columns = {method.columns_are}",
            "a page without a server solves plans between the two views",
            "Choose another method, or gca-viz report for a page of this plan as it is",
            parameter="columns",
        )
    if composed.weighs_negatives or composed.sparse:
        raise InputError(
            f"method = {method.name!r}",
            "a page without a server solves plans of a kernel, whose negatives weigh alike",
            "Choose another method, or gca-viz report for a page of this plan as it is",
            parameter="method",
        )
    if math.isinf(method.iterations):
        raise InputError(
            "iterations = inf",
            "a page without a server takes half steps, and has no faster way to their limit",
            f"Use --iterations {ITERATIONS.high}",
            parameter="iterations",
        )


def problem(method: MethodRecipe) -> dict[str, Any]:
    """What the plan of a method solves, for ``js/problem.js``: each number a text, or the name of a control."""
    composed = method.composition

    def said(parameter: Parameter) -> str:
        return Recipe.key_of(parameter) if parameter in method.parameters else repr(parameter.default)

    def penalty(value: float | Parameter) -> str:
        return said(value) if isinstance(value, Parameter) else repr(value)

    divergence = composed.make_divergence(
        {parameter.name: getattr(method, parameter.name) for parameter in composed.parameters}
    )
    numbers = {own.name: said(own) for own in KERNEL_PARAMETERS.get(composed.kernel, ())}
    return {
        "epsilon": said(EPSILON),
        "iterations": said(ITERATIONS),
        "penalties": [[penalty(rows), penalty(columns)] for rows, columns in composed.constraints],
        "total": composed.hold == "total",
        "rowsLast": divergence.read_after == "row",
        "kernel": {"name": composed.kernel} | numbers,
    }


def methods_of(result: PageResult) -> list[MethodRecipe]:
    """That of each plan on the page."""
    method = result.recipe.method
    beside = method.beside
    return [method, *([beside] if beside is not None else [])][: len(result.names)]


def dials_of(recipe: Recipe, methods: Sequence[MethodRecipe]) -> Iterator[dict[str, Any]]:
    """A slider for each number that moves one of the plans."""
    for key, parameter in _numbers(methods).items():
        yield {
            "name": key,
            "label": f"{parameter.label} {parameter.symbol}",
            "help": parameter.help,
            "stops": _stops(recipe, key, parameter),
            "texts": [number_text(float(stop)) for stop in _stops(recipe, key, parameter)],
        }


def _moved_on_the_square(recipe: Recipe) -> MethodRecipe | None:
    """The method whose penalties are those of the dot on the square; None where it cannot move, or where a corner
    ends after another half step than the places around it."""
    if can_move(recipe.with_values(hold=AUTO)):
        return None
    method = as_unbalanced(recipe).method
    return None if problem(method)["rowsLast"] else method


def _numbers(methods: Sequence[MethodRecipe]) -> dict[str, Parameter]:
    """Those that move one of the plans, by their names in a link."""
    return {
        Recipe.key_of(parameter): parameter
        for parameter in _MOVES_PLANS
        if any(parameter in method.parameters for method in methods)
    }


def _stops(recipe: Recipe, key: str, parameter: Parameter) -> list[str]:
    """The places of a slider, each as Python writes the number; half steps without end are not a browser's."""
    stops = slider_stops(parameter, recipe.get(key))
    return [repr(stop) for stop in stops if parameter is not ITERATIONS or math.isfinite(stop)]
