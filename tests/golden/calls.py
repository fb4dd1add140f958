"""What Python's doors come to, on double-precision embeddings that no network made: the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import gca_viz

_SAMPLES, _WIDTH = 12, 5
_LABELS = np.arange(_SAMPLES) % 3
_DOMAINS = np.arange(_SAMPLES) % 2
_WEIGHTS = 1 + np.arange(_SAMPLES) / 10
_PARTNER = np.roll(np.arange(_SAMPLES), 3)


def _views() -> tuple[torch.Tensor, torch.Tensor]:
    draw = np.random.default_rng(17)
    first = draw.standard_normal((_SAMPLES, _WIDTH))
    second = first + 0.6 * draw.standard_normal((_SAMPLES, _WIDTH))
    return torch.from_numpy(first).requires_grad_(), torch.from_numpy(second).requires_grad_()


def _align(method: str, **options: Any) -> Callable[[], dict[str, Any]]:
    def call() -> dict[str, Any]:
        views = _views()
        plan = gca_viz.align(*views, method, **options)
        gradients = torch.autograd.grad(plan.loss, views, materialize_grads=True)
        plan = plan.detach()
        named = {
            name: getattr(plan, name) for name in ("loss", "mass", "loss_per_row", "matrix", "target", "force")
        }
        steps = {"half_steps": plan.half_steps, "converged": plan.converged}
        gradient = dict(zip(("gradient1", "gradient2"), gradients, strict=True))
        return named | steps | {"forces": gca_viz.forces(plan).pairs} | gradient

    return call


def _columns(method: gca_viz.Method) -> dict[str, np.ndarray]:
    """What a method asks for as columns beside view 2, or in its place."""
    drawn = np.random.default_rng(19).standard_normal((4, _WIDTH))
    return {} if method.columns == "views" else {method.columns: drawn}


def _streamed() -> dict[str, Any]:
    views = [z.detach() for z in _views()]
    plan = gca_viz.align_streamed(*views, "gca-uot", lambda1=0.3, labels=_LABELS, mu=_WEIGHTS, top=3)
    return {name: getattr(plan, name) for name in ("loss", "mass", "row_mass", "column_mass", "f", "g")}


def _sweep(**options: Any) -> Callable[[], dict[str, Any]]:
    def call() -> dict[str, Any]:
        return dict(gca_viz.sweep(*(z.detach() for z in _views()), **options).values)

    return call


def _methods() -> dict[str, Any]:
    return {
        f"{method.name}.{parameter.name}": [parameter.default, parameter.minimum, parameter.maximum]
        for method in gca_viz.METHODS.values()
        for parameter in method.parameters
    }


def _compared() -> dict[str, Any]:
    first, second = (z.detach().numpy() for z in _views())
    both = gca_viz.compare(
        {"a": (first, second), "b": (second, first[::-1].copy())}, _LABELS, _DOMAINS, epsilon=0.3
    )
    table = both.table.set_index(["contender", "measure"])[["value", "low", "high"]]
    rows = {".".join(names): row.to_numpy() for names, row in table.iterrows()}
    return rows | {"cka": both.cka, "overlap": both.overlap, "shared_mass": both.shared_mass}


CALLS: dict[str, Callable[[], dict[str, Any]]] = {
    **{
        f"align {name}": _align(name, epsilon=0.3, **dict.fromkeys(method.needs, _LABELS), **_columns(method))
        for name, method in gca_viz.METHODS.items()
    },
    "align weighted": _align("gca-ince", mu=_WEIGHTS, nu=_WEIGHTS[::-1].copy(), iterations=math.inf),
    "align partner": _align("ince", partner=_PARTNER, epsilon=0.5),
    "align label": _align("gca-uot", target="label", labels=_LABELS, lambda1=0.5, lambda2=math.inf),
    "align domain": _align("gca-ince", target="domain", domains=_DOMAINS, alpha=0.3, beta=0.1, share=0.6),
    "align relation": _align("iot", target="relation", target_temperature=0.2),
    "align keep_diagonal": _align("ince", target="relational", keep_diagonal=True, target_temperature=0.2),
    **{
        f"align {name}": _align("gca-ince", divergence=name, iterations=3)
        for name in ("kl", "rince", "l2", "reverse-kl", "odds")
    },
    "align matrix": _align("gca-ince", target=np.eye(_SAMPLES)[_PARTNER]),
    "align relaxed": _align("gca-ince", target="label", labels=_LABELS, relax=0.2),
    "align cluster": _align("ince", target="cluster", clusters=3),
    "align weights": _align("gca-ince", sample_by="class", labels=_LABELS // 2, gamma=0.4, weight=0.7),
    "align posterior": _align("simclr", sample_by="posterior", gamma=0.6),
    "align perplexity": _align("ince", perplexity=3.0),
    "align epsilon per row": _align("ince", epsilon=torch.linspace(0.1, 0.6, _SAMPLES, dtype=torch.float64)),
    "align small epsilon": _align("gca-ince", epsilon=1e-3, iterations=math.inf, tol=1e-9),
    "align_streamed": _streamed,
    "sweep": _sweep(epsilon=[0.1, 0.4], lambda1=[0.0, 0.2, math.inf], target="label", labels=_LABELS),
    "constraint_square": _sweep(**gca_viz.constraint_square(0.2, points=5)),
    "compare": _compared,
    "METHODS": _methods,
}
