"""What the page of parameter effects computes for a recipe: constraint square, sweep, calibration, noise lab."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gca_viz.errors import InputError
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.calibrated import Calibrated, calibrate
from gca_viz.experiments.effects.more_columns import MoreColumns, more_columns
from gca_viz.experiments.effects.noise import Detection, detect
from gca_viz.experiments.effects.square import as_unbalanced
from gca_viz.experiments.effects.sweep import cannot, partial_tables
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.recipe import NOTHING, Recipe
from gca_viz.progress import ReportProgress

#: followed beside what was asked for
ALWAYS = ("matched_share", "perplexity")
#: values of τ₁ and of τ₂ in the constraint square
TAUS = tuple(round(step / 20, 3) for step in range(21))
PARTS = ("square", "sweep", "calibration", "columns", "noise")
_PENALTIES = 13  # of the noise lab


@dataclass(frozen=True, eq=False)
class EffectsResult:
    """What parameters do to the plan of a recipe; a part that was not asked for is None.

    Attributes:
        result: the recipe's own plan.
        square: a number over (τ₁, τ₂).
        sweep: numbers over the axes that the recipe names.
        calibration: how sure and how right the plans are over ε.
        columns: what further columns do: a queue, prototypes.
        noise: who finds corrupted pairs.
        problems: part → why it could not be computed.
    """

    result: PlanResult
    square: EffectTable | None = None
    sweep: EffectTable | None = None
    calibration: Calibrated | None = None
    columns: MoreColumns | None = None
    noise: Detection | None = None
    problems: Mapping[str, InputError] = field(default_factory=dict)

    @property
    def recipe(self) -> Recipe:
        """What was computed."""
        return self.result.recipe


def effects_recipe(
    recipe: Recipe, parts: Sequence[str] = PARTS, progress: ReportProgress | None = None
) -> EffectsResult:
    """Compute parts of what the page shows.

    ``effects_recipe(Recipe().with_values(n=64), ["sweep"]).sweep.frame()``

    Args:
        recipe: what is the same for all plans, and what is swept.
        parts: names in :data:`PARTS`.
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: the recipe makes no sense, or none of the parts can be computed; where others can, the reason is
            in ``problems``.
    """
    report_progress = progress or (lambda share, what: None)
    alone = replace(recipe, method=replace(recipe.method, reference=NOTHING))
    result = PlanResult.of(alone, lambda share, what: report_progress(0.1 * share, what))
    found: dict[str, Any] = {}
    problems: dict[str, InputError] = {}
    for number, part in enumerate(parts):

        def tell(share: float, what: str, number: int = number) -> None:
            report_progress(0.1 + 0.9 * (number + share) / len(parts), what)

        try:
            found[part] = _COMPUTED[part](recipe, tell)
        except InputError as error:
            problems[part] = error
    if not found:
        raise next(iter(problems.values()))
    report_progress(1.0, "Done")
    return EffectsResult(replace(result, recipe=recipe), problems=problems, **found)


def square_tables(recipe: Recipe, progress: ReportProgress | None = None) -> Iterator[EffectTable]:
    """The constraint square of a recipe so far, again and again; its method is read as GCA-UOT."""
    names = tuple(dict.fromkeys((recipe.effects.reading, *ALWAYS)))
    return partial_tables(as_unbalanced(recipe), {"tau1": TAUS, "tau2": TAUS}, names, progress=progress)


def sweep_axes(recipe: Recipe) -> dict[str, tuple[float, ...]]:
    """Name → values of the one or two axes that the recipe asks for.

    Raises:
        InputError: bounds that make no sense.
    """
    chosen = recipe.effects
    bounds = (chosen.low, chosen.high), (chosen.low2, chosen.high2)
    pairs = zip(chosen.axes, bounds, strict=False)  # one axis, two pairs of bounds
    return {name: AXES[name].values(recipe, *ends, points=chosen.points) for name, ends in pairs}


def sweep_readings(recipe: Recipe) -> tuple[str, ...]:
    """The numbers that a sweep follows, those that the recipe names first."""
    return tuple(dict.fromkeys((*recipe.effects.readings, *ALWAYS)))


def noise_penalties(recipe: Recipe) -> tuple[float, ...]:
    """The λ = λ₁ = λ₂ at which the noise lab looks."""
    return AXES["lambdas"].values(recipe, points=_PENALTIES)


def _square(recipe: Recipe, progress: ReportProgress) -> EffectTable:
    return deque(square_tables(recipe, progress), maxlen=1).pop()


def _sweep(recipe: Recipe, progress: ReportProgress) -> EffectTable:
    if sentence := cannot(recipe, recipe.effects.axes):
        raise InputError(
            f"a sweep of {' and '.join(recipe.effects.axes)}",
            sentence.removesuffix("."),
            "Or sweep another parameter",
            parameter="axis",
        )
    tables = partial_tables(recipe, sweep_axes(recipe), sweep_readings(recipe), recipe.effects.seeds, progress)
    return deque(tables, maxlen=1).pop()


def _noise(recipe: Recipe, progress: ReportProgress) -> Detection:
    return detect(recipe, noise_penalties(recipe), recipe.effects.seeds, progress=progress)


_COMPUTED: Mapping[str, Callable[[Recipe, ReportProgress], Any]] = {
    "square": _square,
    "sweep": _sweep,
    "calibration": calibrate,
    "columns": more_columns,
    "noise": _noise,
}
