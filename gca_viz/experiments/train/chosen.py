"""The training that a page's recipe and a short form describe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from gca_viz.errors import InputError
from gca_viz.experiments.plan.engine import keywords
from gca_viz.experiments.recipe.recipe import MethodRecipe, Recipe
from gca_viz.experiments.train.learner import check_data
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.extras import check_there
from gca_viz.transport import METHODS
from gca_viz.views import VIEWS

NETWORK, HEAD = "network", "head"
#: a head sees fewer views of each image than the program gives it by default, so that it begins at once
_EMBEDDED_VIEWS = 4


@dataclass(frozen=True)
class Chosen:
    """What a training needs beside data, views, encoder and method.

    Attributes:
        trained: ``"network"``, a small ResNet from the start, or a ``"head"`` on the features of the encoder.
        epochs, images, batch_size, learning_rate, seed: as of
            :class:`gca_viz.experiments.train.recipe.TrainingRecipe`.
    """

    trained: str
    epochs: int
    images: int
    batch_size: int
    learning_rate: float
    seed: int


def training_recipes(recipe: Recipe, chosen: Chosen, *, beside: bool) -> list[TrainingRecipe]:
    """The training under the method, and the one under the method that it is compared with.

    Args:
        recipe: whose data, views, encoder and methods.
        chosen: the rest.
        beside: whether the second is trained, too.

    Raises:
        InputError: what cannot be trained, before anything is.
    """
    methods = [recipe.method.alone]
    if beside:
        other = recipe.method.beside
        if other is None or recipe.method.repeats_itself:
            raise InputError(
                "no second method",
                "two that differ are trained side by side",
                "Choose another under “Compared with” in the sidebar, or train one",
                parameter="vs",
            )
        # Plans beside each other have one shape; trainings need not: each has its own layout unless one was chosen.
        methods.append(replace(other.alone, layout=recipe.method.layout, columns=recipe.method.columns))
    check_there("train", "lightning_fabric", "rich", "tensorboard")
    found = [_recipe(recipe, method, chosen) for method in methods]
    for training in found:
        _check(training)
    return found


@lru_cache(maxsize=64)
def _check(training: TrainingRecipe) -> None:
    """What is found good stays so; a page asks at every run."""
    training.check()
    check_data(training)


def _recipe(recipe: Recipe, method: MethodRecipe, chosen: Chosen) -> TrainingRecipe:
    if method.columns_are != "views":
        raise InputError(
            f"columns = {method.columns_are!r}",
            "the columns of a training are view 2: a queue or prototypes would have to be kept from step to step",
            "Choose another method"
            if METHODS[method.name].columns == method.columns_are
            else "Set the columns to 'auto', or choose another method",
            parameter="columns",
        )
    if VIEWS[recipe.views.preset].words:
        raise InputError(
            f"views = {recipe.views.preset!r}",
            "this page trains on two views of an image; image and text are trained by the program gca-viz train",
            "Choose other views in the sidebar",
            parameter="views",
        )
    options = keywords(method)
    epsilon = options.pop("epsilon", method.epsilon)
    head = chosen.trained == HEAD
    below: dict[str, Any] = {
        "on": recipe.encoder.name,
        "on_output": recipe.encoder.output,
        "embedded_views": _EMBEDDED_VIEWS,
    }
    views = recipe.views
    return TrainingRecipe(
        method=method.name,
        data=recipe.data.dataset,
        images=chosen.images,
        views=views.preset,
        epsilon=epsilon,
        options=tuple(options.items()),
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        learning_rate=chosen.learning_rate,
        warmup_epochs=min(3, chosen.epochs // 4),
        strength=views.strength,
        views_count=views.count,
        reduce=views.reduce,
        seed=chosen.seed,
        knn_every=1,
        **(below if head else {}),
    )
