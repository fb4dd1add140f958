"""What a plan is asked to be: method, kernel, target and divergence, found by their names and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from operator import is_not, itemgetter
from typing import Any

from gca_viz.errors import InputError
from gca_viz.transport.kernels import KernelFunction, make_kernel
from gca_viz.transport.method import Method
from gca_viz.transport.methods import SETTINGS, find_method, settings_of
from gca_viz.transport.options import (
    KERNEL_PARAMETERS,
    SAMPLE_OPTIONS,
    TARGET_OPTIONS,
    options_of,
    sample_options_of,
)
from gca_viz.transport.plans.divergence import DIVERGENCES, L2, Divergence, FenchelYoung
from gca_viz.transport.problem.aim import Aim
from gca_viz.transport.problem.samples import OwnOfSamples

#: what may be chosen beside the method, whose own it is where it is None
_NAMES = tuple(
    dict.fromkeys(
        (
            *(
                "kernel",
                "cost",
                "hold",
                "layout",
                "prototypes",
                "target",
                "keep_diagonal",
                "sample_by",
                "divergence",
            ),
            *("mu", "nu"),  # which do not go with weights of samples
            *(parameter.name for own in KERNEL_PARAMETERS.values() for parameter in own),
            *SETTINGS,
            *TARGET_OPTIONS,
            *SAMPLE_OPTIONS,
        )
    )
)
_values = itemgetter(*_NAMES)


@dataclass(frozen=True, eq=False)
class Choices:
    """All that is chosen for a plan but the samples.

    Attributes:
        method: with another kernel, cost, hold or columns than its own where these were given.
        kernel: how a distance becomes a weight.
        settings: the numbers of its constraints and its divergence.
        layout: ``"cross"`` or ``"joint"``.
        aim: the target.
        own: what gives each sample a temperature and a weight.
        divergence: the distance from target to plan.
    """

    method: Method
    kernel: KernelFunction
    settings: Mapping[str, float]
    layout: str
    aim: Aim
    own: OwnOfSamples
    divergence: Divergence

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Choices:
        """The choices among the arguments of :func:`gca_viz.transport.align`, by their names.

        Raises:
            InputError: an unknown name, a number out of bounds, or some that do not go together.
        """
        method = given["method"]
        # Finding all by their names is most of the work around a small plan: what is usual is found once.
        if isinstance(method, str) and not any(map(is_not, _values(given), repeat(None))):
            return _usual(method)
        return cls._found(given)

    @classmethod
    def _found(cls, given: Mapping[str, Any]) -> Choices:
        columns = None if given["prototypes"] is None else "prototypes"
        method = find_method(given["method"]).composed(given["kernel"], given["cost"], given["hold"], columns)
        kernel, settings = make_kernel(method.kernel, given), settings_of(method, given)
        layout = method.choose_layout(given["layout"])
        own_by = method.sample_by if given["sample_by"] is None else given["sample_by"]
        target = method.target if given["target"] is None else given["target"]
        aim = Aim.of(target, given, keep_diagonal=given["keep_diagonal"], also=sample_options_of(own_by))
        own = OwnOfSamples.of(own_by, given, options_of(aim.target))
        aim.check_columns(method.columns, method.cost)
        if given["divergence"] is None:
            divergence = method.make_divergence(settings)
        else:
            divergence = _divergence(given["divergence"])
        _check_zeros(method, divergence)
        return cls(method, kernel, settings, layout, aim, own, divergence)


@lru_cache(maxsize=64)
def _usual(method: str) -> Choices:
    """A method with all that is its own."""
    return Choices._found(dict.fromkeys(_NAMES) | {"method": method})


def _check_zeros(method: Method, measure: Divergence) -> None:
    """The cells of a sparse plan have no logarithm, and its own distance is of no other plan."""
    if method.sparse == isinstance(measure, FenchelYoung) or (method.sparse and isinstance(measure, L2)):
        return
    raise InputError(
        f"the distance {type(measure).__name__} for method {method.name!r}",
        "most cells of a sparse plan are 0, which has no logarithm"
        if method.sparse
        else "this distance is that of sparse plans",
        "Leave divergence out, or use divergence='l2'",
        parameter="divergence",
    )


def _divergence(divergence: str | Divergence) -> Divergence:
    if isinstance(divergence, Divergence):
        return divergence
    if not isinstance(divergence, str) or divergence not in DIVERGENCES:
        raise InputError(
            f"divergence = {divergence!r}",
            f"divergences are {', '.join(DIVERGENCES)}",
            "Leave it out for the method's own",
            parameter="divergence",
        )
    return DIVERGENCES[divergence]()
