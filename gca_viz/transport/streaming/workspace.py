"""Where a worker computes: tiles that it uses again and again, and whom it tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor

#: called after each strip with the rows that are done
ReportRows = Callable[[int], None]


class Workspace:
    """Tiles of one worker; never of two at a time.

    Attributes:
        report: called after each strip; may raise to cancel.
    """

    def __init__(self) -> None:
        self.report: ReportRows = lambda rows: None
        self._tiles: dict[str, Tensor] = {}

    def tile(self, like: Tensor, rows: int, columns: int, name: Literal["tile", "spare"] = "tile") -> Tensor:
        """(rows, columns) of memory in the number format of ``like``, holding whatever it held."""
        found = self._tiles.get(name)
        if found is None or found.numel() < rows * columns or found.dtype != like.dtype:
            self._tiles.pop(name, None)  # before there is another
            found = self._tiles[name] = like.new_empty(rows * columns)
        return found[: rows * columns].view(rows, columns)
