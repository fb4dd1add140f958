"""The six dials on which contrastive losses differ, read from a recipe and never written down beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from gca_viz.experiments.recipe.recipe import MethodRecipe, Recipe
from gca_viz.transport import Method
from gca_viz.transport.method import HELD
from gca_viz.transport.options import COST, SAMPLE, target_name
from gca_viz.transport.parameters import GAMMA, LAMBDA1, LAMBDA2, RELAX, WEIGHT
from gca_viz.views import RELATION_VIEWS

#: dial → what it says, in one sentence
DIALS: Mapping[str, str] = MappingProxyType(
    {
        "kernel": "How a distance becomes a weight.",
        "held": "Who shares one unit of mass.",
        "target": "Where the mass of a row should go.",
        "distance": "How far the plan is from the target.",
        "views": "What rows and columns are embeddings of.",
        "marginals": "How much each row sends and each column receives, and its temperature.",
    }
)
#: what is held, the least first: the ladder
LADDER = ("nothing", "cell", "total", "rows", "columns", "rows, then columns", "softly", "both")
_DISTANCES = {
    "KL": "KL",
    "BCE": "cross-entropy per cell",
    "Odds": "odds",
    "RINCE": "RINCE",
    "FenchelYoung": "Fenchel–Young",
    "KLPlusRINCE": "KL and RINCE",
    "KLPlusUniformity": "KL and uniformity",
}
#: how several views of a sample become a row and a column → what the dial says of it
_REDUCED = {"pair": "", "worst": ", farthest of m", "mean": ", means of m", "posterior": ", posterior of m"}
#: (λ₁, λ₂) → what is held
_CORNERS = {penalties: held for held, penalties in HELD.items() if held not in ("cell", "total")}
#: what gives each sample a temperature and a weight → what the dial says
_MARGINALS = {
    "class": "class sizes",
    "cluster": "cluster sizes",
    "posterior": "equal, ε by variance",
    "perplexity": "equal, ε by perplexity",
}
_LAYOUTS = {"cross": "view 1 × view 2", "joint": "both × both"}
#: what the columns are → what the dial says of it
_COLUMNS = {"views": "", "queue": " and a queue", "prototypes": "view 1 × prototypes"}


@dataclass(frozen=True)
class Dials:
    """Where a loss stands on each of the six.

    Attributes:
        kernel: of :data:`gca_viz.transport.KERNELS`, ``", lengths count"`` where distances are Euclidean, and
            ``", hard negatives"`` where near ones weigh more, ``", cut off"`` where far ones have no mass.
        held: a step of :data:`LADDER`.
        target: of :data:`gca_viz.transport.TARGETS`.
        distance: of target and plan.
        views: the layout, and which views a loss asks for.
        marginals: ``"equal"`` where every row and column weighs the same, with one temperature for all rows
            unless it says more.
    """

    kernel: str
    held: str
    target: str
    distance: str
    views: str
    marginals: str

    def differing(self, other: Dials) -> tuple[str, ...]:
        """The dials on which two stand apart."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name))


def dials_of(recipe: Recipe) -> Dials:
    """Where a recipe stands; raises :class:`gca_viz.errors.InputError` where its dials do not go together."""
    method = recipe.method
    composed = method.composition
    asked = (", strong and weak" if recipe.views.preset == RELATION_VIEWS else "") + _REDUCED[recipe.views.reduce]
    return Dials(
        kernel=composed.kernel
        + (", lengths count" if composed.cost != COST.default else "")
        + (", hard negatives" if composed.weighs_negatives and method.hardness else "")
        + (", cut off" if composed.sparse else ""),
        held=_held(composed, method),
        target=_target(method),
        distance=_distance(composed, method),
        views=_views(method.own_layout, method.columns_are) + asked,
        marginals=_MARGINALS[method.own_by] if _has_own(method) else "equal",
    )


def _views(layout: str, columns: str) -> str:
    """What rows and columns are embeddings of."""
    return _COLUMNS[columns] if columns == "prototypes" else _LAYOUTS[layout] + _COLUMNS[columns]


def _target(method: MethodRecipe) -> str:
    """The name of the target; one that is relaxed to its end is another's."""
    if method.aim == "relaxed-label":
        return {RELAX.maximum: "label", RELAX.minimum: "partner"}.get(method.relax, method.aim)
    return str(target_name(method.aim))


def _has_own(method: MethodRecipe) -> bool:
    """Whether samples differ in temperature or weight: exponents of 0 leave them alike."""
    powers = [getattr(method, spec.name) for spec in method.of_samples if spec in (GAMMA, WEIGHT)]
    return method.own_by != SAMPLE.default and (any(powers) or not powers)


def _held(composed: Method, method: MethodRecipe) -> str:
    if composed.hold is not None:
        return composed.hold
    penalties = composed.penalties({spec.name: getattr(method, spec.name) for spec in (LAMBDA1, LAMBDA2)})
    if len(penalties) > 1:
        return "rows, then columns"
    ((rows, columns),) = penalties
    return _CORNERS.get((rows, columns), "softly")


def _distance(composed: Method, method: MethodRecipe) -> str:
    if composed.loss == "KLPlusRINCE" and method.r2 == 0:
        return "KL"
    if composed.loss == "KLPlusUniformity" and method.uniformity == 0:
        return "KL"
    return _DISTANCES[composed.loss]
