"""What can be swept: how a value enters a recipe, how it is read from one, and why a recipe may not have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from gca_viz.datasets import load_dataset, others, supply
from gca_viz.errors import InputError
from gca_viz.experiments.effects.square import as_unbalanced, can_move, penalties, penalty_of, tau_of
from gca_viz.experiments.plan.columns import taken_by
from gca_viz.experiments.recipe.effects import CORRUPTED_SHARE, OWN
from gca_viz.experiments.recipe.method import COLUMN_COUNTS, QUEUE, SHOWN_ITERATIONS
from gca_viz.experiments.recipe.parts import SIZE
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.parameter import Parameter
from gca_viz.transport import METHODS
from gca_viz.transport.parameters import ALPHA, BETA, EPSILON, HARDNESS, LAM, LAMBDA1, LAMBDA2, Q
from gca_viz.transport.plans.divergence import KLPlusRINCE
from gca_viz.views import COUNT, STRENGTH, VIEWS
from gca_viz.views.presets import UNCHANGED
from gca_viz.views.reduction import PAIR, WORST

#: (α + β)/2 while their difference is swept
GAP_MIDDLE = 0.3

TAU1 = Parameter(
    "tau1",
    "τ₁",
    "Row constraint",
    1.0,
    0,
    1,
    0,
    1,
    help="λ₁/(λ₁ + ε): 0 leaves the row sums free, 1 makes them exact.",
)
TAU2 = replace(
    TAU1, name="tau2", symbol="τ₂", label="Column constraint", help="λ₂/(λ₂ + ε), the same for column sums."
)
LAMBDAS = replace(LAMBDA1, name="lambdas", symbol="λ₁ = λ₂", label="Both constraints")
GAP = Parameter(
    "gap",
    "α − β",
    "Domain prior",
    0.0,
    -0.6,
    0.6,
    -0.5,
    0.5,
    help="α − β at (α + β)/2 = 0.3: above 0 the target prefers the same domain, below 0 other domains.",
)
CORRUPTED = replace(CORRUPTED_SHARE, symbol="corrupted pairs", high=0.5)


@dataclass(frozen=True)
class Axis:
    """A parameter that can be swept.

    Attributes:
        spec: its description.
        apply: recipe, value → the recipe with that value.
        read: recipe → its value there; None if it has no single one.
        missing: recipe → why nothing can be swept there, as a sentence; empty if it can.
        has: recipe, value → whether it can be that value there.
    """

    spec: Parameter
    apply: Callable[[Recipe, float], Recipe]
    read: Callable[[Recipe], float | None]
    missing: Callable[[Recipe], str] = lambda recipe: ""
    has: Callable[[Recipe, float], bool] = lambda recipe, value: True

    @property
    def title(self) -> str:
        """Label and symbol."""
        return f"{self.spec.label} {self.spec.symbol}".strip()

    def values(self, recipe: Recipe, low: float = OWN, high: float = OWN, points: int = 11) -> tuple[float, ...]:
        """Ascending values from ``low`` to ``high``, spaced as the slider is; whole numbers where only these are.

        Raises:
            InputError: a bound that the parameter does not allow, or none above the other.
        """
        spec = self.spec
        most = min(spec.high, _MOST[spec](recipe)) if spec in _MOST else spec.high
        # Where a negative number is a value, it cannot stand for the axis' own bound.
        first = spec.low if low == OWN else spec.check(low)
        last = most if high == OWN else spec.check(high)
        if not first < last:
            raise InputError(
                f"a sweep of {spec.name} from {first:g} to {last:g}",
                "the last value must be above the first",
                "Change the bounds, or set both to -1 for the usual range",
                parameter="low",
            )
        log = spec.scale == "log" and first > 0
        shares = [step / (points - 1) for step in range(points)]
        spread = [first * (last / first) ** s if log else first + (last - first) * s for s in shares]
        rounded = {spec.check(round(x) if spec.integer else float(f"{x:.3g}")) for x in spread}
        return tuple(value for value in sorted(rounded) if self.has(recipe, value))


def _side(number: int) -> Axis:
    name, spec = f"lambda{number}", (LAMBDA1, LAMBDA2)[number - 1]
    return Axis(
        spec,
        lambda recipe, value: as_unbalanced(recipe).with_values(**{name: value}),
        lambda recipe: _penalty(recipe, number),
        can_move,
    )


def _tau(number: int) -> Axis:
    def apply(recipe: Recipe, value: float) -> Recipe:
        uot = as_unbalanced(recipe)
        return uot.with_values(**{f"lambda{number}": penalty_of(value, uot.method.epsilon)})

    def read(recipe: Recipe) -> float | None:
        penalty = _penalty(recipe, number)
        return None if penalty is None else tau_of(penalty, recipe.method.epsilon)

    return Axis((TAU1, TAU2)[number - 1], apply, read, can_move)


def _penalty(recipe: Recipe, number: int) -> float | None:
    pairs = penalties(recipe.method)
    return pairs[0][number - 1] if len(pairs) == 1 else None


def _both(recipe: Recipe) -> float | None:
    first, second = _penalty(recipe, 1), _penalty(recipe, 2)
    return first if first == second else None


def _of_method(key: str, spec: Parameter) -> Axis:
    return Axis(
        spec,
        lambda recipe, value: recipe.with_values(**{key: value}),
        lambda recipe: recipe.get(key),
        lambda recipe: _not_taken(recipe, spec),
    )


def _not_taken(recipe: Recipe, spec: Parameter) -> str:
    method = METHODS[recipe.method.name]
    if spec.name not in {taken.name for taken in recipe.method.parameters}:
        takers = ", ".join(m.title for m in METHODS.values() if spec.name in {taken.name for taken in m.parameters})
        return f"{method.title} has no {spec.symbol}. Methods that have it: {takers}."
    if spec in (Q, LAM) and method.divergence is KLPlusRINCE and recipe.method.r2 == 0:
        return (
            f"The robust part of the loss has the weight r₂ = 0, so that {spec.symbol} changes nothing. Raise r₂."
        )
    return ""


def _prior(key: str, spec: Parameter) -> Axis:
    return Axis(
        spec,
        lambda recipe, value: recipe.with_values(target="domain", **{key: value}),
        lambda recipe: recipe.get(key) if recipe.method.target == "domain" else None,
    )


def _with_gap(recipe: Recipe, gap: float) -> Recipe:
    alpha, beta = (round(GAP_MIDDLE + sign * gap / 2, 6) for sign in (1, -1))
    return recipe.with_values(target="domain", alpha=alpha, beta=beta)


def _gap_of(recipe: Recipe) -> float | None:
    method = recipe.method
    return method.alpha - method.beta if method.target == "domain" else None


def _no_views(recipe: Recipe) -> str:
    if load_dataset(recipe.data.dataset).embeddings is not None:
        return "The embeddings were given: no views are made, so that they have no strength."
    view = VIEWS[recipe.views.preset]
    if view.words or view.augmentations == (UNCHANGED, UNCHANGED):
        return f"The views “{view.title}” change no image, so that they have no strength. Choose SimCLR’s."
    return ""


def _only_a_pair(recipe: Recipe) -> str:
    views = recipe.views
    if load_dataset(recipe.data.dataset).embeddings is not None or VIEWS[views.preset].words:
        return "There is one pair of views: these embeddings were given, or view 2 is a text."
    if views.reduce == PAIR:
        return "Row and column are the first two views, however many there are. Choose worst or mean."
    return ""


def _one_size(recipe: Recipe) -> str:
    return "The images are chosen: their number is given." if recipe.data.mode == "chosen" else ""


def _supply(recipe: Recipe) -> int:
    return supply(load_dataset(recipe.data.dataset), recipe.data.selection)


def _beside(recipe: Recipe) -> int:
    """How many images a queue can have."""
    return len(others(load_dataset(recipe.data.dataset), recipe.data.selection, taken_by(recipe.inputs)))


#: what can be no more than there is → how much there is
_MOST: Mapping[Parameter, Callable[[Recipe], int]] = {SIZE: _supply, QUEUE: _beside}


def _of_columns(kind: str) -> Axis:
    """How many columns there are of a kind."""
    spec = COLUMN_COUNTS[kind]

    def missing(recipe: Recipe) -> str:
        if kind == "prototypes" and recipe.method.prototypes_of_file:
            return "K is that of the encoder’s file. Choose “centres” where prototypes come from."
        if recipe.method.columns_are == kind:
            return ""
        takers = " or ".join(m.title for m in METHODS.values() if m.columns == kind)
        return f"The columns of this plan have no {spec.symbol}. Choose {takers}, or “{kind}” as the columns."

    return Axis(
        spec,
        lambda recipe, value: recipe.with_values(**{kind: value}),
        lambda recipe: getattr(recipe.method, kind) if recipe.method.columns_are == kind else None,
        missing,
    )


#: name in a link → axis
AXES: Mapping[str, Axis] = MappingProxyType(
    {
        "eps": _of_method("eps", EPSILON),
        "tau1": _tau(1),
        "tau2": _tau(2),
        "lambda1": _side(1),
        "lambda2": _side(2),
        "lambdas": Axis(
            LAMBDAS,
            lambda recipe, value: as_unbalanced(recipe).with_values(lambda1=value, lambda2=value),
            _both,
            can_move,
        ),
        "iterations": _of_method("iterations", SHOWN_ITERATIONS),
        "q": _of_method("q", Q),
        "lam": _of_method("lam", LAM),
        "hardness": _of_method("hardness", HARDNESS),
        "alpha": _prior("alpha", ALPHA),
        "beta": _prior("beta", BETA),
        "gap": Axis(GAP, _with_gap, _gap_of),
        "strength": Axis(
            STRENGTH,
            lambda recipe, value: recipe.with_values(strength=value),
            lambda recipe: recipe.views.strength,
            _no_views,
        ),
        "m": Axis(
            COUNT,
            lambda recipe, value: recipe.with_values(m=value),
            lambda recipe: recipe.views.count,
            _only_a_pair,
            lambda recipe, value: recipe.views.reduce == WORST or value % 2 == 0,
        ),
        "n": Axis(
            SIZE, lambda recipe, value: recipe.with_values(n=value), lambda recipe: recipe.data.size, _one_size
        ),
        "queue": _of_columns("queue"),
        "prototypes": _of_columns("prototypes"),
        "corrupted_share": Axis(
            CORRUPTED,
            lambda recipe, value: recipe.with_values(badshare=value),
            lambda recipe: recipe.effects.corrupted_share,
        ),
    }
)
