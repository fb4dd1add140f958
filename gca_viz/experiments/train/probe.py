"""A fixed batch that is looked at again and again while a network is trained: its embeddings, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gca_viz.embedding.reduce import Reduced
from gca_viz.experiments.train.data import Step, TrainingData
from gca_viz.experiments.train.feature_data import FeatureData
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.parts import RANDOM
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.training import reduced
from gca_viz.files import atomic
from gca_viz.geometry.metrics import alignment, effective_rank, uniformity
from gca_viz.transport import Plan, align

#: in the folder of a run: who is in the batch, and its embeddings after each epoch
FOLDER, _BATCH = "probe", "batch.npz"
#: images; a board of as many can be read from the back row
MOST = 64
#: numbers of its plan
_OF_PLAN = ("matched_share", "top1_rows", "top1_columns")


@dataclass(frozen=True, eq=False)
class Probe:
    """The batch, as a training sees one.

    No epoch has the number 0, so that its random numbers are no step's, and the same under every method of a seed.

    Attributes:
        rows, others: which images of the data set are behind view 1 and view 2.
        step: their views.
    """

    rows: Tensor
    others: Tensor
    step: Step

    @classmethod
    def of(cls, data: TrainingData | FeatureData) -> Probe:
        """Training images that lie evenly over the data set, by class."""
        places = np.linspace(0, len(data.rows) - 1, min(MOST, len(data.rows))).round().astype(int)
        rows = data.rows[np.unique(places)]
        rows = rows[data.labels[rows].argsort(stable=True)]
        return cls(rows, data.partners(rows, 0, 0), data.step(rows, 0, 0))

    @torch.no_grad()
    def embedded(self, learner: Learner, *, as_batch: bool = True) -> Reduced:
        """The embeddings of both views by the network as it is, which is left so.

        Args:
            learner: whose network.
            as_batch: by the statistics of this batch, as the loss sees one; else by those so far, which take many
                steps to settle, but need nothing of other processes.
        """
        network = learner.network
        learning, kept = network.training, {name: buffer.clone() for name, buffer in network.named_buffers()}
        network.train(as_batch)
        try:
            z = network(*learner.inputs(self.step)).float().chunk(learner.recipe.views_count)
        finally:
            network.train(learning)
            for name, buffer in network.named_buffers():
                buffer.copy_(kept[name])
        return reduced(z, learner.recipe)

    def write(self, folder: Path, learner: Learner, epoch: int, *, as_batch: bool = True) -> dict[str, float]:
        """Write the embeddings after an epoch into the folder of a run; returns the numbers read from them.

        Args:
            folder: of the run.
            learner, as_batch: see :meth:`embedded`.
            epoch: 0 for the start.
        """
        found, below = self.embedded(learner, as_batch=as_batch), folder / FOLDER
        below.mkdir(exist_ok=True)
        step, recipe = self.step, learner.recipe
        if not (below / _BATCH).exists():
            known = {"labels": step.labels, "domains": step.domains}
            _save(below / _BATCH, rows=self.rows, others=self.others, **known)
        spread = {} if found.variance is None else {"variance": found.variance}
        _save(below / f"epoch-{epoch:03d}.npz", z1=found.z1, z2=found.z2, **spread)
        numbers = {
            "alignment": alignment(found.z1, found.z2),
            "uniformity": uniformity(found.z1),
            "effective_rank": effective_rank(found.z1),
        }
        if recipe.method == RANDOM:
            return numbers
        plan = _plan(found.z1, found.z2, step.labels, step.domains, found.variance, recipe)
        return {"probe_loss": float(plan.loss)} | {name: _number(plan, name) for name in _OF_PLAN} | numbers


@dataclass(frozen=True, eq=False)
class Frame:
    """What was written of a probe after an epoch.

    Attributes:
        z1, z2: (N, d) embeddings of both views.
        variance: (N,) how far the views of each sample lie apart, where the recipe knows it.
        labels, domains: (N,) and (2, N).
        rows, others: (N,) images behind view 1 and view 2.
    """

    z1: Tensor
    z2: Tensor
    variance: Tensor | None
    labels: Tensor
    domains: Tensor
    rows: np.ndarray
    others: np.ndarray

    def plan(self, recipe: TrainingRecipe, *, trace: bool = True) -> Plan:
        """The plan that a training on it would see.

        Args:
            recipe: of the run.
            trace: whether half steps are kept.
        """
        return _plan(self.z1, self.z2, self.labels, self.domains, self.variance, recipe, trace=trace)


def frames_in(folder: Path) -> dict[int, Path]:
    """Epoch → what was written after it, in order; of the folder of a run."""
    found = {int(path.stem.partition("-")[2]): path for path in (folder / FOLDER).glob("epoch-*.npz")}
    return dict(sorted(found.items()))


def read_frame(path: Path) -> Frame:
    """One of :func:`frames_in`."""
    values = _load(path.with_name(_BATCH)) | _load(path)
    tensors = {name: torch.from_numpy(values[name]) for name in ("z1", "z2", "labels", "domains")}
    variance = torch.from_numpy(values["variance"]) if "variance" in values else None
    return Frame(**tensors, variance=variance, rows=values["rows"], others=values["others"])


def _plan(
    z1: Tensor,
    z2: Tensor,
    labels: Tensor,
    domains: Tensor,
    variance: Tensor | None,
    recipe: TrainingRecipe,
    *,
    trace: bool = False,
) -> Plan:
    known: Mapping[str, Any] = recipe.context(labels, domains, variance)
    return align(z1, z2, recipe.method, epsilon=recipe.epsilon, trace=trace, **recipe.composition, **known)


def _number(plan: Plan, name: str) -> float:
    return float(getattr(plan, name))


def _save(path: Path, **arrays: Tensor) -> None:
    values: dict[str, Any] = {name: tensor.cpu().numpy() for name, tensor in arrays.items()}
    with atomic.written(path) as (part,), part.open("wb") as file:
        np.savez(file, **values)


def _load(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return dict(file)
