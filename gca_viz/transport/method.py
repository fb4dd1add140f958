"""What a method is: a composition of layout, constraints, target and divergence."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Parameter
from gca_viz.transport.options import COLUMN_KIND, COST, HOLD, KERNEL, OF_PROTOTYPES, SAMPLE, known_of_samples
from gca_viz.transport.parameters import EPSILON, HARDNESS, LAMBDA1, LAMBDA2

if TYPE_CHECKING:
    from gca_viz.transport.plans.divergence import Divergence

#: a fixed penalty (0 none, ∞ hard), or the parameter that holds it
Penalty = float | Parameter

#: the penalty of what is held exactly
HARD = math.inf
#: what is held → (λ₁, λ₂); where it is the total or each cell, no row and no column holds anything of its own
HELD: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "nothing": (0.0, 0.0),
        "cell": (0.0, 0.0),
        "total": (0.0, 0.0),
        "rows": (HARD, 0.0),
        "columns": (0.0, HARD),
        "both": (HARD, HARD),
    }
)


@dataclass(frozen=True, kw_only=True)
class Method:
    """A contrastive loss as a composition: plan of a constrained problem, target, divergence between them.

    Attributes:
        name: keyword, e.g. ``"gca-ince"``.
        title: what a page calls it.
        summary: one sentence for a student.
        layouts: allowed layouts, the default first.
        constraints: pairs (λ₁, λ₂), each fixed or a parameter; the plan is the mean of their plans.
        loss: name of its divergence's class in ``divergence.py``, whose fields are parameters of the method.
        parameters: what the user may set, described once.
        formula: the loss in LaTeX.
        citation: the paper it comes from.
        target: name of the default target.
        kernel, cost: names of its kernel in ``KERNELS`` and of its distance in ``COSTS``.
        hold: ``"total"`` or ``"cell"`` where that is held, and rows and columns nothing (λ₁ = λ₂ = 0); else None.
        sample_by: what gives each sample a temperature and a weight of its own, a name in ``SAMPLE_BY``.
        columns: what its columns are, a name in ``COLUMNS``.
        sparse: whether the square of the plan stands in the place of its entropy, so that most cells are 0.
    """

    name: str
    title: str
    summary: str
    layouts: tuple[str, ...]
    constraints: tuple[tuple[Penalty, Penalty], ...]
    formula: str
    citation: str
    loss: str = "KL"
    parameters: tuple[Parameter, ...] = (EPSILON,)
    target: str = "partner"
    kernel: str = KERNEL.default
    cost: str = COST.default
    hold: str | None = None
    sample_by: str = SAMPLE.default
    columns: str = COLUMN_KIND.default
    sparse: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be known of the samples, ``"labels"`` or ``"domains"``, where nothing of it is chosen anew."""
        return known_of_samples(self.target, self.sample_by)

    @property
    def divergence(self) -> type[Divergence]:
        """The class of its divergence; a method can be described without torch, and this needs it."""
        from gca_viz.transport.plans import divergence

        found: type[Divergence] = getattr(divergence, self.loss)
        return found

    @property
    def weighs_negatives(self) -> bool:
        """Whether each negative has a weight of its own beside its kernel."""
        return HARDNESS in self.parameters

    @property
    def on_the_square(self) -> bool:
        """Whether its plans are those of (λ₁, λ₂) alone: the Gibbs kernel of cosines, and nothing else held."""
        usual = (self.kernel, self.cost, self.hold) == (KERNEL.default, COST.default, None)
        return usual and not self.weighs_negatives and not self.sparse

    @property
    def lambda1(self) -> Penalty:
        """λ₁, fixed or a parameter (of the first of its plans)."""
        return self.constraints[0][0]

    @property
    def lambda2(self) -> Penalty:
        """λ₂, fixed or a parameter (of the first of its plans)."""
        return self.constraints[0][1]

    @property
    def read_after(self) -> Literal["any", "row"]:
        """After which half steps the loss may be read, with the default parameters."""
        return self.divergence().read_after

    def choose_layout(self, layout: str | None) -> str:
        """The layout asked for, or the method's first.

        Raises:
            InputError: one for which the method is not defined.
        """
        if layout is None:
            return self.layouts[0]
        if layout not in self.layouts:
            raise InputError(
                f"layout = {layout!r} for method {self.name!r}",
                f"{self.name} is defined for the layout {' or '.join(self.layouts)}",
                "Leave the layout out, or choose another method",
                parameter="layout",
            )
        return layout

    def composed(
        self,
        kernel: str | None = None,
        cost: str | None = None,
        hold: str | None = None,
        columns: str | None = None,
    ) -> Method:
        """The method with another kernel, cost, hold or columns than its own, where one is given.

        What is held takes the place of its constraints, and of the parameters in them. Where each cell holds its
        own unit, KL is that of a cell's two answers, binary cross-entropy, and where it does not, this is KL. Of
        prototypes the target is SwAV's where the method's own is of samples.

        Raises:
            InputError: an unknown name, or two that do not go together.
        """
        if kernel is None and cost is None and hold is None and columns is None:
            return self
        changed = replace(
            self,
            kernel=self.kernel if kernel is None else KERNEL.check(kernel),
            cost=self.cost if cost is None else COST.check(cost),
            columns=self.columns if columns is None else COLUMN_KIND.check(columns),
        )
        if changed.columns == "prototypes" and changed.target not in OF_PROTOTYPES:
            changed = replace(changed, target="codes")
        if hold is not None:
            constraints = (HELD[HOLD.check(hold)],)
            changed = replace(
                changed,
                constraints=constraints,
                hold=hold if hold in ("total", "cell") else None,
                parameters=tuple(p for p in self.parameters if p not in (LAMBDA1, LAMBDA2)),
                loss={("KL", True): "BCE", ("BCE", False): "KL"}.get((self.loss, hold == "cell"), self.loss),
            )
        changed._check_fit()
        return changed

    def _check_fit(self) -> None:
        of_prototypes = self.columns == "prototypes"
        if of_prototypes != (self.target in OF_PROTOTYPES) or (of_prototypes and self.weighs_negatives):
            raise InputError(
                f"columns = {self.columns!r} for method {self.name!r}",
                f"{self.name} asks for {'partners' if of_prototypes else 'prototypes'}",
                "Leave columns out, or choose InfoNCE, 'ince'",
                parameter="columns",
            )
        if self.hold == "cell" and self.kernel != "logistic":
            raise InputError(
                f"hold = 'cell' with the kernel {self.kernel!r}",
                "a cell that holds a unit by itself divides it between partners and strangers, as the logistic "
                "kernel does",
                "Set kernel='logistic', or use hold='nothing'",
                parameter="hold",
            )
        if self.sparse and (self.kernel != KERNEL.default or self.constraints != (HELD["rows"],)):
            dial = "hold" if self.kernel == KERNEL.default else "kernel"
            raise InputError(
                f"another {dial} than its own for method {self.name!r}",
                "a sparse plan is of rows, and of the cost itself",
                f"Leave {dial} out, or use the method 'ince'",
                parameter=dial,
            )
        if self.hold == "cell" and self.weighs_negatives:
            raise InputError(
                f"hold = 'cell' for method {self.name!r}",
                "it weighs the negatives of a row against each other, and cells that hold their own share nothing",
                "Use hold='nothing', or the method 'siglip'",
                parameter="hold",
            )
        if self.cost == "euclid" and self.kernel == "simo":
            raise InputError(
                "cost = 'euclid' with the kernel 'simo'",
                "SimO's kernel is a function of the cosine",
                "Use cost='cosine', or kernel='student' with df=1, which is its other factor",
                parameter="cost",
            )

    def penalties(self, settings: Mapping[str, float]) -> tuple[tuple[float, float], ...]:
        """The pairs (λ₁, λ₂) with the settings put in."""

        def value(penalty: Penalty) -> float:
            return settings[penalty.name] if isinstance(penalty, Parameter) else penalty

        return tuple((value(rows), value(columns)) for rows, columns in self.constraints)

    def make_divergence(self, settings: Mapping[str, float]) -> Divergence:
        """The divergence with the settings put in."""
        return self.divergence(**{name: settings[name] for name in _arguments(self.divergence)})


# Asked at each plan, and a tenth of the work outside of a small one's solver.
@lru_cache(maxsize=64)
def _arguments(divergence: Callable[..., Divergence]) -> tuple[str, ...]:
    """What a divergence is made from."""
    return tuple(inspect.signature(divergence).parameters)
