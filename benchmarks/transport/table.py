"""Tables as Markdown, row by row as the numbers come."""

from __future__ import annotations

import math


class Table:
    """A Markdown table.

    Args:
        columns: its headings.
    """

    def __init__(self, *columns: str):
        print()
        self.row(*columns)
        self.row(*("---" for _ in columns))

    def row(self, *cells: str) -> None:
        """Print a row."""
        print("| " + " | ".join(cells) + " |", flush=True)


class RaceTable(Table):
    """A table whose last column is the best peer's time by ours, marked where that is below a goal."""

    def __init__(self, *columns: str):
        super().__init__(*columns, "ratio")
        self.count = self.slower = self.missed = 0

    def race(self, *cells: str, ratio: float, bound: bool, goal: float) -> None:
        """Print a row with its ratio.

        Args:
            ratio: best peer's time by ours; NaN where one of them is missing.
            bound: whether the ratio is only a lower bound, as no peer got there in time.
        """
        mark = " **slower**" if ratio < 1 else f" (goal {goal:g})" if ratio < goal else ""
        self.count += 1
        self.slower += ratio < 1
        self.missed += not ratio >= goal
        self.row(*cells, "–" if math.isnan(ratio) else f"{'> ' if bound else ''}{ratio:.2f}{mark}")

    def close(self) -> None:
        """Print how many rows meet their goal."""
        met = self.count - self.missed
        print(f"\n{met} of {self.count} rows meet the goal; {self.slower} are slower than a peer.", flush=True)


def milliseconds(seconds: float) -> str:
    """Three digits: ``0.123``, ``12.3``, ``1230``."""
    value = 1e3 * seconds
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}" if value > 0 else "0"
