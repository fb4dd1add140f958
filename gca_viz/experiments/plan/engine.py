"""Runs a recipe step by step; each step is cached by the parts of the recipe that it depends on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from gca_viz.embedding.embedding import Embeddings
from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.plan.columns import (
    columns_of,
    domains_in,
    labels_of,
    prototypes_of,
    queue_beside,
    queue_of,
)
from gca_viz.experiments.plan.embeddings import (
    as_it_is,
    batch_of,
    domains_of,
    embeddings_of,
    key_of,
    pictures_of,
    second_of,
    shown_key,
    strips_of,
    views_of,
)
from gca_viz.experiments.recipe.recipe import AUTO, FIXED_SHARE, Inputs, MethodRecipe
from gca_viz.settings.parameter import Parameter
from gca_viz.transport import Plan, align
from gca_viz.transport.options import SAMPLE, TARGET_PARAMETERS, known_of_samples
from gca_viz.transport.parameters import SHARE

_PARTNER = "partner"

#: every step from a recipe to its plans has its place here
__all__ = [
    "as_it_is",
    "batch_of",
    "columns_of",
    "context_of",
    "domains_in",
    "domains_of",
    "embeddings_of",
    "key_of",
    "keywords",
    "labels_of",
    "limit_of",
    "pictures_of",
    "plan_between",
    "plan_of",
    "prototypes_of",
    "queue_beside",
    "queue_of",
    "second_of",
    "shown_key",
    "strips_of",
    "target_keywords",
    "target_parameters",
    "views_of",
]


@cached(key=lambda inputs, method: key_of(inputs, method.alone))
def plan_of(
    inputs: Inputs,
    method: MethodRecipe,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> Plan:
    """The plan of ``method`` with its trace; what stands beside it plays no part.

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


def _endless(method: MethodRecipe) -> MethodRecipe:
    return replace(method.alone, iterations=math.inf)


def plan_between(embeddings: Embeddings, inputs: Inputs, method: MethodRecipe, **options: Any) -> Plan:
    """The plan of ``method`` between embeddings of the inputs' batch, whatever was done to them; never cached.

    Args:
        options: what else :func:`gca_viz.align` takes, e.g. ``trace=False``.

    Raises:
        InputError: as for :func:`plan_of`.
    """
    context: dict[str, Callable[[], Any]] = {
        "labels": lambda: labels_of(inputs, method),
        "domains": lambda: domains_in(inputs, method),
        "variance": lambda: embeddings.variance,
    }
    of_samples: dict[str, Any] = {name: context[name]() for name in context_of(method)}
    further = columns_of(inputs, method)
    plan = align(embeddings.z1, embeddings.z2, method.name, **keywords(method), **further, **of_samples, **options)
    if not (torch.isfinite(plan.loss) and torch.isfinite(plan.matrix).all()):
        raise InputError(
            f"{method.name} with these numbers, whose plan or loss is not finite",
            "single precision holds numbers up to 3e38",
            "Bring ε, λ and the weights nearer to 1, or press Reset",
            parameter="method",
        )
    return plan


def keywords(method: MethodRecipe) -> dict[str, Any]:
    """The method's and the target's numbers, as :func:`gca_viz.align` takes them."""
    values: dict[str, Any] = {parameter.name: getattr(method, parameter.name) for parameter in method.parameters}
    values |= {dial: name for dial in ("kernel", "cost", "hold") if (name := getattr(method, dial)) != AUTO}
    if method.layout != AUTO:
        values["layout"] = method.layout
    return values | target_keywords(method) | _sample_keywords(method)


def _sample_keywords(method: MethodRecipe) -> dict[str, Any]:
    """What gives each sample a temperature and a weight; nothing where nothing does."""
    if method.own_by == SAMPLE.default and method.sample_by == AUTO:
        return {}
    numbers = {parameter.name: getattr(method, parameter.name) for parameter in method.of_samples}
    return {"sample_by": method.own_by} | numbers


def target_keywords(method: MethodRecipe) -> dict[str, Any]:
    """The target and its numbers; nothing where it is the partner, and the method's own."""
    if method.target == AUTO and method.aim == _PARTNER:
        return {}
    numbers = {parameter.name: getattr(method, parameter.name) for parameter in target_parameters(method)}
    return {"target": method.aim} | numbers


def target_parameters(method: MethodRecipe) -> tuple[Parameter, ...]:
    """The numbers that the method's target has, each described once."""
    own = TARGET_PARAMETERS.get(method.aim, ())
    return tuple(parameter for parameter in own if parameter != SHARE or method.prior == FIXED_SHARE)


def context_of(method: MethodRecipe) -> tuple[str, ...]:
    """What of the samples must be known beside their embeddings: ``"labels"``, ``"domains"``, ``"variance"``."""
    return known_of_samples(method.aim, method.own_by) + ("variance",) * (method.own_by == "posterior")
