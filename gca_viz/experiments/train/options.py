"""What a training gives its method beside ε: each option by the description of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Choice, Parameter, Spec
from gca_viz.transport import LAYOUTS, TARGETS
from gca_viz.transport.options import COST, HOLD, KERNEL, SAMPLE, SYNONYMS, target_name
from gca_viz.transport.parameters import (
    ALPHA,
    BETA,
    CLUSTERS,
    DF,
    GAMMA,
    HARDNESS,
    ITERATIONS,
    LAM,
    LAMBDA1,
    LAMBDA2,
    PERPLEXITY,
    R1,
    R2,
    RELAX,
    SHARE,
    TARGET_TEMPERATURE,
    THRESHOLD,
    TOLERANCE,
    UNIFORMITY,
    WEIGHT,
    Q,
)

_TAU = "Under gca-uot, a side of the constraint square in place of λ = ε τ / (1 − τ): 0 asks nothing, 1 all."
TAU1 = Parameter("tau1", "τ₁", "Row constraint in the square", 0.5, 0, 1, 0, 1, help=_TAU)
TAU2 = replace(TAU1, name="tau2", symbol="τ₂", label="Column constraint in the square")
TARGET = Choice(
    "target",
    "Target",
    tuple(TARGETS),
    "",
    "Target plan: how much of each row should go to each column; by default what the method says.",
    accepts=SYNONYMS.__contains__,
)
LAYOUT = Choice(
    "layout",
    "Layout",
    LAYOUTS,
    "",
    "cross: view 1 against view 2; joint: every view against every other; by default what the method says.",
)
DIVERGENCE = Choice(
    "divergence",
    "Divergence",
    ("kl", "rince", "l2", "reverse-kl"),
    "",
    "How far the plan is from the target; by default what the method says.",
)
#: name → what :func:`gca_viz.align` takes beside embeddings, method and ε, and the sides of the constraint square
OPTIONS: Mapping[str, Spec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            *(ITERATIONS, TOLERANCE, LAMBDA1, LAMBDA2, TAU1, TAU2, Q, LAM, R1, R2, UNIFORMITY, HARDNESS, LAYOUT),
            *(KERNEL, DF, THRESHOLD, COST, HOLD),
            *(TARGET, ALPHA, BETA, SHARE, TARGET_TEMPERATURE, RELAX, CLUSTERS, DIVERGENCE),
            *(SAMPLE, GAMMA, WEIGHT, PERPLEXITY),
        )
    }
)
_OF_OLD_SCRIPTS = "keep_diagonal"  # of the target that was called relational


@dataclass(frozen=True)
class Options:
    """The description of what a method is given beside ε: each by the description of its own."""

    name: str = "options"
    default: tuple[tuple[str, float | str], ...] = ()

    def check(self, value: Iterable[tuple[str, Any]]) -> tuple[tuple[str, float | str], ...]:
        """Names and values as they are called today, in the order of :data:`OPTIONS`; or an :class:`InputError`."""
        given = dict(value)
        for name in given:
            if name not in (*OPTIONS, _OF_OLD_SCRIPTS):
                raise InputError(
                    f"the option {name} = {given[name]}",
                    f"the options are {', '.join(OPTIONS)}",
                    "Correct the name",
                )
        found = {name: spec.check(target_name(given[name])) for name, spec in OPTIONS.items() if name in given}
        # Cards and commands may name a target as it was called once.
        return tuple({name: target_name(text) for name, text in found.items()}.items()) + tuple(
            (name, given[name]) for name in given if name == _OF_OLD_SCRIPTS
        )
