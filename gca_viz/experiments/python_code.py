"""A recipe as the few lines of Python that compute the same plan."""

from __future__ import annotations

import math

from gca_viz.experiments.engine import keywords, target_context
from gca_viz.experiments.recipe import Recipe


def python_code(recipe: Recipe) -> str:
    """Code that ends with ``plan``, equal to what the page shows."""
    data, views, encoder, method = recipe.data, recipe.views, recipe.encoder, recipe.method
    if data.mode == "hand":
        selection = f'mode="hand", indices={data.indices!r}'
    else:
        parts = [f'mode="{data.mode}"', f"size={data.size}", f"seed={data.seed}", f'split="{data.split}"']
        parts += [f"{name}={getattr(data, name)!r}" for name in ("classes", "domains") if getattr(data, name)]
        selection = ", ".join(parts)
    arguments = {name: _literal(value) for name, value in keywords(method).items()}
    arguments |= {name: _OF_SAMPLES[name] for name in target_context(method.target)}
    return f"""\
import math

import numpy as np

import gca_viz
from gca_viz.datasets import Selection, pick
from gca_viz.views import make_views

batch = pick(gca_viz.load_dataset("{data.dataset}"), Selection({selection}))
views = make_views(batch, "{views.preset}", strength={views.strength!r}, seed={views.seed})
encoder = gca_viz.load_encoder("{encoder.name}", output="{encoder.output}")
plan = gca_viz.align(
    encoder.encode(views.first),
    encoder.encode(views.second),
    "{method.name}",
{"".join(f"    {name}={value}," + chr(10) for name, value in arguments.items())})
{_at(recipe.display.step)}"""


def _at(step: int) -> str:
    return "" if step < 0 else f"plan = plan.at(min({step}, plan.last_step))  # the half step on the screen\n"


_OF_SAMPLES = {
    "labels": "batch.labels",
    "domains": "np.stack([batch.domains, batch.dataset.domains[views.second_indices]])",
}


def _literal(value: object) -> str:
    return "math.inf" if isinstance(value, float) and math.isinf(value) else repr(value)
