"""The training loop: one device or many, stopped and resumed at will, always with the same result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from gca_viz.errors import InputError
from gca_viz.experiments.train.data import TrainingData
from gca_viz.experiments.train.events import Events
from gca_viz.experiments.train.feature_data import FeatureData, embed_ahead
from gca_viz.experiments.train.hardware import Hardware
from gca_viz.experiments.train.learner import Learner, check_data
from gca_viz.experiments.train.parts import RANDOM
from gca_viz.experiments.train.probe import Probe, frames_in
from gca_viz.experiments.train.readings import forgotten, forgotten_between, look
from gca_viz.experiments.train.recipe import TrainingRecipe
from gca_viz.experiments.train.run import Metrics, Run
from gca_viz.experiments.train.text_data import ImageTextData
from gca_viz.experiments.train.training import Training, embedded
from gca_viz.extras import need
from gca_viz.metric import Estimate
from gca_viz.progress import ReportProgress

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from gca_viz.encoders.network import Network

#: which cards say what was measured
EACH, LAST = "each", "last"
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
    measure: str = EACH,
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
        measure: which cards say what was measured on held-out images, ``"each"`` or that of the ``"last"`` epoch.
        report: called in the process of the first device, to which it is sent where there are several.
        progress: called before the first step while views are embedded for a head, here; may raise to cancel.

    Returns:
        The finished run.

    Raises:
        InputError: a recipe, a machine or a folder with which this cannot work, which another run writes or whose
            disk is full, or the extra ``[train]`` missing.
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM, after the checkpoint of the last whole epoch was written.
    """
    hardware = hardware or Hardware()
    recipe.check()
    hardware.check(recipe.batch_size)
    check_data(recipe)  # its mistakes belong here and not into another process
    run = Run(Path(folder), recipe, title)
    run.prepare(resume=resume)
    with run.alone(), run.room():
        embed_ahead(recipe, progress)
        _look_first(run)
        work = partial(_work, run=run, save_at=tuple(save_at), measure=measure, report=report)
        _launch(run, hardware, work)
    return run


def _launch(run: Run, hardware: Hardware, work: Callable[..., None]) -> None:
    """Do the work on the hardware."""
    need("tensorboard", "train")
    board = need("lightning_fabric.loggers", "train").TensorBoardLogger(run.folder, name="", version="tensorboard")
    fabric = need("lightning_fabric", "train").Fabric(
        accelerator=hardware.accelerator,
        devices=hardware.devices,
        strategy="ddp_spawn" if hardware.devices > 1 else "auto",
        # A head is too small to gain from 16 bits.
        precision="32-true" if run.recipe.is_head else hardware.precision,
        loggers=board,
    )
    # As arguments of their own they would be taken apart on their way to other processes.
    before = torch.get_num_threads()
    try:
        fabric.launch(partial(work, threads=hardware.threads))
    finally:
        torch.set_num_threads(before)


def _look_first(run: Run) -> None:
    """Look at the probe before the first step, and before what a training alone needs is imported."""
    if run.recipe.reads_texts or 0 in frames_in(run.folder):
        return
    torch.manual_seed(run.recipe.seed)
    learner = Learner.of(run.recipe)
    data = learner.data(torch.device("cpu"))
    assert not isinstance(data, ImageTextData)  # of image and text
    Events(run.folder).note(0, Probe.of(data).write(run.folder, learner, 0))


def _work(
    fabric: Fabric, run: Run, save_at: tuple[int, ...], measure: str, threads: int, report: Report | None
) -> None:
    """What every process does."""
    recipe = run.recipe
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    learner = Learner.of(recipe)
    training = Training.of(fabric, learner)
    data = training.data
    done = run.load_state(training.parts, fabric.device)
    if done == 0 and fabric.is_global_zero and (0 in save_at or recipe.method == RANDOM):
        run.save(learner, data.dataset, measure=measure == EACH or recipe.method == RANDOM)
    epochs = 0 if recipe.method == RANDOM else data.epochs
    probe = None if isinstance(data, ImageTextData) else Probe.of(data)
    events = Events(run.folder, done / epochs if epochs else 1.0)
    alone = fabric.world_size == 1
    told = partial(_tell, report, events, epochs) if fabric.is_global_zero else None
    before = metrics = None
    try:
        for epoch in range(done + 1, epochs + 1):
            before, metrics = metrics, _epoch(training, run, epoch, told and partial(told, epoch))
            if metrics is not None:
                last = epoch == epochs
                if last or (data.phases and epoch % recipe.epochs == 0) or epoch in save_at:
                    run.save(learner, data.dataset, metrics, measure=last or measure == EACH)
                run.log(metrics)
                fabric.log_dict(metrics.values, step=epoch)
                seen = {} if probe is None else probe.write(run.folder, learner, epoch, as_batch=alone)
                events.note(epoch, metrics.values | seen)
                run.save_state(training.parts, epoch)  # last: what comes before may be done again, never left out
                events.progress(epoch / epochs)
                if report is not None:
                    report(epoch / epochs, metrics)
            fabric.barrier()
    except KeyboardInterrupt:
        if alone:
            _keep(run, training, before, metrics)
        raise


def _epoch(training: Training, run: Run, epoch: int, told: Callable[[float], None] | None) -> Metrics | None:
    """An epoch and what is noted of it, in the first process."""
    data, recipe = training.data, run.recipe
    started = time.perf_counter()
    went = training.epoch(epoch, told)
    seconds = time.perf_counter() - started
    _check_finite(went.loss, training.online, epoch)
    ends = epoch == data.epochs or (bool(data.phases) and epoch % recipe.epochs == 0)
    looks = ends or epoch % recipe.knn_every == 0
    apart, alike = training.average(looks=looks)
    if not training.fabric.is_global_zero:
        return None
    metrics = Metrics(epoch, went.loss, went.learning_rate, None, seconds, went.images / seconds)
    metrics = replace(metrics, client_distance=apart, away_cka=went.away_cka)
    if alike is not None:
        metrics = _with_estimate(metrics, "client_cka", alike)
    if looks and not isinstance(data, ImageTextData):
        metrics = _looked_at(metrics, training.learner.network, data, run)
    return metrics


def _keep(run: Run, training: Training, *metrics: Metrics | None) -> None:
    """Write the checkpoint of the last whole epoch of a run that was stopped, where there is none.

    Args:
        metrics: of the last two epochs; the later one may have been stopped before it was whole.
    """
    done = run.load_state(training.parts, training.fabric.device)
    for one in metrics:
        if one is not None and one.epoch == done and done not in run.checkpoints:
            run.save(training.learner, training.data.dataset, one)


def _tell(report: Report | None, events: Events, epochs: int, epoch: int, share: float) -> None:
    """The share of a run that is done after a share of an epoch."""
    done = (epoch - 1 + share) / epochs
    events.progress(done)
    if report is not None:
        report(done, None)


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


def _looked_at(metrics: Metrics, network: Network, data: TrainingData | FeatureData, run: Run) -> Metrics:
    """The same with what is read from the embeddings of all images."""
    seen = look(embedded(network, data), data.dataset)
    metrics = replace(metrics, knn_class=seen.accuracy, by_domain=seen.by_domain)
    if not data.phases:
        return metrics
    phase = data.phase(metrics.epoch)
    metrics = replace(metrics, phase=phase)
    if metrics.epoch % run.recipe.epochs != 0:
        return metrics
    domains = [part.name for part in data.phases[:phase]]
    hits = run.after_each_phase(phase, seen.hits)
    value = forgotten([*run.after_phases(run.recipe.epochs)[: phase - 1], seen.by_domain], domains)
    if value is None:
        return metrics
    between = forgotten_between(hits, data.dataset, domains) if len(hits) == phase else (math.nan, math.nan)
    return _with_estimate(metrics, "forgetting", Estimate(value, *between))


def _with_estimate(metrics: Metrics, name: str, found: Estimate) -> Metrics:
    """The same with a number and, where it has one, its interval."""
    known = {name: found.value}
    if math.isfinite(found.low):
        known |= {f"{name}_low": found.low, f"{name}_high": found.high}
    return replace(metrics, **known)  # type: ignore[arg-type]  # which of its fields, mypy does not see
