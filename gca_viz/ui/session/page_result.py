"""What the pages show: computed from a recipe, or the sentence that says why not."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Literal, TypeVar

import numpy as np
from PIL import Image

from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.result import PlanResult
from gca_viz.experiments.recipe.recipe import Inputs, Recipe
from gca_viz.progress import ReportProgress
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.ui.known import known

P = TypeVar("P", bound="PageResult")
MatrixSide = Literal["row", "column"]
MOST_ROWS = 2048  # a matrix of float32 of this size is 16 MB on its way to the browser


class PageResult(PlanResult):
    """Everything that one recipe's pictures need: what it comes to, what the user picked, and the images."""

    @classmethod
    def of(cls: type[P], recipe: Recipe, progress: ReportProgress | None = None) -> P:
        """Compute, or take from the cache.

        Args:
            recipe: what to compute.
            progress: called with the share done and what is being done; may raise to cancel.

        Raises:
            InputError: the recipe makes no sense, or asks for more than a browser can draw.
        """
        _check_size(recipe)
        return super().of(recipe, progress)

    def text(self, sample: int, view: int) -> str:
        """What a view says, where it is a text; else nothing."""
        data, index = self.further.place(sample)
        texts = engine.views_of(data, self.recipe.views).texts
        return texts[index] if view == 1 and texts else ""

    @property
    def pairing(self) -> Pairing:
        """Which sample and view each row and column shows, and who is whose partner."""
        return known(self.plan.pairing)

    @property
    def pick(self) -> tuple[int, int] | None:
        """The picked cell, or ``None`` if there is none in this batch; a row alone means its partner's cell."""
        row, column = self.recipe.display.row, self.recipe.display.column
        rows, columns = self.plan.problem.shape
        if not 0 <= row < rows:
            return None
        if not 0 <= column < columns:
            column = self.wanted(row)
        return row, column

    def wanted(self, row: int) -> int:
        """The column of a row's partner; where nobody has one, that which its target wants most."""
        if self.pairing.paired:
            return int(self.pairing.partner[row])
        return int(known(self.plan.target)[row].argmax())

    def picture(self, side: MatrixSide, index: int) -> bytes:
        """The image of a row or a column, as a PNG."""
        return self.portrait(*self._shown_by(side, index))

    def _shown_by(self, side: MatrixSide, index: int) -> tuple[int, int]:
        """Sample and view of a row or a column."""
        sample, view = (getattr(self.pairing, f"{side}_{part}") for part in ("sample", "view"))
        return int(sample[index]), int(view[index])

    def portrait(self, sample: int, view: int) -> bytes:
        """The image of a sample in a view, as a PNG."""
        data, index = self.further.place(sample)
        return _png(replace(self.recipe.inputs, data=data), view, index)

    def image(self, sample: int, view: int) -> np.ndarray:
        """The image of a sample in a view, uint8 H × W × 3."""
        data, index = self.further.place(sample)
        found: np.ndarray = engine.pictures_of(data, self.recipe.views, self.recipe.encoder)[view][index]
        return found

    def described(self, sample: int, view: int) -> str:
        """What the image of a sample in a view shows, for somebody who does not see it."""
        return f"{self.name(sample, view)}, view {view + 1}"

    def side_name(self, side: MatrixSide, index: int) -> str:
        """What the image of a row or a column is called."""
        return self.name(*self._shown_by(side, index))

    def side_described(self, side: MatrixSide, index: int) -> str:
        """What the image of a row or a column shows."""
        return self.described(*self._shown_by(side, index))

    def label(self, sample: int, view: int) -> str:
        """Class and domain of a sample as shown in a view."""
        return " · ".join(filter(None, self.kind(sample, view)))


def _check_size(recipe: Recipe) -> None:
    """Refuse what a browser cannot draw, before it is computed."""
    method = recipe.method
    layout = method.own_layout
    rows = engine.batch_of(recipe.data).size * (2 if layout == "joint" else 1)
    queue = engine.queue_beside(recipe.inputs, method) if rows < MOST_ROWS else None
    if queue is not None and rows + len(queue.indices) > MOST_ROWS:
        raise InputError(
            f"a matrix of {rows + len(queue.indices)} columns",
            f"the page draws at most {MOST_ROWS}",
            f"Use a queue of at most {MOST_ROWS - rows}",
            parameter="queue",
        )
    if rows > MOST_ROWS:
        raise InputError(
            f"a matrix of {rows} rows ({layout} layout)",
            f"the page draws at most {MOST_ROWS}",
            f"Use a batch of at most {MOST_ROWS * engine.batch_of(recipe.data).size // rows}",
            parameter="size",
        )


@cached(key=lambda inputs, view, sample: engine.shown_key(inputs, view, sample))
def _png(inputs: Inputs, view: int, sample: int) -> bytes:
    """One image, encoded once and not at every move of a slider; its edge is transparent, to part neighbours."""
    image = engine.pictures_of(inputs.data, inputs.views, inputs.encoder)[view][sample]
    opaque = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    edge = max(1, len(image) // 32)
    buffer = io.BytesIO()
    Image.fromarray(np.pad(opaque, ((edge, edge), (edge, edge), (0, 0)))).save(buffer, "PNG")
    return buffer.getvalue()
