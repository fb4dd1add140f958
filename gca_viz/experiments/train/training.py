"""The steps of a training: networks, optimisers and data in one process, and an epoch of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gca_viz.embedding.reduce import Reduced, reduce_views
from gca_viz.experiments.train.clients import Clients
from gca_viz.experiments.train.course import Leg
from gca_viz.experiments.train.data import Step, TrainingData
from gca_viz.experiments.train.feature_data import FeatureData
from gca_viz.experiments.train.frozen import alike
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.networks import across_processes, follow
from gca_viz.experiments.train.readings import distance, likeness
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.text_data import ImageTextData
from gca_viz.metric import Estimate
from gca_viz.transport import align
from gca_viz.views import VIEWS

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from gca_viz.encoders.network import Network


@dataclass(frozen=True)
class Epoch:
    """How an epoch went.

    Attributes:
        loss: mean over its steps.
        learning_rate: at its end.
        images: that were seen, both views counted once.
        away_cka: how alike the embeddings are to those to stay away from, mean over steps; None without such.
    """

    loss: float
    learning_rate: float
    images: int
    away_cka: float | None


@dataclass(frozen=True, eq=False)
class Training:
    """All that changes while a recipe is trained.

    Attributes:
        fabric: of this process.
        learner: what is trained.
        online, wrapped: its model, and the same across processes.
        target: the network that follows it, or None.
        optimizers: of each client one, or the one of all.
        data: what it is trained on.
        clients: who train apart, or None.
    """

    fabric: Fabric
    learner: Learner
    online: nn.Module
    wrapped: nn.Module
    target: nn.Module | None
    optimizers: list[Any]
    data: TrainingData | FeatureData | ImageTextData
    clients: Clients | None

    @classmethod
    def of(cls, fabric: Fabric, learner: Learner, data: FeatureData | TrainingData | None = None) -> Training:
        """At the start, on the device of a process.

        Args:
            fabric, learner: see above.
            data: what it is trained on; by default what the recipe says.
        """
        recipe, online = learner.recipe, learner.model
        if fabric.device.type == "cpu":
            online.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs leave it out
        target: nn.Module | None = copy.deepcopy(learner.network) if recipe.follows else None
        if fabric.world_size > 1:
            online = across_processes(online, fabric.device)
            target = target and across_processes(target, fabric.device)
        images = learner.data(fabric.device) if data is None else data
        optimizers = [
            torch.optim.AdamW(online.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
            for _ in images.clients or [None]
        ]
        wrapped, *set_up = fabric.setup(online, *optimizers)
        target = target and target.to(fabric.device).requires_grad_(False)
        together = [online] if target is None else [online, target]
        clients = Clients(together, images.clients) if images.clients else None
        return cls(fabric, learner, online, wrapped, target, set_up, images, clients)

    @property
    def parts(self) -> dict[str, Any]:
        """Name → what a run needs to go on."""
        found: dict[str, Any] = {"online": self.online, "target": self.target}
        found |= {f"optimizer{k or ''}": wrapped.optimizer for k, wrapped in enumerate(self.optimizers)}
        found["data"] = self.data if isinstance(self.data, ImageTextData) else None
        return {name: part for name, part in found.items() if part is not None}

    def epoch(self, number: int, report: Callable[[float], None] | None = None) -> Epoch:
        """Go through the images; clients are left to be averaged.

        Args:
            number: from 1.
            report: told the share that is done after each step.
        """
        recipe, losses, near, seen = self.learner.recipe, [], [], 0
        legs = list(self.data.legs(number))
        every = sum(len(leg.batches) for leg in legs)
        self.wrapped.train()
        if self.clients is not None:
            self.clients.begin()
        for _, of_client in groupby(legs, key=lambda leg: leg.client):
            if self.clients is not None:
                self.clients.next()
            for leg in of_client:
                for loss, cka in self._leg(leg):
                    losses.append(loss)
                    near += [] if cka is None else [cka]
                    seen += 1
                    if report is not None:
                        report(seen / every)
            if self.clients is not None:
                self.clients.come_back()
        rate = self._rate(leg, len(leg.batches))
        mean = float(torch.stack(losses).mean())
        return Epoch(mean, rate, seen * recipe.batch_size, float(torch.stack(near).mean()) if near else None)

    def average(self, *, looks: bool) -> tuple[float | None, Estimate | None]:
        """Average what clients have come to; how far apart they were, and how alike. None without clients.

        Args:
            looks: whether their embeddings are compared, too, which takes longer.
        """
        if self.clients is None:
            return None, None
        vectors, embeddings, data = [], [], self.data
        assert not isinstance(data, ImageTextData)  # whose images are in one hand
        held_out = data.dataset.held_out
        for vector in self.clients.visited():
            vectors.append(vector)
            if looks and self.fabric.is_global_zero:
                z = embedded(self.learner.network, data)
                embeddings.append(z[held_out] if held_out.any() else z)
        return distance(vectors, self.clients.average()), likeness(embeddings) if embeddings else None

    def _leg(self, leg: Leg) -> Iterator[tuple[Tensor, Tensor | None]]:
        """The losses of the steps of a leg, and how alike the embeddings are to those to stay away from."""
        recipe, optimizer = self.learner.recipe, self.optimizers[leg.client]
        for number, step in enumerate(self._prepared(leg)):
            for group in optimizer.param_groups:
                group["lr"] = self._rate(leg, number)
            loss, cka = self._loss(step)
            optimizer.zero_grad()
            self.fabric.backward(loss)
            optimizer.step()
            if self.target is not None:
                share = (leg.before + number + 1) / (recipe.epochs * leg.steps)
                rises = (math.cos(math.pi * share) + 1) / 2 if recipe.predicts else 1
                follow(self.target, self.learner.network, 1 - (1 - recipe.momentum) * rises)
            yield loss.detach(), cka

    def _rate(self, leg: Leg, number: int) -> float:
        """The learning rate at a batch of a leg."""
        recipe = self.learner.recipe
        factor = warmup_cosine(recipe.warmup_epochs, recipe.epochs, leg.steps)
        return recipe.learning_rate * factor(leg.before + number)

    def _prepared(self, leg: Leg) -> Iterator[Step]:
        """The steps of a leg; while the network works on one, the next is made."""
        rank, world = self.fabric.global_rank, self.fabric.world_size

        def made(number: int) -> Step:
            return self.data.step(leg.batches[number], leg.number, leg.first + number, rank, world)

        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(made, 0)
            for number in range(len(leg.batches)):
                step = ahead.result()
                if number + 1 < len(leg.batches):
                    ahead = pool.submit(made, number + 1)
                yield step

    def _loss(self, step: Step) -> tuple[Tensor, Tensor | None]:
        """The loss of the whole batch, whose gradient reaches what this process embedded; see :meth:`_leg`."""
        recipe, inputs = self.learner.recipe, self.learner.inputs(step)
        views = [self._gathered(z) for z in self.wrapped(*inputs)]
        own = reduced(views, recipe)
        if self.target is None:
            loss = aligned(own.z1, own.z2, step, recipe, own.variance)
        else:
            loss = self._taught(own, self._followed(views, inputs), step)
        if step.away is None:
            return loss, None
        other = reduced([self._gathered(z) for z in step.away], recipe, by=views)
        cka = (alike(own.z1, other.z1) + alike(own.z2, other.z2)) / 2
        return loss + recipe.away * cka, cka.detach()

    @torch.no_grad()
    def _followed(self, views: Sequence[Tensor], inputs: tuple[Tensor, ...]) -> Reduced:
        """What the network that follows makes of the same views."""
        assert self.target is not None
        recipe = self.learner.recipe
        with self.fabric.autocast():
            theirs = self.target(*inputs).chunk(recipe.views_count)
        return reduced([self._gathered(z.float()) for z in theirs], recipe, by=views)

    def _taught(self, own: Reduced, theirs: Reduced, step: Step) -> Tensor:
        """The loss where columns are what the network that follows makes of the other view."""
        recipe = self.learner.recipe
        first = aligned(own.z1, theirs.z2, step, recipe, own.variance)
        # A strong view learns from a weak one, and not the other way round; BYOL takes both ways always.
        kinds = VIEWS[recipe.views].augmentations
        if kinds[0] != kinds[1] and not recipe.predicts:
            return first
        return (first + aligned(own.z2, theirs.z1, step.swapped, recipe, own.variance)) / 2

    def _gathered(self, z: Tensor) -> Tensor:
        """The rows of all processes, in order; the gradient comes back to each."""
        if self.fabric.world_size == 1:
            return z
        gathered = self.fabric.all_gather(z, sync_grads=z.requires_grad)
        assert isinstance(gathered, Tensor)  # of one, one
        return gathered.flatten(0, 1)


def reduced(z: Sequence[Tensor], recipe: TrainingRecipe, by: Sequence[Tensor] | None = None) -> Reduced:
    """The rows and columns that embeddings of all views come to, as a recipe says.

    Args:
        z: of each view N × d.
        recipe: of the run.
        by: embeddings of the same views that say which lie farthest apart; z themselves by default.
    """
    others = None if by is None else torch.stack(list(by))
    return reduce_views(torch.stack(list(z)), recipe.reduce, two_kinds=recipe.two_kinds, by=others)


def aligned(z1: Tensor, z2: Tensor, step: Step, recipe: TrainingRecipe, variance: Tensor | None = None) -> Tensor:
    """The loss of a recipe between two embeddings of the samples of a step.

    Args:
        z1, z2: N × d, rows and columns.
        step, recipe: what else is known.
        variance: (N,) how far the views of each sample lie apart; of a pair, ``align`` knows it.
    """
    context = recipe.context(step.labels, step.domains, variance)
    return align(z1, z2, recipe.method, epsilon=recipe.epsilon, trace=False, **recipe.composition, **context).loss


@torch.no_grad()
def embedded(network: Network, data: TrainingData | FeatureData) -> np.ndarray:
    """Directions of the embeddings of all images as they are, N × d, by a network that is being trained."""
    network.eval()
    z: np.ndarray = F.normalize(data.embedded(network)).numpy()
    network.train()
    return z


def warmup_cosine(warmup_epochs: int, epochs: int, steps_per_epoch: int) -> Callable[[int], float]:
    """Factor of the learning rate at a step: a line up to 1, times a cosine down to 0."""
    warmup, total = warmup_epochs * steps_per_epoch, max(1, epochs * steps_per_epoch)
    return lambda step: min(1.0, (step + 1) / max(1, warmup)) * (0.5 + 0.5 * math.cos(math.pi * step / total))
