"""A recipe as the command that computes the same without a browser."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

from gca_viz.datasets import load_dataset
from gca_viz.encoders.uploads import report_of, title_of
from gca_viz.experiments.recipe.recipe import DisplayRecipe, Recipe
from gca_viz.uploads import is_upload


def command_line(
    recipe: Recipe, command: str = "plan", *, sources: Mapping[str, str] | None = None, assume: str | None = None
) -> str:
    """The command, fit to be pasted into a shell.

    Args:
        recipe: what it computes. How a page looks at it is left out, but for the half step and the order.
        command: ``"plan"``, ``"sweep"``, ``"compare"``, ``"embed"``, ``"report"`` or ``"app"``.
        sources: ``"data"``, ``"encoder"`` → the path of what a user uploaded. Where that is not known, as in a
            browser, the name of the file stands for it, and a comment says so.
        assume: what was assumed of the checkpoints that a user uploaded; by default of those that the recipe names.

    Raises:
        InputError: something that was uploaded is not there any more.
    """
    instead, guessed = {}, False
    for key, title in (("data", _data_file), ("encoder", title_of)):
        if is_upload(recipe.get(key)):
            guessed |= key not in (sources or {})
            instead[key] = (sources or {}).get(key) or title(recipe.get(key))
    seen = replace(DisplayRecipe(), step=recipe.display.step, order=recipe.display.order)
    words = ["gca-viz", command, *replace(recipe, display=seen).to_flags(**instead)]
    assume = assumed(recipe) if assume is None else assume
    words += ["--assume", assume] if assume else []
    return shlex.join(words) + ("  # the path of your own file" if guessed else "")


def assumed(recipe: Recipe) -> str:
    """What was assumed of the checkpoints that a user uploaded, where it is the same of all."""
    names = (recipe.encoder.name, *recipe.compare.encoders, recipe.compare.second)
    found = {report_of(name).assume.text for name in names if is_upload(name)}
    return found.pop() if len(found) == 1 else ""


def _data_file(name: str) -> str:
    dataset = load_dataset(name)
    return f"{dataset.name}.npz" if dataset.embeddings is not None else dataset.name
