"""The numbers of a streamed plan that are not of its problem, and the methods that can be streamed."""

from __future__ import annotations

from typing import Any

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Parameter
from gca_viz.transport.method import Method
from gca_viz.transport.methods import METHODS
from gca_viz.transport.options import COST, KERNEL, SAMPLE, target_name
from gca_viz.transport.plans.divergence import KL, RINCE, KLPlusRINCE

MEMORY = Parameter(
    name="memory",
    symbol="",
    label="Memory",
    default=1200,
    minimum=0,
    maximum=1e9,
    low=100,
    high=16_000,
    scale="log",
    exclusive_minimum=True,
    help="How many MiB a streamed plan may use: less takes longer and gives the same numbers.",
)
OVERVIEW = Parameter(
    name="overview",
    symbol="",
    label="Size of the overview",
    default=512,
    minimum=1,
    maximum=4096,
    low=64,
    high=1024,
    integer=True,
    help="How many blocks, at most, a side of the overview of a large plan has.",
)
TOP = Parameter(
    name="top",
    symbol="k",
    label="Partners per row",
    default=10,
    minimum=1,
    maximum=1000,
    low=1,
    high=20,
    integer=True,
    help="How many of the columns that a row sends most mass to are kept.",
)
#: methods whose loss can be read from pairs and row sums
STREAMABLE = tuple(
    method
    for method in METHODS.values()
    if method.target == "partner"
    and method.on_the_square
    and method.sample_by == SAMPLE.default
    and method.columns == "views"
    and issubclass(method.divergence, (KL, RINCE, KLPlusRINCE))
)


def streamable(method: Method, target: Any) -> Method:
    """The method, if its loss for this target can be read from pairs and row sums."""
    if target is not None and not (isinstance(target, str) and target_name(target) == "partner"):
        raise InputError(
            f"target = {target!r} for a streamed plan" if isinstance(target, str) else "a matrix as target",
            "the target of a streamed plan is the partner: every other one is an N × N matrix",
            "Leave target out, or use align() for a batch small enough for such a matrix",
            parameter="target",
        )
    if not method.on_the_square and METHODS[method.name].on_the_square:
        dial, value = next(
            (dial, value)
            for dial, value in (("kernel", method.kernel), ("cost", method.cost), ("hold", method.hold))
            if value not in (KERNEL.default, COST.default, None)
        )
        raise InputError(
            f"{dial} = {value!r} for a streamed plan",
            "a streamed plan is one of the kernel 'gibbs', of cosines, and holds rows, columns, both or nothing",
            f"Leave {dial} out, or use align() for a batch small enough for an N × N matrix",
            parameter=dial,
        )
    if METHODS[method.name] not in STREAMABLE:
        raise InputError(
            f"method = {method.name!r} for a streamed plan",
            "methods whose target is the partner and whose loss asks for row sums only are "
            + ", ".join(fitting.name for fitting in STREAMABLE),
            "Choose one of these, or align() for a batch small enough for an N × N matrix",
            parameter="method",
        )
    return method
