"""Sweeps of one or two parameters of a recipe, with several seeds: numbers for curves, bands and maps."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.effects.axes import AXES, layout_of, penalties
from gca_viz.experiments.effects.noise import corrupt
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.metrics.plans import EFFECT_READINGS, Samples, batched, read
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import AXIS_NAMES, AXIS_SYNONYMS, EffectsRecipe
from gca_viz.experiments.recipe.recipe import Inputs, MethodRecipe, Recipe
from gca_viz.progress import ReportProgress
from gca_viz.transport import KL, Plan, sweep
from gca_viz.transport.parameters import SAMPLE
from gca_viz.transport.plans.divergence import KLPlusRINCE

#: plans solved between two looks at the screen
_TOGETHER = 128


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

    Raises:
        InputError: an unknown name, a value out of bounds, a parameter that the recipe does not have, or a recipe
            that cannot be computed.
    """
    given = {AXIS_SYNONYMS.get(name, name): tuple(values) for name, values in axes.items()}
    _check(recipe, given, readings)
    names = tuple(readings)
    shape = tuple(map(len, given.values()))
    values = {name: np.full((seeds, *shape), np.nan) for name in names}
    cells = [
        ((seed, *index), _cell(recipe, seed, dict(zip(given, point, strict=True))))
        for seed in range(seeds)
        for index, point in zip(np.ndindex(shape), product(*given.values()), strict=True)
    ]
    report_progress, done = progress or (lambda share, what: None), 0
    for group in _groups(cells, names):
        some = [cell for _, cell in group]
        numbers = _numbers(
            some[0].inputs,
            _corruption_of(some[0], given),
            tuple(replace(cell.method, reference=MethodRecipe().reference) for cell in some),
            names,
            progress=partial(_tell, report_progress, done / len(cells), len(group) / len(cells)),
        )
        for (index, _), of_plan in zip(group, numbers, strict=True):
            for name, number in zip(names, of_plan, strict=True):
                values[name][index] = number
        done += len(group)
        yield EffectTable(given, {name: of.copy() for name, of in values.items()}, done, len(cells))
    report_progress(1.0, "Done")


def _tell(report_progress: ReportProgress, before: float, share: float, part: float, what: str) -> None:
    report_progress(min(before + share * part, 0.99), what)


def applied(recipe: Recipe, place: Mapping[str, float]) -> Recipe:
    """The recipe with the values of one grid point; ε first, since what τ means depends on it."""
    for name in sorted(place, key=AXIS_NAMES.index):
        recipe = AXES[name].apply(recipe, place[name])
    return recipe


def plan_at(recipe: Recipe, place: Mapping[str, float]) -> Plan:
    """The plan of one grid point, for the recipe's own seed.

    Raises:
        InputError: as :func:`partial_tables`.
    """
    cell = applied(recipe, place)
    method = replace(cell.method, reference=MethodRecipe().reference)
    return _plan_at(cell.inputs, _corruption_of(cell, place), method)


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


def _cell(recipe: Recipe, seed: int, place: Mapping[str, float]) -> Recipe:
    seeded = recipe.with_values(seed=recipe.data.seed + seed, viewseed=recipe.views.seed + seed)
    return applied(seeded, place)


def _corruption_of(recipe: Recipe, axes: Mapping[str, Any]) -> EffectsRecipe:
    """How pairs are corrupted: not at all, unless the share of them is swept."""
    share = recipe.effects.corrupted_share if "corrupted_share" in axes else 0.0
    return replace(EffectsRecipe(), corruption=recipe.effects.corruption, corrupted_share=share)


Cell = tuple[tuple[int, ...], Recipe]


def _groups(cells: list[Cell], names: tuple[str, ...]) -> Iterator[list[Cell]]:
    """Cells that are computed at once: those of one batch, or one alone where each plan has to be formed."""

    def batch(cell: Cell) -> tuple[Hashable, ...]:
        recipe = cell[1]
        return recipe.inputs, recipe.effects, _kind(recipe.method)

    together: dict[tuple[Hashable, ...], list[Cell]] = {}
    for cell in cells:
        together.setdefault(batch(cell), []).append(cell)
    for group in together.values():
        most = _TOGETHER if all(_batched(recipe.method, names) for _, recipe in group) else 1
        row = sum(index[:2] == group[0][0][:2] for index, _ in group)
        width = most // row * row or most  # whole rows of a map, which are whole grids
        for start in range(0, len(group), width):
            yield group[start : start + width]


def _kind(method: MethodRecipe) -> MethodRecipe:
    """A method without what :func:`gca_viz.sweep` takes in lists."""
    return replace(method, epsilon=1.0, lambda1=0.0, lambda2=0.0)


def _batched(method: MethodRecipe, names: tuple[str, ...]) -> bool:
    """Whether :func:`gca_viz.sweep` reads the same numbers from the same plan."""
    chosen = method.composition
    if not chosen.on_the_square or method.own_by != SAMPLE.default:
        return False
    keep = {spec.name: getattr(method, spec.name) for spec in method.parameters}
    divergence = chosen.make_divergence(keep)
    if len(chosen.constraints) > 1 or divergence.read_after != "any":
        return False
    if not all(map(batched, names)):
        return False
    plain = isinstance(divergence, KL) or (isinstance(divergence, KLPlusRINCE) and divergence.r1 == 1)
    return "loss" not in names or plain


@cached(key=engine.key_of)
def _numbers(
    inputs: Inputs,
    corruption: EffectsRecipe,
    methods: tuple[MethodRecipe, ...],
    names: tuple[str, ...],
    *,
    progress: ReportProgress,
) -> tuple[tuple[float, ...], ...]:
    """The readings of each method's plan on one batch."""
    # The first half of the work is to embed, as progress goes; the second to solve.
    first, second = partial(_tell, progress, 0.0, 0.5), partial(_tell, progress, 0.5, 0.5)
    corrupted = corrupt(inputs, corruption.corruption, corruption.corrupted_share, progress=first)
    z = corrupted.embeddings
    samples = Samples(engine.batch_of(inputs.data).labels, engine.domains_of(inputs.data, inputs.views), z.z2)
    if not all(_batched(method, names) for method in methods):
        return tuple(
            tuple(read(name, plan, samples) for name in names)
            for plan in (engine.plan_between(z, inputs, method) for method in methods)
        )
    options = {
        "layout": layout_of(methods[0]),
        "iterations": methods[0].iterations,
        "read": names,
        "labels": samples.labels,
        "domains": samples.domains,
        "progress": second,
    } | engine.target_keywords(methods[0])
    places = [(method.epsilon, *penalties(method)[0]) for method in methods]
    known: dict[tuple[float, ...], tuple[float, ...]] = {}
    for epsilons, rows, columns in _grids(places):
        found = sweep(z.z1, z.z2, epsilon=epsilons, lambda1=rows, lambda2=columns, **options)
        grid = product(epsilons, rows, columns) if columns else ((e, p, p) for e, p in product(epsilons, rows))
        for place, point in zip(grid, found.table(), strict=True):
            known[place] = tuple(point[name] for name in names)
    return tuple(known[place] for place in places)


Axis3 = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...] | None]


def _grids(places: Sequence[tuple[float, float, float]]) -> Iterator[Axis3]:
    """Places (ε, λ₁, λ₂) as few whole grids of ε × λ₁ × λ₂; λ₂ is None where it is λ₁ throughout."""
    epsilons, rows, columns = (tuple(dict.fromkeys(axis)) for axis in zip(*places, strict=True))
    if len(epsilons) * len(rows) * len(columns) == len(set(places)):
        yield epsilons, rows, columns
    elif all(first == second for _, first, second in places) and len(epsilons) * len(rows) == len(set(places)):
        yield epsilons, rows, None
    elif len(epsilons) > 1:
        for epsilon in epsilons:
            yield from _grids([place for place in places if place[0] == epsilon])
    else:
        for _, first, second in dict.fromkeys(places):
            yield epsilons, (first,), (second,)
