"""The training loop: one device or many, stopped and resumed at will, always with the same result."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gca_viz.errors import InputError
from gca_viz.experiments.train.data import Step, TrainingData
from gca_viz.experiments.train.feature_data import FeatureData, embed_ahead
from gca_viz.experiments.train.hardware import Hardware
from gca_viz.experiments.train.learner import Learner, check_data
from gca_viz.experiments.train.networks import across_processes, follow
from gca_viz.experiments.train.parts import RANDOM
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.run import Metrics, Run
from gca_viz.experiments.train.text_data import ImageTextData
from gca_viz.extras import need
from gca_viz.geometry.metrics import knn_accuracy
from gca_viz.progress import ReportProgress
from gca_viz.transport import align

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from gca_viz.encoders.network import Network

#: told the share of the run that is done after each step, and the metrics of an epoch at its end
Report = Callable[[float, Metrics | None], None]


def train(
    recipe: TrainingRecipe,
    folder: Path,
    *,
    hardware: Hardware | None = None,
    title: str = "",
    save_at: tuple[int, ...] = (),
    resume: bool = False,
    report: Report | None = None,
    progress: ReportProgress | None = None,
) -> Run:
    """Train a network into a folder: checkpoints of chosen epochs with their cards, metrics, and the recipe.

    Args:
        recipe: what to do; checked first.
        folder: of this run; may hold a run of the same recipe that was stopped, if ``resume``.
        hardware: where; by default on one device, the best there is.
        title: what people call the run.
        save_at: epochs after which a checkpoint is written, 0 for the start; the last one always is.
        resume: go on after the last whole epoch in the folder; the result is that of a run without a stop.
        report: called in the process of the first device, to which it is sent where there are several.
        progress: called before the first step while views are embedded for a head, here; may raise to cancel.

    Returns:
        The finished run.

    Raises:
        InputError: a recipe, a machine or a folder with which this cannot work, or the extra ``[train]`` missing.
    """
    hardware = hardware or Hardware()
    recipe.check()
    hardware.check(recipe.batch_size)
    check_data(recipe)  # its mistakes belong here and not into another process
    run = Run(Path(folder), recipe, title)
    run.prepare(resume=resume)
    embed_ahead(recipe, progress)
    need("tensorboard", "train")
    board = need("lightning_fabric.loggers", "train").TensorBoardLogger(run.folder, name="", version="tensorboard")
    fabric = need("lightning_fabric", "train").Fabric(
        accelerator=hardware.accelerator,
        devices=hardware.devices,
        strategy="ddp_spawn" if hardware.devices > 1 else "auto",
        # A head is too small to gain from 16 bits.
        precision="32-true" if recipe.is_head else hardware.precision,
        loggers=board,
    )
    # As arguments of their own they would be taken apart on their way to other processes.
    before = torch.get_num_threads()
    work = partial(_work, run=run, save_at=tuple(save_at), threads=hardware.threads, report=report)
    try:
        fabric.launch(work)
    finally:
        torch.set_num_threads(before)
    return run


def _work(fabric: Fabric, run: Run, save_at: tuple[int, ...], threads: int, report: Report | None) -> None:
    """What every process does."""
    recipe = run.recipe
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    learner = Learner.of(recipe)
    online = learner.model
    if fabric.device.type == "cpu":
        online.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs leave it out
    target: nn.Module | None = copy.deepcopy(learner.network) if recipe.follows else None
    if fabric.world_size > 1:
        online = across_processes(online, fabric.device)
        target = target and across_processes(target, fabric.device)
    optimizer = torch.optim.AdamW(online.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    wrapped, optimizer = fabric.setup(online, optimizer)
    target = target and target.to(fabric.device).requires_grad_(False)
    data = learner.data(fabric.device)
    rate = warmup_cosine(recipe.warmup_epochs, recipe.epochs, data.steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer.optimizer, rate)
    parts = {"online": online, "optimizer": optimizer.optimizer, "schedule": schedule, "target": target}
    parts["data"] = data if isinstance(data, ImageTextData) else None
    parts = {name: part for name, part in parts.items() if part is not None}
    done = run.load_state(parts, fabric.device)
    if done == 0 and fabric.is_global_zero and (0 in save_at or recipe.method == RANDOM):
        run.save(learner, 0, data.dataset)
    for epoch in range(done + 1, 0 if recipe.method == RANDOM else recipe.epochs + 1):
        started, losses = time.perf_counter(), []
        wrapped.train()
        for number, step in enumerate(_prepared(data, epoch, fabric.global_rank, fabric.world_size)):
            loss = _loss(fabric, wrapped, target, step, learner)
            optimizer.zero_grad()
            fabric.backward(loss)
            optimizer.step()
            schedule.step()
            if target is not None:
                share = ((epoch - 1) * data.steps + number + 1) / (recipe.epochs * data.steps)
                follow(target, learner.network, 1 - (1 - recipe.momentum) * (math.cos(math.pi * share) + 1) / 2)
            losses.append(loss.detach())
            if report is not None and fabric.is_global_zero:
                report(((epoch - 1) * data.steps + number + 1) / (recipe.epochs * data.steps), None)
        seconds = time.perf_counter() - started
        mean = float(torch.stack(losses).mean())
        _check_finite(mean, online, epoch)
        if fabric.is_global_zero:
            last = epoch == recipe.epochs
            looks = last or epoch % recipe.knn_every == 0
            accuracy = _knn(learner.network, data) if looks and not isinstance(data, ImageTextData) else None
            rate_now = float(schedule.get_last_lr()[0])
            metrics = Metrics(epoch, mean, rate_now, accuracy, seconds, data.steps * recipe.batch_size / seconds)
            if last or epoch in save_at:
                run.save(learner, epoch, data.dataset, seconds)
            run.log(metrics)
            fabric.log_dict(
                {name: value for name, value in asdict(metrics).items() if value is not None}, step=epoch
            )
            run.save_state(parts, epoch)  # last: what comes before may be done again, never left out
            if report is not None:
                report(epoch / recipe.epochs, metrics)
        fabric.barrier()


def _check_finite(loss: float, network: nn.Module, epoch: int) -> None:
    """Raise :class:`InputError` where training has run away."""
    numbers = (tensor for tensor in network.state_dict().values() if tensor.is_floating_point())
    if not (math.isfinite(loss) and all(tensor.isfinite().all() for tensor in numbers)):
        raise InputError(
            f"a loss of {loss:g} in epoch {epoch}, and weights that are no longer finite",
            "training goes on while all numbers are finite",
            "Lower the learning rate, raise ε, or use the precision 32-true",
            parameter="learning_rate",
        )


def _prepared(
    data: TrainingData | FeatureData | ImageTextData, epoch: int, rank: int, world: int
) -> Iterator[Step]:
    """The steps of an epoch; while the network works on one, the next is made."""
    batches = data.epoch(epoch)
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(data.step, batches[0], epoch, 0, rank, world)
        for number in range(len(batches)):
            step = ahead.result()
            if number + 1 < len(batches):
                ahead = pool.submit(data.step, batches[number + 1], epoch, number + 1, rank, world)
            yield step


def _loss(fabric: Fabric, wrapped: nn.Module, target: nn.Module | None, step: Step, learner: Learner) -> Tensor:
    """The loss of the whole batch; its gradient reaches what this process embedded."""
    recipe, inputs = learner.recipe, learner.inputs(step)
    z1, z2 = (_gathered(fabric, z) for z in wrapped(*inputs))
    if target is None:
        return aligned(z1, z2, step, recipe)
    with torch.no_grad(), fabric.autocast():
        t1, t2 = (_gathered(fabric, t.float()) for t in target(*inputs).chunk(2))
    return (aligned(z1, t2, step, recipe) + aligned(z2, t1, step.swapped, recipe)) / 2


def aligned(z1: Tensor, z2: Tensor, step: Step, recipe: TrainingRecipe) -> Tensor:
    """The loss of a recipe between the embeddings of both views of a step."""
    context = recipe.context(step.labels, step.domains)
    return align(z1, z2, recipe.method, epsilon=recipe.epsilon, trace=False, **recipe.composition, **context).loss


def _gathered(fabric: Fabric, z: Tensor) -> Tensor:
    """The rows of all processes, in order; the gradient comes back to each."""
    if fabric.world_size == 1:
        return z
    gathered = fabric.all_gather(z, sync_grads=z.requires_grad)
    assert isinstance(gathered, Tensor)  # of one, one
    return gathered.flatten(0, 1)


@torch.no_grad()
def _knn(network: Network, data: TrainingData | FeatureData) -> float | None:
    """Accuracy of the nearest training images' vote on held-out ones; None without a split."""
    dataset = data.dataset
    train, test = ~dataset.held_out & ~dataset.unlabelled, dataset.held_out & ~dataset.unlabelled
    if not train.any() or not test.any():
        return None
    network.eval()
    z = F.normalize(data.embedded(network)).numpy()
    network.train()
    labels = dataset.labels
    return knn_accuracy(z[train], labels[train], z[test], labels[test])


def warmup_cosine(warmup_epochs: int, epochs: int, steps_per_epoch: int) -> Callable[[int], float]:
    """Factor of the learning rate at a step: a line up to 1, times a cosine down to 0."""
    warmup, total = warmup_epochs * steps_per_epoch, max(1, epochs * steps_per_epoch)
    return lambda step: min(1.0, (step + 1) / max(1, warmup)) * (0.5 + 0.5 * math.cos(math.pi * step / total))
