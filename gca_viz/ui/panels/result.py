"""What the Alignment page shows: computed from a recipe, or the sentence that says why not."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

import numpy as np
from PIL import Image

from gca_viz.datasets import Batch, order
from gca_viz.errors import InputError
from gca_viz.experiments import engine
from gca_viz.experiments.cache import cached
from gca_viz.experiments.recipe import AUTO, DataRecipe, MethodRecipe, Recipe, ViewsRecipe
from gca_viz.transport import METHODS, Plan

MOST_ROWS = 2048  # a matrix of float32 of this size is 16 MB on its way to the browser


@dataclass(frozen=True, eq=False)
class Result:
    """Everything that one recipe's pictures need.

    Attributes:
        recipe: what was computed.
        plan: the plan of the method; ``reference`` the one beside it, or ``None``.
        reference_problem: why there is none although one was asked for, or ``None``.
        seconds: how long the computation took; next to nothing if it was cached.
    """

    recipe: Recipe
    plan: Plan
    reference: Plan | None
    reference_problem: InputError | None
    seconds: float

    @classmethod
    def of(cls, recipe: Recipe, progress: Callable[[float, str], None] | None = None) -> Result:
        """Compute, or take from the cache.

        Args:
            recipe: what to compute.
            progress: called with the share done and what is being done; may raise to cancel.

        Raises:
            InputError: the recipe makes no sense, or asks for more than a browser can draw.
        """
        start = perf_counter()
        _check_size(recipe)
        parts = recipe.data, recipe.views, recipe.encoder
        told = progress or (lambda share, what: None)
        engine.embeddings_of(*parts, progress=told)
        plan = engine.plan_of(*parts, recipe.method, progress=_solving(recipe.method, told))
        reference, problem = None, None
        beside = engine.reference_of(recipe.method)
        if beside is not None:
            try:
                _check_layout(recipe.method.name, beside)
                reference = engine.plan_of(*parts, beside, progress=_solving(beside, told))
            except InputError as error:
                problem = error
        told(1.0, "Done")
        return cls(recipe, plan, reference, problem, perf_counter() - start)

    @property
    def batch(self) -> Batch:
        """The batch."""
        return engine.batch_of(self.recipe.data)

    @property
    def domains(self) -> np.ndarray:
        """Domain of each sample in each view, 2 × N."""
        return engine.domains_of(self.recipe.data, self.recipe.views)

    def text(self, sample: int, view: int) -> str:
        """What a view says, where it is a text; else nothing."""
        texts = engine.views_of(self.recipe.data, self.recipe.views).texts
        return texts[sample] if view == 1 and texts else ""

    @property
    def last_step(self) -> int:
        """Last step of the plan that has more of them."""
        return max(plan.last_step for plan in (self.plan, self.reference) if plan is not None)

    @property
    def step(self) -> int:
        """The half step on screen: the recipe's, or the last."""
        step = self.recipe.display.step
        return self.last_step if step < 0 else min(step, self.last_step)

    def shown(self, plan: Plan) -> Plan:
        """A plan at the half step on screen; one with fewer half steps holds its last."""
        return plan if self.step >= plan.last_step else plan.at(self.step)

    @property
    def names(self) -> dict[str, Plan]:
        """Name → plan, the method's first."""
        named = {self.recipe.method.name: self.plan}
        if self.reference is not None and self.recipe.method.reference not in named:
            named[self.recipe.method.reference] = self.reference
        return named

    @property
    def row_order(self) -> np.ndarray:
        """Display position → row of the plan; in the joint layout both views of a sample follow each other."""
        samples = order(self.batch, self.recipe.display.order)
        if self.plan.pairing.layout == "cross":
            return samples
        count = len(samples)
        return np.stack([samples, samples + count], 1).ravel()

    @property
    def pick(self) -> tuple[int, int] | None:
        """The picked cell, or ``None`` if there is none in this batch; a row alone means its partner's cell."""
        row, column = self.recipe.display.row, self.recipe.display.column
        rows, columns = self.plan.problem.shape
        if not 0 <= row < rows:
            return None
        if not 0 <= column < columns:
            column = int(self.plan.pairing.partner[row])
        return row, column

    def picture(self, side: Literal["row", "column"], index: int) -> bytes:
        """The image of a row or a column, as a PNG."""
        pairing = self.plan.pairing
        return self.portrait(*(int(getattr(pairing, f"{side}_{part}")[index]) for part in ("sample", "view")))

    def portrait(self, sample: int, view: int) -> bytes:
        """The image of a sample in a view, as a PNG."""
        return _png(self.recipe.data, self.recipe.views, view, sample)

    def label(self, sample: int, view: int) -> str:
        """Class and domain of a sample as shown in a view."""
        dataset = self.batch.dataset
        domain = dataset.domain_names[self.domains[view, sample]]
        return f"{dataset.class_names[self.batch.labels[sample]]} · {domain}"


def _solving(method: MethodRecipe, told: Callable[[float, str], None]) -> Callable[[float, str], None]:
    """Tells of the plan of a method; only the page knows when all is done."""
    title = METHODS[method.name].title
    return lambda share, what: told(min(share, 0.99), f"{what} {title}")


def _check_size(recipe: Recipe) -> None:
    """Refuse what a browser cannot draw, before it is computed."""
    method = recipe.method
    layout = METHODS[method.name].layouts[0] if method.layout == AUTO else method.layout
    rows = engine.batch_of(recipe.data).size * (2 if layout == "joint" else 1)
    if rows > MOST_ROWS:
        raise InputError(
            f"a matrix of {rows} rows ({layout} layout)",
            f"the page draws at most {MOST_ROWS}",
            f"Use a batch of at most {MOST_ROWS * engine.batch_of(recipe.data).size // rows}",
            parameter="size",
        )


def _check_layout(name: str, beside: MethodRecipe) -> None:
    """Two plans can only be compared cell by cell in one layout."""
    if beside.layout not in METHODS[beside.name].layouts:
        fitting = [
            other.name for other in METHODS.values() if beside.layout in other.layouts and other.name != name
        ]
        raise InputError(
            f"{beside.name} beside {name}, which is in the {beside.layout} layout",
            f"{beside.name} exists in the layout {' or '.join(METHODS[beside.name].layouts)} only",
            f"Compare with {', '.join(fitting)}",
            parameter="reference",
        )


@cached(4096)
def _png(data: DataRecipe, views: ViewsRecipe, view: int, sample: int) -> bytes:
    """One image, encoded once and not at every move of a slider; its edge is transparent, to part neighbours."""
    image = engine.pictures_of(data, views)[view][sample]
    opaque = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    edge = max(1, len(image) // 32)
    buffer = io.BytesIO()
    Image.fromarray(np.pad(opaque, ((edge, edge), (edge, edge), (0, 0)))).save(buffer, "PNG")
    return buffer.getvalue()
