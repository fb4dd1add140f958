"""The constraint square: where the plans of a recipe stand on it, and how they move there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from gca_viz.experiments.recipe.method import MethodRecipe
from gca_viz.experiments.recipe.recipe import AUTO, Recipe
from gca_viz.transport import KL, METHODS

#: layout → corner (τ₁, τ₂) of the constraint square → what it is called there
CORNERS: Mapping[str, Mapping[tuple[int, int], str]] = {
    "cross": {(0, 0): "BYOL", (1, 0): "InfoNCE", (0, 1): "InfoNCE of<br>the other view", (1, 1): "Sinkhorn"},
    "joint": {(0, 0): "kernel", (1, 0): "SimCLR", (0, 1): "columns only", (1, 1): "Sinkhorn"},
}


#: what is held → where a plan stands that is not on the square; before the colon, what the place is called
BESIDE: Mapping[str, str] = MappingProxyType(
    {
        "total": "One total: all cells share the mass. A fifth point beside (0, 0), where no dragging leads.",
        "cell": "Each cell: every one divides a unit by itself. Not on the square.",
    }
)


def as_unbalanced(recipe: Recipe) -> Recipe:
    """The same plan as that of GCA-UOT, whose constraints can move; the recipe must have one pair of penalties."""
    method = recipe.method
    if method.name == "gca-uot" and method.hold == AUTO:
        return recipe
    lambda1, lambda2 = penalties(method)[0]
    changed = replace(method, lambda1=lambda1, lambda2=lambda2, r1=1.0, r2=0.0, hold=AUTO)
    return replace(recipe, method=_renamed(changed, "gca-uot"))


def penalties(method: MethodRecipe) -> tuple[tuple[float, float], ...]:
    """The pairs (λ₁, λ₂) of the plans that a method averages."""
    return method.composition.penalties({spec.name: getattr(method, spec.name) for spec in method.parameters})


def tau_of(penalty: float, epsilon: float) -> float:
    """``λ/(λ + ε)``, 1 for a hard constraint."""
    return 1.0 if math.isinf(penalty) else penalty / (penalty + epsilon)


def taus_of(recipe: Recipe) -> list[tuple[float, float]]:
    """The places (τ₁, τ₂) of the recipe's plans; a method that averages two plans has two."""
    epsilon = recipe.method.epsilon
    return [(tau_of(first, epsilon), tau_of(second, epsilon)) for first, second in penalties(recipe.method)]


def penalty_of(tau: float, epsilon: float) -> float:
    """``ετ/(1 − τ)``, ∞ for τ = 1."""
    return math.inf if tau >= 1 else epsilon * tau / (1 - tau)


def can_move(recipe: Recipe) -> str:
    """Why the constraints of a method cannot move, as a sentence; empty if they can."""
    method = recipe.method.composition
    if recipe.method.hold in BESIDE:
        return "Neither rows nor columns are held. Choose “rows”, “columns” or “both” as what is held."
    if method.hold is None and method.weighs_negatives:
        return f"{method.title} weighs the kernel, and the square does not. Choose GCA-UOT, InfoNCE or Sinkhorn."
    if method.hold is not None or not METHODS[method.name].on_the_square:
        return f"Neither rows nor columns of {method.title} are held. Choose GCA-UOT, InfoNCE or Sinkhorn."
    if method.name == "gca-uot" or (len(method.constraints) == 1 and method.divergence is KL):
        return ""
    return f"{method.title} has no λ, and its loss is not that of GCA-UOT. Choose GCA-UOT, InfoNCE or Sinkhorn."


def apart(recipe: Recipe) -> str:
    """Where the plan of a recipe stands if not on the square; empty where it does."""
    return BESIDE.get(recipe.method.composition.hold or "", "")


def corner(recipe: Recipe) -> Recipe:
    """The same recipe with the method named after its constraints, if these are those of a named method."""
    pair, layout = penalties(recipe.method)[0], recipe.method.own_layout
    for method in METHODS.values():
        same = method.on_the_square and method.constraints == (pair,) and method.divergence is KL
        if same and layout in method.layouts:
            return replace(recipe, method=replace(_renamed(recipe.method, method.name), hold=AUTO))
    return recipe


def _renamed(method: MethodRecipe, name: str) -> MethodRecipe:
    """The same numbers, layout and dials under another method."""
    composed = method.composition
    layout, own, other = method.own_layout, METHODS[method.name], METHODS[name]
    return replace(
        method,
        name=name,
        layout=AUTO if layout == other.layouts[0] else layout,
        kernel=method.kernel if own.kernel == other.kernel else composed.kernel,
        cost=method.cost if own.cost == other.cost else composed.cost,
        target=method.target if own.target == other.target else method.aim,
        sample_by=method.sample_by if own.sample_by == other.sample_by else method.own_by,
        columns=method.columns if own.columns == other.columns else method.columns_are,
    )
