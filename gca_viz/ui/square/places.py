"""Places on the constraint square, and the way to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gca_viz.experiments.effects.axes import as_unbalanced, corner, penalties, tau_of
from gca_viz.experiments.effects.sweep import applied
from gca_viz.experiments.recipe import Recipe
from gca_viz.ui import state

#: layout → corner (τ₁, τ₂) → what it is called there
CORNERS: Mapping[str, Mapping[tuple[int, int], str]] = {
    "cross": {(0, 0): "BYOL", (1, 0): "InfoNCE", (0, 1): "InfoNCE of<br>the other view", (1, 1): "Sinkhorn"},
    "joint": {(0, 0): "kernel", (1, 0): "SimCLR", (0, 1): "columns only", (1, 1): "Sinkhorn"},
}


def current_taus(recipe: Recipe) -> list[tuple[float, float]]:
    """The places (τ₁, τ₂) of the recipe's plans; a method that averages two plans has two."""
    epsilon = recipe.method.epsilon
    return [(tau_of(first, epsilon), tau_of(second, epsilon)) for first, second in penalties(recipe.method)]


def go(place: Mapping[str, float]) -> None:
    """Make ``{"tau1": …, "tau2": …}`` the constraints of the recipe: a named method in a corner, else GCA-UOT."""
    recipe = state.recipe()
    moved = applied(as_unbalanced(recipe), place)
    rounded = {name: float(f"{getattr(moved.method, name):.4g}") for name in ("lambda1", "lambda2")}
    there = corner(moved.with_values(**rounded))
    state.replace(replace(there, effects=recipe.effects))
