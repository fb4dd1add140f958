"""Runs a recipe step by step; each step is cached by the parts of the recipe that it depends on."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from gca_viz.datasets import Batch, load_dataset, pick
from gca_viz.device import best_device
from gca_viz.embedding.cache import EmbeddingCache, code_id
from gca_viz.embedding.embedding import Embeddings, embed
from gca_viz.encoders import encoder_id, is_head, load_encoder
from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.recipe.recipe import (
    AUTO,
    FIXED_SHARE,
    NOTHING,
    DataRecipe,
    EncoderRecipe,
    Inputs,
    MethodRecipe,
    ViewsRecipe,
)
from gca_viz.settings.parameter import Parameter
from gca_viz.transport import METHODS, Plan, align
from gca_viz.transport.parameters import SHARE, TARGET_NEEDS, TARGET_PARAMETERS
from gca_viz.uploads import is_upload
from gca_viz.views import VIEWS, Views, make_views, to_uint8


@cached
def batch_of(data: DataRecipe) -> Batch:
    """The batch that a recipe names."""
    return pick(load_dataset(data.dataset), data.selection)


@cached
def views_of(data: DataRecipe, views: ViewsRecipe) -> Views:
    """Both views of it; where embeddings were uploaded, the pictures only stand for them and stay as they are."""
    batch = batch_of(data)
    preset = views.preset if batch.embeddings is None else "none"
    return make_views(
        batch,
        preset,
        strength=views.strength,
        seed=views.seed,
        partner_domains=views.partner_domains,
        device=best_device().name,
    )


@cached
def pictures_of(data: DataRecipe, views: ViewsRecipe) -> tuple[np.ndarray, np.ndarray]:
    """Both views for the screen, uint8 N × H × W × 3 each."""
    pair = views_of(data, views)
    return to_uint8(pair.first), to_uint8(pair.second)


@cached
def domains_of(data: DataRecipe, views: ViewsRecipe) -> np.ndarray:
    """Domain of each sample in each view, 2 × N."""
    batch = batch_of(data)
    return np.stack([batch.domains, batch.dataset.domains[views_of(data, views).second_indices]])


def as_it_is(encoder: EncoderRecipe) -> tuple[EncoderRecipe, str]:
    """An encoder's part of a key: a checkpoint that was trained again is another encoder."""
    return encoder, encoder_id(encoder.name, encoder.output)


def key_of(inputs: Inputs, *rest: Hashable) -> tuple[Hashable, ...]:
    """The key of what depends on an encoder's embeddings of a batch, and on the rest."""
    return inputs.data, inputs.views, as_it_is(inputs.encoder), *rest


# Equal ids of encoders give equal embeddings: heads on one encoder share those of what is below them.
@cached(key=lambda inputs: (inputs.data, inputs.views, encoder_id(inputs.encoder.name, inputs.encoder.output)))
def embeddings_of(
    inputs: Inputs,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Embeddings:
    """Their embeddings.

    Args:
        progress: called with the share done and what is being done, if there is anything to do; may raise to
            cancel.
    """
    report_progress = progress or (lambda share, what: None)
    data, views, encoder = inputs.data, inputs.views, inputs.encoder
    uploaded = batch_of(data).embeddings
    if uploaded is not None:
        return Embeddings(*(torch.from_numpy(z).to(best_device().name) for z in uploaded))
    # What is below a head knows nothing of texts.
    if encoder.output == "projector" and is_head(encoder.name) and not VIEWS[views.preset].words:
        return _on_top(inputs, progress)
    # What a user uploaded leaves no trace on disk.
    cache = None if is_upload(data.dataset) else EmbeddingCache()
    content_id = encoder_id(encoder.name, encoder.output)
    key = EmbeddingCache.key(batch_of(data).content_id, views, content_id, best_device().name, code_id())
    kept = cache.get(key) if cache else None
    if kept is not None:
        return Embeddings(*(z.to(best_device().name) for z in (kept.z1, kept.z2)))
    report_progress(0.0, "Making two views of each image")
    pair = views_of(data, views)
    report_progress(0.4, "Embedding both views")
    network = load_encoder(encoder.name, output=encoder.output, device=best_device().name)
    found = embed(pair, network, progress=lambda share: report_progress(0.4 + 0.6 * share, "Embedding both views"))
    if cache:
        cache.put(key, found)
    return found


def _on_top(inputs: Inputs, progress: Callable[[float, str], None] | None) -> Embeddings:
    """What a head makes of the embeddings below it, which are kept whatever head is on top."""
    encoder = inputs.encoder
    below = embeddings_of(replace(inputs, encoder=replace(encoder, output="backbone")), progress=progress)
    device = best_device().name
    head = load_encoder(encoder.name, output=encoder.output, device=device)
    return Embeddings(*(head.on_top(z).to(device) for z in (below.z1, below.z2)))


@cached(key=lambda inputs, method: key_of(inputs, _alone(method)))
def plan_of(
    inputs: Inputs,
    method: MethodRecipe,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Plan:
    """The plan of ``method`` with its trace; ``method.reference`` plays no part (see :func:`reference_of`).

    Raises:
        InputError: the method is not defined for the layout, or has no meaning on this batch.
    """
    return plan_between(embeddings_of(inputs), inputs, method, progress=progress)


@cached(key=lambda inputs, method: key_of(inputs, _endless(method)))
def limit_of(
    inputs: Inputs,
    method: MethodRecipe,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Plan:
    """What the iterations of :func:`plan_of` tend to, without a trace.

    It starts from nothing, and not from a limit nearby that somebody looked at before: that would spare a few
    milliseconds, and make the last digits of a link depend on who opened which before.

    Raises:
        InputError: as for ``plan_of``.
    """
    return plan_between(embeddings_of(inputs), inputs, _endless(method), trace=False, progress=progress)


def _alone(method: MethodRecipe) -> MethodRecipe:
    """The method without the one beside it, which plays no part in its plan."""
    return replace(method, reference=NOTHING)


def _endless(method: MethodRecipe) -> MethodRecipe:
    return replace(_alone(method), iterations=math.inf)


def plan_between(embeddings: Embeddings, inputs: Inputs, method: MethodRecipe, **options: Any) -> Plan:
    """The plan of ``method`` between embeddings of the inputs' batch, whatever was done to them; never cached.

    Args:
        options: what else :func:`gca_viz.align` takes, e.g. ``trace=False``.

    Raises:
        InputError: as for :func:`plan_of`.
    """
    context: dict[str, Callable[[], np.ndarray]] = {
        "labels": lambda: batch_of(inputs.data).labels,
        "domains": lambda: domains_of(inputs.data, inputs.views),
    }
    of_samples: dict[str, Any] = {name: context[name]() for name in target_context(method.target)}
    plan = align(embeddings.z1, embeddings.z2, method.name, **keywords(method), **of_samples, **options)
    if not (torch.isfinite(plan.loss) and torch.isfinite(plan.matrix).all()):
        raise InputError(
            f"{method.name} with these numbers, whose plan or loss is not finite",
            "single precision holds numbers up to 3e38",
            "Bring ε, λ and the weights nearer to 1, or press Reset",
            parameter="method",
        )
    return plan


def reference_of(method: MethodRecipe) -> MethodRecipe | None:
    """The recipe of the plan beside it: the same numbers and layout, but what the reference itself holds.

    A reference that is made by a kernel of its own keeps it.
    """
    if method.reference == NOTHING:
        return None
    layout = METHODS[method.name].layouts[0] if method.layout == AUTO else method.layout
    beside = replace(method, name=method.reference, reference=NOTHING, layout=layout, hold=AUTO)
    return beside if METHODS[method.reference].on_the_square else replace(beside, kernel=AUTO, cost=AUTO)


def keywords(method: MethodRecipe) -> dict[str, Any]:
    """The method's and the target's numbers, as :func:`gca_viz.align` takes them."""
    values: dict[str, Any] = {parameter.name: getattr(method, parameter.name) for parameter in method.parameters}
    values |= {dial: name for dial in ("kernel", "cost", "hold") if (name := getattr(method, dial)) != AUTO}
    if method.layout != AUTO:
        values["layout"] = method.layout
    return values | target_keywords(method)


def target_keywords(method: MethodRecipe) -> dict[str, Any]:
    """The target and its numbers; nothing where it is the method's own."""
    if method.target == AUTO:
        return {}
    numbers = {parameter.name: getattr(method, parameter.name) for parameter in target_parameters(method)}
    return {"target": method.target} | numbers


def target_parameters(method: MethodRecipe) -> tuple[Parameter, ...]:
    """The numbers that the method's target has, each described once."""
    own = TARGET_PARAMETERS.get(method.target, ())
    return tuple(parameter for parameter in own if parameter != SHARE or method.prior == FIXED_SHARE)


def target_context(target: str) -> tuple[str, ...]:
    """What of the samples a target needs to know: ``"labels"`` or ``"domains"``."""
    return (TARGET_NEEDS[target],) if target in TARGET_NEEDS else ()
