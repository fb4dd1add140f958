"""What the trainings of encoders noted in their cards beside the loss: accuracies by domain, forgetting, drift."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gca_viz.encoders import bundled_card, uploads
from gca_viz.experiments.compare.candidates import Candidate
from gca_viz.metric import Estimate
from gca_viz.uploads import is_upload

#: name in a card → what it is called
NOTED: Mapping[str, str] = MappingProxyType(
    {
        "forgetting": "Forgetting",
        "client_distance": "Client drift, distance of weights",
        "client_cka": "Client drift, CKA",
        "away_cka": "CKA to stay away from",
    }
)
_BY_DOMAIN = "knn_class_by_domain"


@dataclass(frozen=True)
class Noted:
    """One reading over the epochs of a run.

    Attributes:
        title: what it is called.
        estimates: of each epoch; NaN where it was not noted, or has no interval.
        of_domain: whether it is an accuracy of one domain, to be drawn on the scale of the others.
    """

    title: str
    estimates: tuple[Estimate, ...]
    of_domain: bool = False

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers alone."""
        return tuple(estimate.value for estimate in self.estimates)


def noted(candidates: Sequence[Candidate]) -> list[Noted]:
    """What the cards of a run's checkpoints tell of its training; empty where they tell nothing.

    Args:
        candidates: the checkpoints in order.
    """
    cards = [readings_of(candidate.encoder.name) for candidate in candidates]
    domains = dict.fromkeys(name for card in cards for name in _part(card, _BY_DOMAIN))
    found = [
        Noted(f"kNN class, {name}", tuple(estimate_in(_part(card, _BY_DOMAIN), name) for card in cards), True)
        for name in domains
    ]
    found += [Noted(title, tuple(estimate_in(card, name) for card in cards)) for name, title in NOTED.items()]
    return [reading for reading in found if not all(map(math.isnan, reading.values))]


def readings_of(name: str) -> Mapping[str, Any]:
    """What the card of an encoder says of its training beside loss and speed; empty where it has none."""
    if not is_upload(name):
        return _part(bundled_card(name), "readings")
    return _part(getattr(uploads.model_of(name), "card", {}), "readings")  # models of other libraries have none


def _part(card: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a card, which a user may have written."""
    found = card.get(name)
    return found if isinstance(found, Mapping) else {}


def estimate_in(card: Mapping[str, Any], name: str, ending: str = "") -> Estimate:
    """A number of a card with its interval; NaN where it has none.

    Args:
        card: a part of one.
        name: of the number; ``name_low`` and ``name_high`` are the ends of its interval.
        ending: behind all three.
    """
    value, low, high = (_number(card.get(f"{part}{ending}")) for part in (name, f"{name}_low", f"{name}_high"))
    return Estimate(value, low, high)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
