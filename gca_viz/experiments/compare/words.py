"""What a comparison shows, in one computed sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gca_viz.experiments.compare.candidate_result import CandidateResult
from gca_viz.experiments.compare.changes import Changes
from gca_viz.experiments.plan.summary import moved_mass
from gca_viz.metric import percent

_NONE = 0.005


def headline(first: CandidateResult, second: CandidateResult, changes: Changes) -> str:
    """What changed from A to B: of the shares of plan, the one that moved most, and the neighbours.

    Args:
        first, second: A and B.
        changes: from one to the other.
    """
    shares = [
        ("the share of rows that send most to their partner", first.plan.top1_rows, second.plan.top1_rows),
        ("the share of the mass on the pairs", first.plan.matched_share, second.plan.matched_share),
    ]
    if first.plan.without_pairs:
        shares = [("the perplexity", first.plan.perplexity, second.plan.perplexity)]
    what, before, after = max(shares, key=lambda share: abs(float(share[2] - share[1])))
    moved, changed = moved_mass(second.plan, first.plan), 1 - float(np.mean(changes.kept))
    if moved < _NONE and changed < _NONE:
        return f"{first.label} and {second.label} make the same plan of this batch"
    course = _course(float(before), float(after), _number if first.plan.without_pairs else percent)
    start = f"From {first.label} to {second.label} {what} {course}"
    if first.points is second.points:
        return f"{start}; {percent(moved)} of the mass goes elsewhere"
    return f"{start}; {percent(changed)} of the neighbours change"


def _course(before: float, after: float, text: Callable[[float], str]) -> str:
    if abs(after - before) < _NONE:
        return f"stays at {text(after)}"
    return f"{'rises' if after > before else 'falls'} from {text(before)} to {text(after)}"


def _number(value: float) -> str:
    return f"{value:.3g}"
