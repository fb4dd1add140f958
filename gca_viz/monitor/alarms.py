"""What goes wrong in a training, said in words when it begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import numpy as np

from gca_viz.errors import InputError
from gca_viz.metric import percent
from gca_viz.transport import calibration

#: a collapse: fewer directions than this, or a uniformity above this (0 is one point)
LEAST_RANK, MOST_UNIFORMITY = 2.0, -0.1
#: a hub: a column that receives so many times the mean
HUB = 8.0
#: pair mass is stuck that stays within this over so many looks, and below this
STUCK, STUCK_LOOKS, STUCK_BELOW = 0.01, 10, 0.5
#: a plan whose confidence is so far from what is right has a temperature that may be out of the calibrated range
UNSURE = 0.1
#: temperatures tried for the calibrated range, and how much more error than the least belongs to it
_TRIED, _WITHIN = np.geomspace(0.005, 2, 17), 0.03
#: an untrained network looks collapsed and uneven: what holds at so many looks in a row is said
IN_A_ROW = 3


class Alarms:
    """What is wrong now, look by look.

    Args:
        name: row of the probe → what it is called.
    """

    def __init__(self, name: Callable[[int], str]):
        self._name = name
        self._rows: deque[Mapping[str, float]] = deque(maxlen=STUCK_LOOKS)
        self._calibrated: str = ""

    def look(
        self, row: Mapping[str, float], hub: int, plan_at: Callable[[float], object] | None = None
    ) -> dict[str, str]:
        """The alarms that hold now: kind → sentence.

        Args:
            row: numbers of this look.
            hub: the fullest column's number.
            plan_at: the plan at another ε, where the method has one.
        """
        self._rows.append(row)
        found = {
            "collapse": self._collapse(),
            "hub": self._hub(hub),
            "stuck": self._stuck(),
            "temperature": self._temperature(plan_at),
        }
        return {kind: sentence for kind, sentence in found.items() if sentence}

    def _for_a_while(self, holds: Callable[[Mapping[str, float]], bool]) -> bool:
        last = list(self._rows)[-IN_A_ROW:]
        return len(last) == IN_A_ROW and all(map(holds, last))

    def _collapse(self) -> str:
        now = self._rows[-1]
        if self._for_a_while(lambda row: row.get("effective_rank", LEAST_RANK) < LEAST_RANK):
            return (
                f"Collapse: the embeddings use {now['effective_rank']:.1f} directions (effective rank; 1 is a "
                "line). Raise the weight of the negatives, or lower the learning rate."
            )
        if self._for_a_while(lambda row: row.get("uniformity", MOST_UNIFORMITY) > MOST_UNIFORMITY):
            return (
                f"Collapse: all embeddings lie almost in one point (uniformity {now['uniformity']:.2f}; 0 is one "
                "point). Raise the weight of the negatives, or lower the learning rate."
            )
        return ""

    def _hub(self, column: int) -> str:
        if not self._for_a_while(lambda row: row.get("largest_column", 0.0) > HUB):
            return ""
        return (
            f"A hub: column {column} ({self._name(column)}) receives {self._rows[-1]['largest_column']:.1f} times "
            "the mean of all columns. A loss that balances columns, such as gca-ince, lets none do so."
        )

    def _stuck(self) -> str:
        mass = [row["matched_share"] for row in self._rows if "matched_share" in row]
        if len(mass) < STUCK_LOOKS or max(mass) - min(mass) >= STUCK or max(mass) >= STUCK_BELOW:
            return ""
        return (
            f"Pair mass is stuck: it has stayed at {percent(mass[-1], 1)} for {STUCK_LOOKS} looks. Lower ε, or "
            "look whether both views still show the same sample."
        )

    def _temperature(self, plan_at: Callable[[float], object] | None) -> str:
        """Found once, when confidence and hits part, for it takes some plans; said until they come together."""
        now = self._rows[-1]
        if plan_at is None or not {"confidence", "ece", "epsilon"} <= now.keys() or now["ece"] <= UNSURE:
            self._calibrated = ""
        elif not self._calibrated and self._for_a_while(lambda row: row.get("ece", 0.0) > UNSURE):
            self._calibrated = _out_of_range(now, plan_at)
        return self._calibrated


def _out_of_range(row: Mapping[str, float], plan_at: Callable[[float], object]) -> str:
    errors = {}
    for epsilon in _TRIED:
        try:
            errors[float(epsilon)] = float(calibration(plan_at(float(epsilon))).ece)  # type: ignore[arg-type]
        except InputError:
            continue  # single precision, or the method, does not go there
    if not errors:
        return ""
    good = [epsilon for epsilon, error in errors.items() if error <= min(errors.values()) + _WITHIN]
    low, high = min(good), max(good)
    if low <= row["epsilon"] <= high:
        return ""
    side, do = ("below", "raise") if row["epsilon"] < low else ("above", "lower")
    return (
        f"The temperature ε = {row['epsilon']:.3g} is {side} the calibrated range, {low:.2g} to {high:.2g}: rows "
        f"are {percent(row['confidence'])} sure of one column, and the calibration error is "
        f"{percent(row['ece'])}. To be as sure as it is right, {do} ε."
    )
