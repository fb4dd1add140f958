"""What networks made of the images of a lesson, where its page computes from more than the costs of a board."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image
from sklearn.pipeline import Pipeline

from gca_viz.encoders import bundled_runs
from gca_viz.experiments.effects.calibrated import tried_temperatures
from gca_viz.experiments.effects.noise import Corrupted
from gca_viz.experiments.lessons import (
    CROWDS,
    MANY,
    NOISY,
    RUN,
    RUN_IMAGES,
    SMALL,
    TAIL,
    corrupted_batch,
    plan_of,
    plan_on,
)
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import CORRUPTIONS
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.transfer.groups import Group
from gca_viz.experiments.transfer.result import WAYS, halves, transfer_of
from gca_viz.geometry.bootstrap import draws
from gca_viz.geometry.points import Points
from gca_viz.geometry.probes import FOLDS, fold_probes
from gca_viz.report.effects_parts import pair_names, pair_pictures
from gca_viz.transport.parameters import LAM
from gca_viz.transport.problem.cost import cosine_cost
from gca_viz.ui.elements.shared.wire import Blob, pack
from gca_viz.ui.pages.learn.boards import result_of
from gca_viz.ui.pages.learn.lessons.averaging import PAIRS
from gca_viz.ui.pages.learn.lessons.checkpoint import ENCODERS
from gca_viz.ui.pages.learn.lessons.together import FOURS

_SIDE = 84  # CSS pixels of a picture
_SMALL_SIDE = 110  # pixels, where there are many


@dataclass(frozen=True, eq=False)
class Given:
    """Costs and embeddings, of which the page computes everything that it says.

    Attributes:
        arrays: name → numbers of a network, float32; ``js/lessons/`` reads them.
        says: whatever else the page has to know, JSON.
        plans: name of a plan → its recipe.
    """

    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    says: Mapping[str, Any] = field(default_factory=dict)
    plans: Mapping[str, Recipe] = field(default_factory=dict)

    @property
    def blob(self) -> Blob:
        """As it travels."""
        return pack(self.says, self.arrays)


class Pictures:
    """Small pictures, each kept once.

    Args:
        side: in pixels; by default that of a page for two screen pixels each.

    Attributes:
        addresses: data addresses, in the order of their coming.
    """

    def __init__(self, side: int = 2 * _SIDE) -> None:
        self._side = side
        self.addresses: list[str] = []

    def place(self, image: np.ndarray) -> int:
        """Where among the addresses an image stands, uint8 H × W × 3."""
        small, buffer = Image.fromarray(image), io.BytesIO()
        small.thumbnail((self._side, self._side))
        small.save(buffer, "WEBP", quality=80)
        address = f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
        if address not in self.addresses:
            self.addresses.append(address)
        return self.addresses.index(address)


def _letting_go() -> Given:
    costs: dict[str, np.ndarray] = {}
    pairs, pictures = {}, Pictures()
    for bad in CORRUPTIONS:
        recipe = NOISY.with_values(bad=bad)
        corrupted = corrupted_batch(recipe)
        costs[bad] = plan_on(corrupted.embeddings, recipe).cost.cpu().numpy()
        pairs[bad] = _pairs(recipe, corrupted, pictures)
    return Given(costs, {"rows": _names(NOISY), "bad": pairs, "pictures": pictures.addresses}, {"plan": NOISY})


def _robust() -> Given:
    recipe = NOISY.with_values(method="rince", vs="ince", bad="swap", eps=0.1)
    corrupted, pictures = corrupted_batch(recipe), Pictures()
    numbers = {"eps": recipe.method.epsilon, "lam": LAM.default}
    pairs = _pairs(recipe, corrupted, pictures)
    says = {"rows": _names(recipe), "pairs": pairs, "pictures": pictures.addresses, **numbers}
    return Given({"cost": plan_on(corrupted.embeddings, recipe).cost.cpu().numpy()}, says)


def _pairs(recipe: Recipe, corrupted: Corrupted, pictures: Pictures) -> list[dict[str, Any]]:
    """The corrupted pairs: their rows, what they show, and their pictures."""
    return [
        {
            "row": row,
            "name": pair_names(recipe, corrupted, row),
            "pictures": [pictures.place(image) for image in pair_pictures(recipe, corrupted, row)],
        }
        for row in np.flatnonzero(corrupted.mask).tolist()
    ]


def _two_aims() -> Given:
    views: dict[str, np.ndarray] = {}
    for number, name in bundled_runs()[RUN].items():
        z = engine.embeddings_of(RUN_IMAGES.with_values(encoder=name).inputs)
        views |= {f"{number} {view}": of.cpu().numpy() for view, of in ((1, z.z1), (2, z.z2))}
    return Given(views, {"epochs": list(bundled_runs()[RUN]), "n": RUN_IMAGES.data.size})


def _relation() -> Given:
    drawings = engine.embeddings_of(SMALL.inputs).z2
    return Given({"drawings": cosine_cost(drawings, drawings).cpu().numpy()})


def _sure() -> Given:
    base = RUN_IMAGES.with_values(encoder=RUN, vs="none")
    plans = {name: base.with_values(method=name) for name in ("ince", "gca-ince")}
    cost = plan_of(plans["ince"]).cost.cpu().numpy()
    return Given({"cost": cost}, {"tried": tried_temperatures(base)}, plans)


def _averaging() -> Given:
    recipe = RUN_IMAGES.with_values(encoder=RUN, method="ince", vs="none")
    seeds = range(recipe.views.seed, recipe.views.seed + round(PAIRS.high))
    plans = [plan_of(recipe.with_values(viewseed=seed)) for seed in seeds]
    return Given({f"cost {k}": plan.cost.cpu().numpy() for k, plan in enumerate(plans)}, {}, {"plan": recipe})


def _checkpoint() -> Given:
    result, pictures = result_of(MANY.with_values(encoder=ENCODERS[0])), Pictures(_SMALL_SIDE)
    batch = result.batch
    seen = {name: engine.embeddings_of(MANY.with_values(encoder=name).inputs).z1 for name in ENCODERS}
    says = {
        "rows": list(batch.names),
        "classes": [batch.dataset.class_titles[label] for label in batch.labels],
        "domains": batch.domains.tolist(),
        "labels": [result.label(k, 0) for k in range(len(batch))],
        "credits": [result.credit(k, 0) for k in range(len(batch))],
        "places": [pictures.place(result.image(k, 0)) for k in range(len(batch))],
        "pictures": pictures.addresses,
    }
    return Given({name: z.cpu().numpy() for name, z in seen.items()}, says)


def _marginals() -> Given:
    plans = {name: TAIL.with_values(method=name) for name in ("ince", "gca-ince")}
    result, pictures = result_of(plans["ince"]), Pictures(_SMALL_SIDE)
    batch, sides = result.batch, ("rows", "columns")
    views = {
        side: [
            {
                "name": result.name(k, view),
                "place": pictures.place(result.image(k, view)),
                "credit": result.credit(k, view),
            }
            for k in range(len(batch))
        ]
        for view, side in enumerate(sides)
    }
    says = {
        "classes": [batch.dataset.class_titles[label] for label in batch.labels],
        "kinds": batch.labels.tolist(),
    }
    cost = plan_of(plans["ince"]).cost.cpu().numpy()
    return Given({"cost": cost}, {**says, **views, "pictures": pictures.addresses}, plans)


def _crowds() -> Given:
    arrays: dict[str, np.ndarray] = {}
    crowds, pictures = {}, Pictures(_SMALL_SIDE)
    for things in ("same", "other"):
        found = transfer_of(CROWDS.with_values(things=things))
        first, second = (
            engine.embeddings_of(group.inputs(found.recipe)).z1
            for group in (found.sets.source, found.sets.receiver)
        )
        for name, (one, other) in {
            "between": (first, second),
            "first": (first, first),
            "second": (second, second),
        }.items():
            arrays[f"{name} {things}"] = cosine_cost(one, other).cpu().numpy()
        arrays[f"draws {things}"] = draws(len(second)).astype("u1")
        crowds[things] = {
            "first": _crowd(found.sets.source, found.lent, pictures),
            "second": _crowd(found.sets.receiver, found.truth, pictures),
            "halves": halves(len(first)).tolist(),
        }
    says = {"crowds": crowds, "classes": found.classes, "eps": CROWDS.method.epsilon, "ways": dict(WAYS)}
    return Given(arrays, {**says, "pictures": pictures.addresses})


def _crowd(group: Group, kinds: np.ndarray, pictures: Pictures) -> dict[str, Any]:
    batch = group.batch
    images, credits = batch.dataset.images[batch.indices], batch.dataset.credits
    return {
        "kinds": kinds.tolist(),
        "names": list(batch.names),
        "places": [pictures.place(image) for image in images],
        "credits": [credits[k] for k in batch.indices] if credits else [],
    }


def _together() -> Given:
    arrays: dict[str, np.ndarray] = {}
    names = dict.fromkeys(name for four in FOURS.values() for name in four)
    base = MANY.with_values(n=240)
    labels = engine.batch_of(base.data).labels
    for name in names:
        z = engine.embeddings_of(base.with_values(encoder=name).inputs)
        points = Points.of(z.z1.cpu().numpy(), z.z2.cpu().numpy(), labels, np.zeros(len(labels), int))
        arrays[name] = points.z[: len(labels)]
        for number, (asked, _, fitted) in enumerate(fold_probes(points, points.labels)):
            arrays[f"{name} {number}"] = _weights(fitted)
            arrays[f"asked {number}"] = asked[asked < len(labels)].astype("u4")
    arrays["draws"] = draws(len(labels)).astype("u1")
    kinds = np.unique(labels, return_inverse=True)[1]
    says = {"kinds": kinds.tolist(), "folds": FOLDS, "fours": {four: dict(of) for four, of in FOURS.items()}}
    return Given(arrays, says)


def _weights(fitted: Pipeline | None) -> np.ndarray:
    """(classes, d + 1) of a probe on embeddings as they are, the constant last."""
    assert fitted is not None  # each fold has several classes
    scaler, probe = fitted[0], fitted[-1]
    coefficients = probe.coef_ / scaler.scale_
    constant = probe.intercept_ - coefficients @ scaler.mean_
    return np.column_stack([coefficients, constant]).astype(np.float32)


def _names(recipe: Recipe) -> list[str]:
    return list(engine.batch_of(recipe.data).names)


#: lesson → what was made before, where it is more than embeddings
MADE: Mapping[str, str] = MappingProxyType(
    {"together": "what networks made of the images, with linear probes that were fitted to them"}
)
#: lesson → what its page is given
GIVEN: Mapping[str, Callable[[], Given]] = MappingProxyType(
    {
        "letting-go": _letting_go,
        "robust": _robust,
        "two-aims": _two_aims,
        "relation": _relation,
        "sure": _sure,
        "averaging": _averaging,
        "checkpoint": _checkpoint,
        "marginals": _marginals,
        "crowds": _crowds,
        "together": _together,
    }
)
