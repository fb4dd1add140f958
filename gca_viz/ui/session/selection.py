"""What is chosen, on every page alike: a pair of rows of the plan, and a group of samples of the batch."""

from __future__ import annotations

from collections.abc import Iterable

from gca_viz.ui.session import state


def group(size: int) -> tuple[int, ...]:
    """Positions in the batch of the chosen samples, ascending; those beyond a batch of ``size`` are left out."""
    return tuple(sorted({sample for sample in state.recipe().display.group if sample < size}))


def choose_group(samples: Iterable[int]) -> None:
    """Choose these samples instead; none ends the choice."""
    state.update(group=tuple(sorted({int(sample) for sample in samples})))


def pair() -> tuple[int, int] | None:
    """Row and column of the picked pair in the plan; None where nothing is picked."""
    display = state.recipe().display
    return None if display.row < 0 or display.column < 0 else (display.row, display.column)


def pick_pair(row: int, column: int) -> None:
    """Pick a pair instead."""
    state.update(i=int(row), j=int(column))
