"""The way to a place on the constraint square."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gca_viz.experiments.effects.square import as_unbalanced, corner
from gca_viz.experiments.effects.sweep_tasks import applied
from gca_viz.ui.session import state


def go(place: Mapping[str, float]) -> None:
    """Make ``{"tau1": …, "tau2": …}`` the constraints of the recipe: a named method in a corner, else GCA-UOT."""
    recipe = state.recipe()
    moved = applied(as_unbalanced(recipe), place)
    rounded = {name: float(f"{getattr(moved.method, name):.4g}") for name in ("lambda1", "lambda2")}
    there = corner(moved.with_values(**rounded))
    state.change(replace(there, effects=recipe.effects))
