"""Ask a plan whether it is as sure as it is right."""

from __future__ import annotations

from gca_viz.errors import InputError
from gca_viz.transport.plans.calibration import BINS, Calibration
from gca_viz.transport.plans.plan_matrix import PlanMatrix


def calibration(plan: PlanMatrix, bins: int = int(BINS.default)) -> Calibration:
    """How sure the rows of a plan are of their partner, and how often they are right.

    ``calibration(align(z1, z2, "ince", epsilon=0.07)).ece``

    Args:
        plan: with a pairing, as ``align`` returns it; each row counts as it divides its mass, however much that is.
        bins: 2 … 50, equal intervals of confidence.

    Returns:
        Tensors without gradient: ``ece``, ``brier``, ``confidence``, ``hit``, and a number per bin.

    Raises:
        InputError: ``bins`` out of bounds, a plan that is not held (streamed), or one in which no row has a partner
            that it may send to.
    """
    bins = BINS.check_whole(bins)
    if not hasattr(plan, "matrix"):
        raise InputError(
            f"{type(plan).__name__} in place of a plan",
            "calibration needs every cell of a plan",
            "Make the plan with align(), of fewer samples if it does not fit in memory",
            parameter="plan",
        )
    if plan.without_pairs:
        closed = plan.pairs_forbidden
        raise InputError(
            "a plan that may send nothing to partners" if closed else "a plan in which nobody has a partner",
            "calibration compares where a row sends most with its partner"
            + (", whose cell this target closes" if closed else ""),
            "Choose another target, e.g. target='partner'" if closed else "Choose columns that are view 2",
            parameter="plan",
        )
    return plan.calibration(bins)
