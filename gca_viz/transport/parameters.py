"""The choices and numbers of the transport problem, its targets and its divergences, each described once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gca_viz.settings.parameter import Parameter

#: view 1 against view 2, or every embedding against every other
LAYOUTS = ("cross", "joint")
#: name → who should be matched, in one sentence
TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "partner": "The two views of a sample.",
        "label": "All samples of one class, in equal shares.",
        "domain": "The pair, and with less weight samples of the same or of other domains.",
        "relation": "Whom view 2 relates to the sample, the pair itself left out of target and plan (ReSSL): rows "
        "learn to see in view 1 who is like whom in view 2.",
        "self-sharpened": "The plan’s own similarities at another temperature: it sharpens what is already there; "
        "at ε′ = ε no force is left.",
    }
)
#: names that a target also has, or once had → what they mean
SYNONYMS = {"identity": "partner", "relational": "self-sharpened"}
#: target → what it must know of the samples, ``"labels"`` or ``"domains"``
TARGET_NEEDS: Mapping[str, str] = MappingProxyType({"label": "labels", "domain": "domains"})

# Bounds of 1e-6 and 1e6 keep single precision finite; the limits 0 and ∞ are reached long before.

EPSILON = Parameter(
    name="epsilon",
    symbol="ε",
    label="Temperature",
    default=0.1,
    minimum=1e-6,
    maximum=1e6,
    low=0.02,
    high=2.0,
    scale="log",
    help="How soft the matching is: small values match only the nearest, large values match everyone a little.",
)
LAMBDA1 = Parameter(
    name="lambda1",
    symbol="λ₁",
    label="Row constraint",
    default=0.2,
    minimum=0.0,
    maximum=float("inf"),
    low=0.001,
    high=10.0,
    scale="log",
    infinite=True,
    help="How strictly every sample of view 1 must send its whole mass: 0 not at all, infinity exactly.",
)
LAMBDA2 = Parameter(
    name="lambda2",
    symbol="λ₂",
    label="Column constraint",
    default=0.2,
    minimum=0.0,
    maximum=float("inf"),
    low=0.001,
    high=10.0,
    scale="log",
    infinite=True,
    help="How strictly every sample of view 2 must receive its whole mass: 0 not at all, infinity exactly.",
)
ITERATIONS = Parameter(
    name="iterations",
    symbol="t",
    label="Sinkhorn iterations",
    default=10,
    minimum=1,
    maximum=float("inf"),
    low=1,
    high=50,
    integer=True,
    infinite=True,
    help="How many times rows and then columns are rescaled, at most; fewer where the plan converges earlier. "
    "Infinity asks for the limit.",
)
HALF_STEPS = Parameter(
    name="half_steps",
    symbol="2t",
    label="Half steps",
    default=20,
    minimum=0,
    maximum=float("inf"),
    low=0,
    high=100,
    integer=True,
    help="How many times rows or columns are rescaled, at most; 0 leaves the kernel as it is.",
)
TOLERANCE = Parameter(
    name="tol",
    symbol="δ",
    label="Tolerance",
    default=1e-6,
    minimum=0.0,
    maximum=float("inf"),
    low=1e-9,
    high=1e-2,
    scale="log",
    help="The plan counts as converged when this share of its mass, at most, is in the wrong row or column.",
)
Q = Parameter(
    name="q",
    symbol="q",
    label="Robustness",
    default=0.6,
    minimum=0.0,
    maximum=1.0,
    low=0.05,
    high=1.0,
    exclusive_minimum=True,
    help="How little a wrong pair may hurt: towards 0 the loss is InfoNCE, at 1 it is the most robust.",
)
LAM = Parameter(
    name="lam",
    symbol="λ",
    label="Weight of the negatives",
    default=0.01,
    minimum=0.0,
    maximum=1.0,
    low=0.001,
    high=1.0,
    scale="log",
    help="How much the robust loss minds mass outside the pair.",
)
R1 = Parameter(
    name="r1",
    symbol="r₁",
    label="Weight of KL",
    default=1.0,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=2.0,
    help="Share of the KL divergence in the loss of the unbalanced plan.",
)
R2 = Parameter(
    name="r2",
    symbol="r₂",
    label="Weight of RINCE",
    default=0.0,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=2.0,
    help="Share of the robust divergence in the loss of the unbalanced plan.",
)
UNIFORMITY = Parameter(
    name="uniformity",
    symbol="w",
    label="Uniformity of the negatives",
    default=0.1,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=1.0,
    help="How strongly the mass outside the pair is asked to spread evenly.",
)
ALPHA = Parameter(
    name="alpha",
    symbol="α",
    label="Same domain",
    default=0.2,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=1.0,
    help="Target weight of two different samples of one domain; the pair itself has weight 1.",
)
BETA = Parameter(
    name="beta",
    symbol="β",
    label="Other domain",
    default=0.0,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=1.0,
    help="Target weight of two samples of different domains; the pair itself has weight 1.",
)
SHARE = Parameter(
    name="share",
    symbol="s",
    label="Share of the pair",
    default=0.7,
    minimum=0.0,
    maximum=1.0,
    low=0.0,
    high=1.0,
    help="Share of a row's target mass that stays on its pair; the domain prior divides the rest.",
)
TARGET_TEMPERATURE = Parameter(
    name="target_temperature",
    symbol="ε′",
    label="Target temperature",
    default=0.04,
    minimum=1e-6,
    maximum=1e6,
    low=0.01,
    high=1.0,
    scale="log",
    help="Temperature at which the batch's own similarities become the target; choose it below ε.",
)
#: target → the numbers it takes
TARGET_PARAMETERS: Mapping[str, tuple[Parameter, ...]] = MappingProxyType(
    {
        "domain": (ALPHA, BETA, SHARE),
        "relation": (TARGET_TEMPERATURE,),
        "self-sharpened": (TARGET_TEMPERATURE,),
    }
)


def target_name(target: Any) -> Any:
    """The name that a target has today; what is no name, such as a matrix, stays as it is."""
    return SYNONYMS.get(target, target) if isinstance(target, str) else target


def options_of(target: Any) -> tuple[str, ...]:
    """The options that a target takes, by its name: what it needs, then its numbers; none for a matrix."""
    if not isinstance(target, str):
        return ()
    name = target_name(target)
    needs = TARGET_NEEDS.get(name)
    return (*([needs] if needs else []), *(parameter.name for parameter in TARGET_PARAMETERS.get(name, ())))


#: every option that some target takes
TARGET_OPTIONS = tuple(dict.fromkeys(option for target in TARGETS for option in options_of(target)))
