"""Sweeps of one or two parameters of a recipe, with several seeds: numbers for curves, bands and maps."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np

from gca_viz.errors import InputError, listed
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.noise import corrupt
from gca_viz.experiments.effects.sweep_tasks import Index, applied, corruption_of, sweep_tasks
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.executor import Executor, LocalExecutor
from gca_viz.experiments.metrics.plans import EFFECT_READINGS
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import AXIS_SYNONYMS, EffectsRecipe
from gca_viz.experiments.recipe.recipe import Inputs, MethodRecipe, Recipe
from gca_viz.experiments.results import ResultStore, completed
from gca_viz.experiments.tasks import Done, Task
from gca_viz.progress import ReportProgress
from gca_viz.transport import Plan

#: a sweep's whole interface is here, however it is cut into tasks
__all__ = [
    "applied",
    "cannot",
    "partial_sweeps",
    "partial_tables",
    "plan_at",
    "sweep_recipe",
    "sweeps_as_tasks",
    "unread",
]


def sweep_recipe(
    recipe: Recipe,
    axes: Mapping[str, Sequence[float]],
    readings: Sequence[str] = ("matched_share",),
    seeds: int = 1,
    progress: ReportProgress | None = None,
) -> EffectTable:
    """Numbers of the recipe's plan for every combination of values.

    ``sweep_recipe(Recipe(), {"eps": (0.05, 0.1, 0.2)}, ["loss"], seeds=3).mean("loss")``

    Args:
        recipe, axes, readings, seeds, progress: as in :func:`partial_tables`, which gives the first numbers early.

    Raises:
        InputError: as there.
    """
    return deque(partial_tables(recipe, axes, readings, seeds, progress), maxlen=1).pop()


def partial_tables(
    recipe: Recipe,
    axes: Mapping[str, Sequence[float]],
    readings: Sequence[str] = ("matched_share",),
    seeds: int = 1,
    progress: ReportProgress | None = None,
    *,
    executor: Executor | None = None,
) -> Iterator[EffectTable]:
    """The table so far, each time some more of it is computed; the last is complete.

    Each number is that of :func:`gca_viz.align` on the recipe with these values; many plans of one batch are solved
    at once where :func:`gca_viz.sweep` can. A group of plans that was computed before is not computed again, so
    that a sweep that was stopped goes on where it was.

    Args:
        recipe: what is not swept.
        axes: one or two names in ``AXES`` → values.
        readings: names in ``EFFECT_READINGS``.
        seeds: seeds of batch, views and corrupted pairs, counted from the recipe's.
        progress: called with the share done and what is being done; may raise to cancel.
        executor: who computes; this process, if it is None.

    Raises:
        InputError: an unknown name, a value out of bounds, a parameter that the recipe does not have, or a recipe
            that cannot be computed.
    """
    tables = partial_sweeps({"": recipe}, axes, readings, seeds, progress, executor=executor, each=False)
    yield from (found[""] for found in tables)


def partial_sweeps(
    recipes: Mapping[str, Recipe],
    axes: Mapping[str, Sequence[float]],
    readings: Sequence[str] = ("matched_share",),
    seeds: int = 1,
    progress: ReportProgress | None = None,
    *,
    executor: Executor | None = None,
    store: ResultStore | None = None,
    each: bool = True,
) -> Generator[dict[str, EffectTable], None, None]:
    """The tables of several recipes so far, each time some more of them is computed; the last are complete.

    Args:
        recipes: what rows are called in the column ``encoder`` → what is not swept; one alone may be called ``""``.
        axes, readings, seeds, progress: as of :func:`partial_tables`, the same for all.
        executor: who computes; this process, if it is None.
        store: where results are kept, so that the same call goes on where it was stopped.
        each: whether a cell that cannot be computed is told in its table's ``errors``, and the others go on; else
            its mistake is raised.

    Raises:
        InputError: as :func:`partial_tables`; that nothing at all could be computed; a folder that cannot be
            written.
    """
    executor = executor or LocalExecutor()
    work = sweeps_as_tasks(recipes, axes, readings, seeds, device=executor.device, each=each)
    given = _spelled(axes)
    shape = (seeds, *map(len, given.values()))
    growing = {name: _Growing(given, tuple(readings), shape) for name in recipes}
    tables = {name: table.now() for name, table in growing.items()}
    report_progress = progress or (lambda share, what: None)
    first: InputError | None = None
    with closing(completed(list(work), executor, store, report_progress)) as finished:
        for done in finished:
            if done.problem is not None and not each:
                raise done.problem
            first = first or done.problem
            for name, indices in work[done.task]:
                growing[name].add(indices, done)
                tables[name] = growing[name].now()
            yield dict(tables)
    if first is not None and all(len(table.errors) == table.total for table in tables.values()):
        raise first
    report_progress(1.0, "Done")


def sweeps_as_tasks(
    recipes: Mapping[str, Recipe],
    axes: Mapping[str, Sequence[float]],
    readings: Sequence[str],
    seeds: int = 1,
    *,
    device: str = "cpu",
    each: bool = True,
) -> dict[Task, list[tuple[str, list[Index]]]]:
    """What :func:`partial_sweeps` computes, and where in whose table the places of each task stand.

    Raises:
        InputError: as there, of what is seen without computing.
    """
    given = _spelled(axes)
    work: dict[Task, list[tuple[str, list[Index]]]] = {}
    for name, recipe in recipes.items():
        _check(recipe, given, readings)
        for task, indices in sweep_tasks(recipe, given, readings, seeds, name, device=device, each=each):
            work.setdefault(task, []).append((name, indices))
    return work


def _spelled(axes: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    return {AXIS_SYNONYMS.get(name, name): tuple(values) for name, values in axes.items()}


class _Growing:
    """A table while it is computed."""

    def __init__(self, axes: Mapping[str, tuple[float, ...]], readings: tuple[str, ...], shape: tuple[int, ...]):
        self.axes, self.total, self.done = dict(axes), math.prod(shape), 0
        self.values = {name: np.full(shape, np.nan) for name in readings}
        self.errors: dict[Index, str] = {}

    def add(self, indices: Sequence[Index], done: Done) -> None:
        """Enter what became of the cells of a task."""
        for index, outcome in zip(indices, done.outcomes, strict=True):
            if isinstance(outcome, str):
                self.errors[index] = outcome
            else:
                for of, number in zip(self.values.values(), outcome, strict=True):
                    of[index] = number
        self.done += len(indices)

    def now(self) -> EffectTable:
        """The table as it is."""
        values = {name: of.copy() for name, of in self.values.items()}
        return EffectTable(self.axes, values, self.done, self.total, dict(self.errors))


def plan_at(recipe: Recipe, place: Mapping[str, float]) -> Plan:
    """The plan of one grid point, for the recipe's own seed.

    Raises:
        InputError: as :func:`partial_tables`.
    """
    cell = applied(recipe, place)
    method = replace(cell.method, reference=MethodRecipe().reference)
    return _plan_at(cell.inputs, corruption_of(cell, place), method)


@cached(key=engine.key_of)
def _plan_at(
    inputs: Inputs,
    corruption: EffectsRecipe,
    method: MethodRecipe,
) -> Plan:
    corrupted = corrupt(inputs, corruption.corruption, corruption.corrupted_share)
    return engine.plan_between(corrupted.embeddings, inputs, method, trace=False)


def cannot(recipe: Recipe, names: Sequence[str]) -> str:
    """Why these parameters cannot be swept, as a sentence; empty if they can."""
    for kinds in _SAME:
        if len(both := [name for name in names if name in kinds]) == 2:
            first, second = (AXES[name].spec.symbol for name in both)
            return f"{first} and {second} set the same number. Choose another second parameter."
    return next(filter(None, (AXES[name].missing(recipe) for name in names)), "")


_SAME = (
    {"lambda1", "tau1", "lambdas"},
    {"lambda2", "tau2", "lambdas"},
    {"alpha", "gap"},
    {"beta", "gap"},
)


def _check(recipe: Recipe, axes: Mapping[str, Sequence[float]], readings: Sequence[str]) -> None:
    if len(axes) not in (1, 2):
        raise InputError(
            f"{len(axes)} axes", "one or two parameters can be swept", "Leave some out", parameter="axes"
        )
    for given, known, what in ((axes, AXES, "axis"), (readings, EFFECT_READINGS, "reading")):
        for name in given:
            if name not in known:
                raise InputError(
                    f"{what} = {name!r}",
                    f"it must be one of {', '.join(known)}",
                    "Correct the name",
                    parameter=what,
                )
    for name, values in axes.items():
        if not len(values):
            raise InputError(f"no values of {name}", "an axis needs at least one", "Give some", parameter="axes")
    if sentence := cannot(recipe, tuple(axes)):
        raise InputError(
            f"a sweep of {' and '.join(axes)}", sentence.removesuffix("."), "Or sweep another parameter"
        )
    if sentence := unread(recipe, readings):
        raise InputError(f"readings = {', '.join(readings)}", *sentence.split(". "), parameter="reading")


def unread(recipe: Recipe, readings: Sequence[str]) -> str:
    """Why a metric cannot be read, as two sentences: prototypes are no samples; empty if all can."""
    of_samples = {name for name, of in EFFECT_READINGS.items() if of.of_pairs or of.needs}
    if recipe.method.columns_are != "prototypes" or not of_samples & {*readings}:
        return ""
    fitting = [of.label for name, of in EFFECT_READINGS.items() if name not in of_samples]
    asked = [of.label for name, of in EFFECT_READINGS.items() if name in of_samples & {*readings}]
    return (
        f"Columns are prototypes, nobody’s partner and of no class, so that {listed(asked)} cannot be read. "
        f"Choose {', '.join(fitting)}"
    )
