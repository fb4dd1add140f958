"""Who the columns of a plan are that show no sample of the batch: a queue's images, or prototypes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import DataRecipe, Recipe
from gca_viz.transport.problem.cost import cosine_cost


@dataclass(frozen=True, eq=False)
class FurtherColumns:
    """Samples beyond the batch, N, N + 1, …, as a pairing counts them.

    Attributes:
        data: of the batch.
        size: N.
        queue: the images of the queue, or None.
        nearest: (K,) the sample whose view 2 lies nearest to each prototype, or None where there are none.
    """

    data: DataRecipe
    size: int
    queue: DataRecipe | None = None
    nearest: np.ndarray | None = None

    @classmethod
    def of(cls, recipe: Recipe) -> FurtherColumns:
        """Those of a recipe's plan."""
        inputs, method = recipe.inputs, recipe.method
        nearest = None
        if method.columns_are == "prototypes":
            prototypes = engine.columns_of(inputs, method)["prototypes"]
            nearest = cosine_cost(prototypes, engine.embeddings_of(inputs).z2).argmin(1).cpu().numpy()
        return cls(recipe.data, engine.batch_of(recipe.data).size, engine.queue_beside(inputs, method), nearest)

    def is_prototype(self, sample: int) -> bool:
        """Whether it is no image, but a prototype."""
        return self.nearest is not None and sample >= self.size

    def place(self, sample: int) -> tuple[DataRecipe, int]:
        """The batch that shows a sample, and its place there; a prototype is shown by the image nearest to it."""
        if sample < self.size:
            return self.data, sample
        if self.nearest is not None:
            return self.data, int(self.nearest[sample - self.size])
        return self.queue or self.data, sample - self.size

    def called(self, sample: int, image: str) -> str:
        """What a sample is called that is shown by an image of that name."""
        if sample < self.size:
            return image
        return f"prototype {sample - self.size}, near {image}" if self.is_prototype(sample) else f"queue: {image}"
