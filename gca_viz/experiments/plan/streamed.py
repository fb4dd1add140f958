"""A recipe whose plan is too large to hold: what it is of, for the doors that never write it down."""

from __future__ import annotations

import inspect
import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gca_viz.errors import InputError
from gca_viz.experiments.plan import engine
from gca_viz.experiments.plan.embedding_file import EmbeddingFile, of_all, of_batch
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.progress import ReportProgress
from gca_viz.transport import StreamedPlan, align_streamed


@dataclass(frozen=True, eq=False)
class StreamInput:
    """What a streamed plan is of.

    Attributes:
        embeddings: of both views, and what their samples are.
        method: its name.
        keywords: its numbers, as ``align_streamed`` and ``sample_plan`` take them.
    """

    embeddings: EmbeddingFile
    method: str
    keywords: dict[str, Any]

    @property
    def views(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Both views' embeddings where they lie, be it on a disk: of an array, a copy would be made."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they may not be written to, and nobody does
            return torch.from_numpy(self.embeddings.z1), torch.from_numpy(self.embeddings.z2)

    @classmethod
    def of(cls, recipe: Recipe, progress: ReportProgress | None = None, *, whole: bool) -> StreamInput:
        """Of a recipe's batch, or of every sample of its data.

        Raises:
            InputError: a method that cannot be streamed, told before anything is embedded; or no embeddings.
        """
        method, keywords = recipe.method.name, engine.keywords(recipe.method)
        # What is refused is refused for two samples, too.
        taken = {name: value for name, value in keywords.items() if name in _TAKEN}
        align_streamed(np.eye(2), np.eye(2), method, **taken)
        for name, value in keywords.items():
            if name not in _TAKEN:
                raise InputError(
                    f"{name} = {value!r} for a streamed plan",
                    "all samples of a streamed plan have one temperature and one weight",
                    f"Leave {name} out, or compute the plan of a batch without --streamed",
                    parameter=name,
                )
        return cls((of_all if whole else of_batch)(recipe, progress), method, keywords)


#: what align_streamed takes by name
_TAKEN = frozenset(inspect.signature(align_streamed).parameters)


def plan_npz(plan: StreamedPlan, names: np.ndarray) -> bytes:
    """What is kept of a streamed plan, as arrays of NumPy."""
    arrays = {
        name: getattr(plan, name).cpu().numpy()
        for name in ("row_mass", "column_mass", "log_u", "log_v", "f", "g", "loss_per_row", "overview", "edges")
    }
    arrays |= {f"partner_{name}": values.cpu().numpy() for name, values in plan.partners._asdict().items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, names=names, row_sample=plan.pairing.row_sample.cpu().numpy(), **arrays)
    return buffer.getvalue()
