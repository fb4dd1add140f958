"""What can be set in the toy world, each described once: form, link, scenes and checks read it here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from gca_viz.settings.parameter import Choice, Parameter
from gca_viz.transport import METHODS
from gca_viz.transport.parameters import ALPHA, BETA, EPSILON, LAM, LAMBDA1, Q

METHOD_NAMES = ("byol", "ince", "clip", "rince", "gca-ince", "gca-uot")


@dataclass(frozen=True)
class Field:
    """One field of the form.

    Attributes:
        spec: its description.
        part: whether it belongs to the loss, or to how the points begin.
        methods: names of those that have it; None means all.
    """

    spec: Parameter | Choice
    part: Literal["method", "crowd"]
    methods: tuple[str, ...] | None = None


def _number(
    name: str, label: str, default: float, low: float, high: float, *, help: str, integer: bool = False
) -> Parameter:
    return Parameter(name, "", label, default, low, high, low, high, integer=integer, help=help)


_ALL = (
    Field(
        Choice(
            "method",
            "Method",
            METHOD_NAMES,
            "ince",
            "Loss whose gradient moves the points; its plan is on the right.",
        ),
        "method",
    ),
    Field(replace(EPSILON, name="eps", low=0.02, high=1.0, minimum=0.01, maximum=10.0), "method"),
    Field(
        replace(
            LAMBDA1,
            name="lambda",
            symbol="λ",
            label="Constraint",
            default=0.1,
            low=0.01,
            minimum=0.001,
            maximum=1000.0,
            infinite=False,
            help="Penalty on row and column sums that differ from 1: 0 leaves them free, infinity makes them "
            "exact.",
        ),
        "method",
        ("gca-uot",),
    ),
    Field(replace(Q, default=0.5), "method", ("rince",)),
    Field(replace(LAM, minimum=1e-4), "method", ("rince",)),
    Field(
        replace(
            ALPHA,
            default=0.0,
            maximum=10.0,
            help="Target weight of another point of the same domain; the partner has weight 1.",
        ),
        "method",
    ),
    Field(
        replace(BETA, maximum=10.0, help="Target weight of a point of another domain; the partner has weight 1."),
        "method",
    ),
    Field(
        replace(
            _number(
                "rate",
                "Speed",
                0.2,
                0.01,
                1.0,
                help="Step size η: a force of 1/ε moves a point by this many radians.",
            ),
            scale="log",
        ),
        "method",
    ),
    Field(
        Choice(
            "arrows",
            "Arrows",
            ("on", "off"),
            "on",
            "Sums of all pulls (teal) and of all pushes (magenta) on each point.",
        ),
        "method",
    ),
    Field(
        Choice(
            "space",
            "Space",
            ("circle", "sphere"),
            "circle",
            "Space of the embeddings: a circle (two dimensions) or a sphere (three).",
        ),
        "crowd",
    ),
    Field(_number("n", "Pairs", 24, 2, 60, integer=True, help="Points of each view."), "crowd"),
    Field(
        _number("domains", "Domains", 1, 1, 4, integer=True, help="Number of domains; each has a shape."), "crowd"
    ),
    Field(
        _number("spread", "Spread", 0.6, 0.05, 3.0, help="Spread of the points at the beginning, in radians."),
        "crowd",
    ),
    Field(
        _number(
            "noise",
            "Distance of partners",
            0.1,
            0.0,
            1.0,
            help="Distance of the two views of a pair at the beginning, in radians.",
        ),
        "crowd",
    ),
    Field(
        _number(
            "uneven",
            "Cluster",
            0.0,
            0.0,
            1.0,
            help="Share of the pairs that begin in one narrow cluster; the others lie all around.",
        ),
        "crowd",
    ),
    Field(
        _number(
            "outliers",
            "Corrupted views",
            0,
            0,
            3,
            integer=True,
            help="Number of pairs whose view 2 shows something else and cannot move (crossed).",
        ),
        "crowd",
    ),
    Field(
        _number(
            "seed", "Seed", 1, 0, 99, integer=True, help="Seed of the random points: another seed, other points."
        ),
        "crowd",
    ),
)
#: name → field, in the order of the form
FIELDS: Mapping[str, Field] = MappingProxyType({field.spec.name: field for field in _ALL})


def defaults() -> dict[str, Any]:
    """Name → value of every field that a scene does not set."""
    return {name: field.spec.default for name, field in FIELDS.items()}


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """All fields: the given ones, checked, and defaults for the others; names that are no field are left out.

    Raises:
        InputError: a value out of bounds.
    """
    return defaults() | {name: FIELDS[name].spec.check(value) for name, value in values.items() if name in FIELDS}


def described() -> list[dict[str, Any]]:
    """The fields as the browser builds its form from them."""
    return [_described(field) for field in FIELDS.values()]


def titles() -> dict[str, str]:
    """What the form calls an option."""
    return {name: METHODS[name].title for name in METHOD_NAMES} | {
        "byol": "Only attraction (BYOL’s loss, no predictor)",
        "circle": "Circle",
        "sphere": "Sphere",
        "on": "Shown",
        "off": "Hidden",
    }


def _described(field: Field) -> dict[str, Any]:
    spec = field.spec
    shared = {
        "name": spec.name,
        "label": spec.label,
        "help": spec.help,
        "part": field.part,
        "methods": None if field.methods is None else list(field.methods),
    }
    if isinstance(spec, Choice):
        return shared | {"options": list(spec.options)}
    log = spec.scale == "log"
    return shared | {
        "symbol": spec.symbol,
        "low": spec.low,
        "high": spec.high,
        "log": log,
        "step": None if log else 1 if spec.integer else 0.05,
    }
