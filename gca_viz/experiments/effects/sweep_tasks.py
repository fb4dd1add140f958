"""A sweep cut into tasks: the plans of one batch that are solved together, as text, and how these are computed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from gca_viz.datasets import load_dataset
from gca_viz.encoders import encoder_id
from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.noise import corrupt
from gca_viz.experiments.effects.square import penalties
from gca_viz.experiments.executor import tell_part
from gca_viz.experiments.metrics.plans import Samples, batched, read
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import AXIS_NAMES, EffectsRecipe
from gca_viz.experiments.recipe.recipe import Inputs, MethodRecipe, Recipe
from gca_viz.experiments.tasks import Place, Task, program_id
from gca_viz.progress import ReportProgress
from gca_viz.transport import KL, sweep
from gca_viz.transport.options import SAMPLE
from gca_viz.transport.plans.divergence import KLPlusRINCE

#: plans solved between two looks at the screen
_TOGETHER = 128
#: what a place names beside axes
SEED, ENCODER = "seed", "encoder"
#: where a cell stands in a table: its seed, and its place on each axis
Index = tuple[int, ...]
Cell = tuple[Index, Recipe]
#: the numbers of a cell, or why there are none
Numbers = tuple[float, ...]


def sweep_tasks(
    recipe: Recipe,
    axes: Mapping[str, Sequence[float]],
    readings: Sequence[str],
    seeds: int = 1,
    encoder: str = "",
    *,
    device: str,
    each: bool = False,
) -> list[tuple[Task, list[Index]]]:
    """The tasks of a sweep, and where in its table the places of each stand.

    Args:
        recipe, axes, readings, seeds: as of :func:`gca_viz.experiments.effects.sweep.partial_tables`, and checked.
        encoder: what the rows call the recipe's encoder, where there are several.
        device: the kind of device that computes.
        each: whether a cell that cannot be computed leaves those beside it as they are; else its mistake is that
            of all that are computed together.

    Raises:
        InputError: a value that the recipe cannot have.
    """
    text, function = recipe.to_json(), f"{__name__}:{(solve_each if each else solve).__name__}"
    _keep(text, recipe)
    content = (
        load_dataset(recipe.data.dataset).content_id,
        _encoder_id(recipe),
        program_id(),
        device,
    )
    shape = tuple(map(len, axes.values()))
    points = list(zip(np.ndindex(shape), product(*axes.values()), strict=True))
    cells = [
        ((seed, *index), _cell(recipe, seed, dict(zip(axes, point, strict=True))))
        for seed in range(seeds)
        for index, point in points
    ]
    at = dict(points)
    names = ((ENCODER, encoder),) if encoder else ()

    def place(index: Index) -> Place:
        return (*names, (SEED, index[0]), *zip(axes, at[index[1:]], strict=True))

    found = []
    for group in _groups(cells, tuple(readings)):
        indices = [index for index, _ in group]
        found.append((Task(function, text, tuple(map(place, indices)), tuple(readings), content), indices))
    return found


def solve(task: Task, report_progress: ReportProgress) -> Sequence[Numbers]:
    """The numbers of all places of a task of :func:`sweep_tasks`; one mistake is that of all."""
    inputs, corruption, methods = _work_of(task)
    return _numbers(inputs, corruption, methods, task.readings, progress=report_progress)


def solve_each(task: Task, report_progress: ReportProgress) -> Sequence[Numbers | InputError]:
    """The same, where a place that cannot be computed has its own mistake, and the others have their numbers."""
    inputs, corruption, methods = _work_of(task)
    try:
        return _numbers(inputs, corruption, methods, task.readings, progress=report_progress)
    except InputError as error:
        if len(methods) == 1:
            return (error,)
    corrupt(inputs, corruption.corruption, corruption.corrupted_share)  # where this is none, no place has numbers
    found: list[Numbers | InputError] = []
    for method in methods:
        try:
            found += _numbers(inputs, corruption, (method,), task.readings, progress=report_progress)
        except InputError as error:
            found.append(error)
    return found


def _work_of(task: Task) -> tuple[Inputs, EffectsRecipe, tuple[MethodRecipe, ...]]:
    """What the places of a task have in common, and the method of each."""
    recipe = _read(task.recipe)
    places = [{name: value for name, value in place if name != ENCODER} for place in task.places]
    cells = [_cell(recipe, int(place.pop(SEED)), place) for place in places]
    methods = tuple(replace(cell.method, reference=MethodRecipe().reference) for cell in cells)
    return cells[0].inputs, corruption_of(cells[0], places[0]), methods


def _read(text: str) -> Recipe:
    """The recipe of a text; one that was made here is the one it was made of, since reading takes milliseconds."""
    if text not in _recipes:
        recipe, problems = Recipe.from_json(text)
        for problem in problems:
            raise problem
        _keep(text, recipe)
    return _recipes[text]


def _keep(text: str, recipe: Recipe) -> None:
    while len(_recipes) >= _MANY:
        _recipes.pop(next(iter(_recipes)), None)
    _recipes[text] = recipe


_MANY, _recipes = 256, dict[str, Recipe]()


def _encoder_id(recipe: Recipe) -> str:
    """What tells encoders apart; of one that cannot be read its name, so that each of its cells can say why."""
    try:
        return encoder_id(recipe.encoder.name, recipe.encoder.output)
    except InputError:
        return recipe.encoder.name


def applied(recipe: Recipe, place: Mapping[str, float]) -> Recipe:
    """The recipe with the values of one grid point; ε first, since what τ means depends on it."""
    for name in sorted(place, key=AXIS_NAMES.index):
        recipe = AXES[name].apply(recipe, place[name])
    return recipe


def _cell(recipe: Recipe, seed: int, place: Mapping[str, float]) -> Recipe:
    seeded = recipe.with_values(seed=recipe.data.seed + seed, viewseed=recipe.views.seed + seed)
    return applied(seeded, place)


def corruption_of(recipe: Recipe, axes: Mapping[str, Any]) -> EffectsRecipe:
    """How pairs are corrupted: not at all, unless the share of them is swept."""
    share = recipe.effects.corrupted_share if "corrupted_share" in axes else 0.0
    return replace(EffectsRecipe(), corruption=recipe.effects.corruption, corrupted_share=share)


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
    if not chosen.on_the_square or chosen.columns != "views" or method.own_by != SAMPLE.default:
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
    first, second = partial(tell_part, progress, 0.0, 0.5), partial(tell_part, progress, 0.5, 0.5)
    corrupted = corrupt(inputs, corruption.corruption, corruption.corrupted_share, progress=first)
    z = corrupted.embeddings
    samples = Samples(engine.labels_of(inputs, methods[0]), engine.domains_in(inputs, methods[0]), z.z2)
    if not all(_batched(method, names) for method in methods):
        return tuple(
            tuple(read(name, plan, samples) for name in names)
            for plan in (engine.plan_between(z, inputs, method) for method in methods)
        )
    options = {
        "layout": methods[0].own_layout,
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
