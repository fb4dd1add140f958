"""Numbers that curves and maps can show: those of a plan, and some of plan, target and samples together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from gca_viz.geometry.plan_parts import pairing_of, target_of
from gca_viz.metric import Metric
from gca_viz.transport import READINGS

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from gca_viz.transport import Plan


@dataclass(frozen=True)
class Samples:
    """What is known of a batch beside its plan.

    Attributes:
        labels: (N,) class of each sample, (N + Q,) with those of a queue.
        domains: (2, N) domain of each sample in each view, likewise.
        second: (N, d) embeddings of view 2.
    """

    labels: np.ndarray
    domains: np.ndarray
    second: Tensor


def read(name: str, plan: Plan, samples: Samples) -> float:
    """The number of one plan, by its name in :data:`EFFECT_READINGS`."""
    known = {"labels": samples.labels, "domains": samples.domains, "samples": samples}
    return EFFECT_READINGS[name].of(plan, **known)


def batched(name: str) -> bool:
    """Whether :func:`gca_viz.sweep` reads it from many plans at once."""
    return name in READINGS


def class_vote(plan: Plan, samples: Samples) -> float:
    """Share of rows whose mass, the pair's left out, goes mostly to their own class.

    A nearest-neighbour vote in which the plan weighs the neighbours. Of equals the first class wins.
    """
    rows, columns = pairing_of(plan).spread(samples.labels, "labels")
    others = plan.matrix.masked_fill(pairing_of(plan).partner_mask, 0)
    others = others.masked_fill(columns < 0, 0)  # who has no label has no vote, and is not asked
    votes = others.new_zeros(len(rows), max(0, int(columns.max())) + 1).index_add_(1, columns.clamp_min(0), others)
    return float((votes.argmax(1) == rows)[rows >= 0].float().mean())


def compactness(plan: Plan, samples: Samples) -> float:
    """Mean distance within a class over that between classes, where the plan brings each row; NaN for one class.

    Each row of the cross layout goes to the mean of view 2 under its mass (barycentric projection), on the sphere.
    In the joint layout view 1 is mapped to view 2 by that part of the plan.
    """
    import torch  # the readings are described without it

    count = len(samples.second)
    first = count if pairing_of(plan).layout == "joint" else 0  # of view 2; behind it there may be a queue
    mass = plan.matrix[:count, first : first + count]
    z = torch.nn.functional.normalize(samples.second, dim=1)
    mapped = torch.nn.functional.normalize(mass @ z, dim=1)
    distance = torch.cdist(mapped, mapped, compute_mode="donot_use_mm_for_euclid_dist")
    labels = torch.as_tensor(samples.labels, device=distance.device)
    same, known = labels[:, None] == labels, (labels[:, None] >= 0) & (labels >= 0)
    off = ~torch.eye(count, dtype=torch.bool, device=distance.device)
    return float(distance[same & off & known].mean() / distance[~same & known].mean())


def target_class_mass(plan: Plan, samples: Samples) -> float:
    """Share of the target’s mass between different samples of one class."""
    rows, columns = pairing_of(plan).spread(samples.labels, "labels")
    return _target_share(plan, (rows[:, None] == columns) & ~pairing_of(plan).partner_mask)


def target_domain_mass(plan: Plan, samples: Samples) -> float:
    """Share of the target that stays within a domain, pairs included."""
    rows, columns = pairing_of(plan).spread(samples.domains, "domains")
    return _target_share(plan, rows[:, None] == columns)


def _target_share(plan: Plan, mask: Tensor) -> float:
    return float(target_of(plan).masked_fill(~mask, 0).sum() / target_of(plan).sum())


_OWN = (
    Metric(
        "class_vote",
        "Class vote",
        "share",
        "Share of rows whose mass, the pair’s left out, goes mostly to their own class: a nearest-neighbour "
        "vote in which the plan weighs the neighbours.",
        needs="samples",
        function=class_vote,
    ),
    Metric(
        "compactness",
        "Compactness under the plan",
        "",
        "Mean distance within a class over that between classes, where the plan maps view 1 in view 2 "
        "(barycentric projection); lower is tighter.",
        needs="samples",
        function=compactness,
    ),
    Metric(
        "target_class_mass",
        "Class mass of the target",
        "share",
        "Share of the target’s mass between different samples of one class.",
        needs="samples",
        function=target_class_mass,
    ),
    Metric(
        "target_domain_mass",
        "Domain mass of the target",
        "share",
        "Share of the target’s mass that stays within one domain, pairs included.",
        needs="samples",
        function=target_domain_mass,
    ),
)

#: name → number, in the order in which a form lists them
EFFECT_READINGS: Mapping[str, Metric] = MappingProxyType({**READINGS, **{metric.name: metric for metric in _OWN}})
