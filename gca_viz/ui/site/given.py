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

from gca_viz.encoders import bundled_runs
from gca_viz.experiments.effects.calibrated import tried_temperatures
from gca_viz.experiments.effects.noise import Corrupted
from gca_viz.experiments.lessons import NOISY, RUN, RUN_IMAGES, SMALL, corrupted_batch, plan_of, plan_on
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import CORRUPTIONS
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.report.effects_parts import pair_names, pair_pictures
from gca_viz.transport.parameters import LAM
from gca_viz.transport.problem.cost import cosine_cost
from gca_viz.ui.elements.shared.wire import Blob, pack
from gca_viz.ui.pages.learn.lessons.averaging import PAIRS

_SIDE = 84  # CSS pixels of a picture


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

    Attributes:
        addresses: data addresses, in the order of their coming.
    """

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def place(self, image: np.ndarray) -> int:
        """Where among the addresses an image stands, uint8 H × W × 3."""
        small, buffer = Image.fromarray(image), io.BytesIO()
        small.thumbnail((2 * _SIDE, 2 * _SIDE))
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


def _names(recipe: Recipe) -> list[str]:
    return list(engine.batch_of(recipe.data).names)


#: lesson → what its page is given
GIVEN: Mapping[str, Callable[[], Given]] = MappingProxyType(
    {
        "letting-go": _letting_go,
        "robust": _robust,
        "two-aims": _two_aims,
        "relation": _relation,
        "sure": _sure,
        "averaging": _averaging,
    }
)
