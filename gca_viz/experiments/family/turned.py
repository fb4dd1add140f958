"""One dial of a loss turned to every place it has: which losses are neighbours, and which places have no name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gca_viz.datasets import DATASETS, load_dataset
from gca_viz.encoders import is_head
from gca_viz.errors import InputError
from gca_viz.experiments.family.dials import dials_of
from gca_viz.experiments.family.relative import Relative
from gca_viz.experiments.family.rows import of_recipe
from gca_viz.experiments.recipe.recipe import AUTO, Recipe
from gca_viz.experiments.train.cards import command
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.transport.options import (
    COLUMN_KIND,
    COLUMNS,
    HOLDS,
    KERNEL,
    LAYOUTS,
    SAMPLE_BY,
    TARGET_NEEDS,
    TARGETS,
    targets_of,
)
from gca_viz.views.reduction import PAIR

#: dial → its name in a link; the distance comes with the method
TURNS: Mapping[str, str] = {
    "kernel": "kernel",
    "held": "hold",
    "target": "target",
    "views": "layout",
    "marginals": "sample_by",
}
#: columns that are not view 2 alone: the dial of views has them beside the layouts
FURTHER = tuple(name for name in COLUMNS if name != COLUMN_KIND.default)
_PLACES = {
    "kernel": KERNEL.options,
    "held": tuple(HOLDS),
    "target": tuple(TARGETS),
    "views": (*LAYOUTS, *FURTHER),
    "marginals": tuple(SAMPLE_BY),
}
#: below what a head is trained where the page's encoder is none of ours
_BELOW = "efficientnet-lite0"


@dataclass(frozen=True)
class Turn:
    """A loss with one dial turned.

    Attributes:
        value: of the dial.
        recipe: of that loss on the batch.
        relative: what it is called, or None.
        problem: why it cannot be, or None.
    """

    value: str
    recipe: Recipe
    relative: Relative | None = None
    problem: InputError | None = None

    @property
    def name(self) -> str:
        """What it is called; empty where nobody has named it."""
        return self.relative.title if self.relative else ""


def turned(relative: Relative, batch: Recipe, dial: str) -> Iterator[Turn]:
    """Every place of a dial but the loss's own.

    Args:
        relative: the loss.
        batch: on whose batch.
        dial: of :data:`TURNS`.
    """
    start = relative.on(batch)
    at = dials_of(start)
    known = load_dataset(batch.data.dataset)
    for value in _PLACES[dial]:
        needs = TARGET_NEEDS.get(value) if dial == "target" else None
        if needs == "domains" and len(known.domain_names) < 2:
            continue
        if dial == "target" and value not in targets_of(start.method.columns_are):
            continue
        recipe = start.with_values(**{"columns" if value in FURTHER else TURNS[dial]: value})
        try:
            found = dials_of(recipe)
            recipe.method.composition.choose_layout(None if recipe.method.layout == AUTO else recipe.method.layout)
        except InputError as error:
            yield Turn(value, recipe, problem=error)
            continue
        if found != at:
            yield Turn(value, recipe, of_recipe(recipe))


def train_command(recipe: Recipe, batch: Recipe) -> str:
    """The line that trains a head, or a small network where the page's encoder is one, with a recipe's loss."""
    method = recipe.method
    options: dict[str, float | str] = {
        name: value
        for name, value in (("kernel", method.kernel), ("cost", method.cost), ("hold", method.hold))
        if value != AUTO
    }
    if method.layout != AUTO:
        options["layout"] = method.layout
    if method.target != AUTO:
        options["target"] = method.target
    if method.sample_by != AUTO:
        options["sample_by"] = method.sample_by
    head = is_head(batch.encoder.name) or batch.encoder.name.startswith(_BELOW)
    views = recipe.views.pair if recipe.views.reduce == PAIR else recipe.views
    training = TrainingRecipe(
        method=method.name,
        data=recipe.data.dataset if recipe.data.dataset in DATASETS else "things",
        views=views.preset,
        epsilon=method.epsilon,
        options=tuple(options.items()),
        views_count=views.count,
        reduce=views.reduce,
        on=_BELOW if head else "none",
    )
    return command(training, "my-run")
