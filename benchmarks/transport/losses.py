"""Losses of the registry beside the same losses as others wrote them: no timing, one number each."""

from __future__ import annotations

import importlib.util
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import torch
from torch import Tensor

from benchmarks.transport.table import Table
from gca_viz.transport import align
from gca_viz.transport.problem.cost import unit_rows
from gca_viz.transport.problem.target import target_entropy

EPSILON, WIDTH, CLASSES = 0.15, 16, 7
EXACT = 1e-10
#: what a peer is called, how its loss is, and ours
Pair = tuple[str, Callable[[], Tensor], Tensor]


def losses(options: Namespace) -> None:
    """Loss of a batch at one temperature, in double precision; a peer that is not installed is left out."""
    table = Table("loss", "peer", "N", "theirs", "ours", "the same")
    for size in options.sizes or (64, 256):
        for name, find in FOUND.items():
            for peer, theirs, ours in find(*_batch(size)):
                other, own = float(theirs()), float(ours)
                same = abs(other - own) <= EXACT * abs(other)
                table.row(name, peer, str(size), f"{other:.12f}", f"{own:.12f}", "yes" if same else "**no**")


def _batch(size: int) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    z1, noise = torch.randn(2, size, WIDTH, generator=random, dtype=torch.float64)
    return z1, z1 + 0.7 * noise


def _nt_xent(z1: Tensor, z2: Tensor) -> Iterator[Pair]:
    ours = align(z1, z2, "simclr", epsilon=EPSILON).loss
    if metric := _module("pytorch_metric_learning.losses"):
        samples = torch.arange(len(z1)).repeat(2)
        yield _METRIC, lambda: metric.NTXentLoss(temperature=EPSILON)(torch.cat([z1, z2]), samples), ours
    if lightly := _module("lightly.loss"):
        yield "lightly", lambda: lightly.NTXentLoss(temperature=EPSILON)(z1, z2), ours


def _supcon(z1: Tensor, z2: Tensor) -> Iterator[Pair]:
    """Theirs is a cross-entropy: ours is less by the entropy of the target, which has no gradient."""
    labels = torch.arange(len(z1)) % CLASSES
    plan = align(z1, z2, "supcon", epsilon=EPSILON, labels=labels)
    if plan.target is not None and (metric := _module("pytorch_metric_learning.losses")):
        ours = plan.loss + target_entropy(plan.target).mean()
        theirs = metric.SupConLoss(temperature=EPSILON)
        yield _METRIC, lambda: theirs(torch.cat([z1, z2]), labels.repeat(2)), ours


def _dcl(z1: Tensor, z2: Tensor) -> Iterator[Pair]:
    if lightly := _module("lightly.loss"):
        ours = align(z1, z2, "dcl", epsilon=EPSILON).loss
        yield "lightly", lambda: lightly.DCLLoss(temperature=EPSILON)(z1, z2), ours


def _siglip(z1: Tensor, z2: Tensor) -> Iterator[Pair]:
    """Their scale is 1/ε, their bias (c₀ − 1)/ε."""
    first, second = unit_rows(z1), unit_rows(z2)
    for threshold in (0.0, 0.5):
        ours = align(z1, z2, "siglip", epsilon=EPSILON, threshold=threshold).loss
        if clip := _open_clip():
            scale, bias = 1 / EPSILON, (threshold - 1) / EPSILON
            theirs = clip.SigLipLoss()
            yield f"open_clip, c₀ = {threshold:g}", lambda: theirs(first, second, scale, bias), ours  # noqa: B023


def _clip(z1: Tensor, z2: Tensor) -> Iterator[Pair]:
    if clip := _open_clip():
        ours = align(z1, z2, "clip", epsilon=EPSILON).loss
        yield "open_clip", lambda: clip.ClipLoss()(unit_rows(z1), unit_rows(z2), 1 / EPSILON), ours


FOUND = {"NT-Xent": _nt_xent, "SupCon": _supcon, "DCL": _dcl, "SigLIP": _siglip, "CLIP": _clip}
_METRIC = "pytorch-metric-learning"


def _module(name: str) -> ModuleType | None:
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        return None
    # Losses of lightly that are not used here import torchvision, which needs a build that fits torch's.
    for other in ("torchvision", "torchvision.ops"):
        sys.modules.setdefault(other, MagicMock())
    return importlib.import_module(name)


def _open_clip() -> ModuleType | None:
    """Its losses alone: the package imports models, and what these ask for."""
    package = importlib.util.find_spec("open_clip")
    if package is None or not package.submodule_search_locations:
        return None
    path = Path(package.submodule_search_locations[0]) / "loss.py"
    spec = importlib.util.spec_from_file_location("open_clip_loss", path)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
