"""What a plan of :func:`gca_viz.align` always has, and another may lack: its pairing, its target, its trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gca_viz.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from gca_viz.transport import Plan
    from gca_viz.transport.plans.trace import Trace
    from gca_viz.transport.problem.pairing import Pairing


def pairing_of(plan: Plan) -> Pairing:
    """Whose partner is who; raises :class:`InputError` where the plan was made without."""
    if plan.pairing is None:
        raise _lacks("pairing")
    return plan.pairing


def target_of(plan: Plan) -> Tensor:
    """Who should be matched with whom; raises :class:`InputError` where the plan was made without."""
    if plan.target is None:
        raise _lacks("target")
    return plan.target


def trace_of(plan: Plan) -> Trace:
    """Every half step; raises :class:`InputError` where the plan was made without."""
    if plan.trace is None:
        raise _lacks("trace")
    return plan.trace


def _lacks(what: str) -> InputError:
    return InputError(
        f"a plan without a {what}", f"this needs its {what}", "Make the plan with gca_viz.align()", parameter=what
    )
