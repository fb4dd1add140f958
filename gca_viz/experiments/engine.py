"""Runs a recipe step by step; each step is cached by the parts of the recipe that it depends on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

import gca_viz.views
from gca_viz.brought import is_own
from gca_viz.datasets import Batch, load_dataset, pick
from gca_viz.device import best_device
from gca_viz.embedding import Embeddings, embed
from gca_viz.embedding_cache import EmbeddingCache
from gca_viz.encoders import encoder_id, load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.cache import cached
from gca_viz.experiments.recipe import (
    AUTO,
    FIXED_SHARE,
    NOTHING,
    DataRecipe,
    EncoderRecipe,
    MethodRecipe,
    ViewsRecipe,
)
from gca_viz.parameter import Parameter
from gca_viz.transport import METHODS, Plan, align
from gca_viz.transport.parameters import ALPHA, BETA, SHARE, TARGET_TEMPERATURE
from gca_viz.views import Views, make_views, to_uint8


@cached(16)
def batch_of(data: DataRecipe) -> Batch:
    """The batch that a recipe names."""
    return pick(load_dataset(data.dataset), data.selection)


@cached(4)  # 200 MB each for the largest batch
def views_of(data: DataRecipe, views: ViewsRecipe) -> Views:
    """Both views of it; where embeddings were brought, the pictures only stand for them and stay as they are."""
    batch = batch_of(data)
    preset = views.preset if batch.embeddings is None else "none"
    return make_views(batch, preset, strength=views.strength, seed=views.seed, device=best_device().name)


@cached(8)
def pictures_of(data: DataRecipe, views: ViewsRecipe) -> tuple[np.ndarray, np.ndarray]:
    """Both views for the screen, uint8 N × H × W × 3 each."""
    pair = views_of(data, views)
    return to_uint8(pair.first), to_uint8(pair.second)


def embeddings_of(
    data: DataRecipe,
    views: ViewsRecipe,
    encoder: EncoderRecipe,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Embeddings:
    """Their embeddings.

    Args:
        progress: called with the share done and what is being done, if there is anything to do; may raise to
            cancel.
    """
    return _embeddings(data, views, encoder, encoder_id(encoder.name, encoder.output), progress=progress)


@cached(32)
def _embeddings(
    data: DataRecipe,
    views: ViewsRecipe,
    encoder: EncoderRecipe,
    content_id: str,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Embeddings:
    """The content id is there for the key: a checkpoint that is trained again gives new embeddings."""
    told = progress or (lambda share, what: None)
    brought = batch_of(data).embeddings
    if brought is not None:
        return Embeddings(*(torch.from_numpy(z).to(best_device().name) for z in brought))
    # What a user brought leaves no trace on disk.
    cache = None if is_own(data.dataset) else EmbeddingCache()
    key = EmbeddingCache.key(batch_of(data).content_id, views, content_id, best_device().name, _code_id())
    kept = cache.get(key) if cache else None
    if kept is not None:
        return Embeddings(*(z.to(best_device().name) for z in (kept.z1, kept.z2)))
    told(0.0, "Making two views of each image")
    pair = views_of(data, views)
    told(0.4, "Embedding both views")
    network = load_encoder(encoder.name, output=encoder.output, device=best_device().name)
    found = embed(pair, network, progress=lambda share: told(0.4 + 0.6 * share, "Embedding both views"))
    if cache:
        cache.put(key, found)
    return found


@lru_cache(maxsize=1)
def _code_id() -> str:
    """Changes with the program that makes views and embeddings, so that none of an older version are used."""
    package = Path(gca_viz.views.__file__).parents[1]
    files = [path for part in ("views", "encoders") for path in sorted((package / part).glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def plan_of(
    data: DataRecipe,
    views: ViewsRecipe,
    encoder: EncoderRecipe,
    method: MethodRecipe,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Plan:
    """The plan of ``method`` with its trace; ``method.reference`` plays no part (see :func:`reference_of`).

    Raises:
        InputError: the method is not defined for the layout, or has no meaning on this batch.
    """
    content_id = encoder_id(encoder.name, encoder.output)
    return _plan(data, views, encoder, replace(method, reference=NOTHING), content_id, True, progress=progress)


def limit_of(
    data: DataRecipe,
    views: ViewsRecipe,
    encoder: EncoderRecipe,
    method: MethodRecipe,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Plan:
    """What the iterations of :func:`plan_of` tend to, without a trace.

    Raises:
        InputError: as for ``plan_of``.
    """
    limit = replace(method, reference=NOTHING, iterations=math.inf)
    content_id = encoder_id(encoder.name, encoder.output)
    return _plan(data, views, encoder, limit, content_id, False, progress=progress)


@cached(16)  # 80 MB each for the largest matrix that a page draws
def _plan(
    data: DataRecipe,
    views: ViewsRecipe,
    encoder: EncoderRecipe,
    method: MethodRecipe,
    content_id: str,
    trace: bool,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Plan:
    embeddings = embeddings_of(data, views, encoder)
    nearby = _nearby(data, views, encoder, content_id, method.name, method.layout)
    start = nearby.start() if math.isinf(method.iterations) else None
    plan = plan_between(embeddings, data, views, method, trace=trace, start=start, progress=progress)
    if math.isinf(method.iterations):
        nearby.keep(plan)
    return plan


def plan_between(
    embeddings: Embeddings, data: DataRecipe, views: ViewsRecipe, method: MethodRecipe, **options: Any
) -> Plan:
    """The plan of ``method`` between embeddings of this batch, whatever was done to them; never cached.

    Args:
        options: what else :func:`gca_viz.align` takes, e.g. ``trace=False``.

    Raises:
        InputError: as for :func:`plan_of`.
    """
    context = {"labels": lambda: batch_of(data).labels, "domains": lambda: domains_of(data, views)}
    of_samples = {name: context[name]() for name in target_context(method.target)}
    plan = align(embeddings.z1, embeddings.z2, method.name, **keywords(method), **of_samples, **options)
    if not (torch.isfinite(plan.loss) and torch.isfinite(plan.matrix).all()):
        raise InputError(
            f"{method.name} with these numbers, whose plan or loss is not finite",
            "single precision holds numbers up to 3e38",
            "Bring ε, λ and the weights nearer to 1, or press Reset",
            parameter="method",
        )
    return plan


class _Nearby:
    """The latest limits of one batch under one method, from which the next, a slider move away, starts."""

    def __init__(self) -> None:
        self.plans: tuple[Plan, ...] = ()

    def start(self) -> Plan | tuple[Plan, Plan] | None:
        """What :func:`gca_viz.align` takes as a start: two limits at different ε if there are two."""
        latest = self.plans
        if len(latest) == 2 and latest[0].problem.epsilon != latest[1].problem.epsilon:
            return latest
        return latest[-1] if latest else None

    def keep(self, plan: Plan) -> None:
        """Note a limit."""
        if plan.converged:
            self.plans = (*self.plans[-1:], plan.detach())


@cached(2)  # each holds two plans
def _nearby(data, views, encoder, content_id, name: str, layout: str) -> _Nearby:
    return _Nearby()


def reference_of(method: MethodRecipe) -> MethodRecipe | None:
    """The recipe of the plan beside it: the same numbers, the reference's own constraints, the same layout."""
    if method.reference == NOTHING:
        return None
    layout = METHODS[method.name].layouts[0] if method.layout == AUTO else method.layout
    return replace(method, name=method.reference, reference=NOTHING, layout=layout)


def domains_of(data: DataRecipe, views: ViewsRecipe) -> np.ndarray:
    """Domain of each sample in each view, 2 × N."""
    batch = batch_of(data)
    return np.stack([batch.domains, batch.dataset.domains[views_of(data, views).second_indices]])


def keywords(method: MethodRecipe) -> dict[str, Any]:
    """The method's and the target's numbers, as :func:`gca_viz.align` takes them."""
    values: dict[str, Any] = {
        parameter.name: getattr(method, parameter.name) for parameter in METHODS[method.name].parameters
    }
    if method.layout != AUTO:
        values["layout"] = method.layout
    if method.target != AUTO:
        values["target"] = method.target
        values |= {parameter.name: getattr(method, parameter.name) for parameter in target_parameters(method)}
    return values


def target_parameters(method: MethodRecipe) -> tuple[Parameter, ...]:
    """The numbers that the method's target has, each described once."""
    domain = (ALPHA, BETA, SHARE) if method.prior == FIXED_SHARE else (ALPHA, BETA)
    return {"domain": domain, "relational": (TARGET_TEMPERATURE,)}.get(method.target, ())


def target_context(target: str) -> tuple[str, ...]:
    """What of the samples a target needs to know: ``"labels"`` or ``"domains"``."""
    return {"label": ("labels",), "domain": ("domains",)}.get(target, ())
