"""What the lessons compute: small batches of real images, and the facts that a lesson is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gca_viz.embedding.embedding import Embeddings
from gca_viz.encoders import bundled_runs
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.together import Gain
from gca_viz.experiments.effects.noise import Corrupted, corrupt
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.transfer.result import TransferResult
from gca_viz.geometry.metrics import alignment, uniformity
from gca_viz.geometry.probes import hits, probe_shares
from gca_viz.transport import Ensemble, Plan, align, ensemble, forces
from gca_viz.transport.parameters import LAM

#: Ten photographs, two of each of five classes, and a drawing of the same thing each. As EfficientNet-Lite0 sees
#: them, the sheep and the igloo send most to the owl after half a step, and to their partners at the limit.
#: None is of Tux Paint's, whose photographs may be left out of the bundled data.
SMALL = Recipe().with_values(
    data="things",
    by="chosen",
    images=(662, 665, 683, 695, 730, 732, 747, 752, 802, 823),
    views="cross-style",
    encoder="efficientnet-lite0-224",
    method="gca-ince",
    vs="ince",
    iterations=50,
)
#: photographs of which a quarter is corrupted
NOISY = Recipe().with_values(
    data="things",
    domains=("photo",),
    n=24,
    encoder="efficientnet-lite0",
    method="gca-uot",
    vs="gca-ince",
    badshare=0.25,
    bad="erase",
)
#: four things, two of them birds, as photograph, clip art and sketch
STYLES = Recipe().with_values(
    data="things",
    by="chosen",
    images=(665, 19, 376, 662, 4, 371, 747, 286, 443, 823, 330, 461),
    views="none",
    encoder="efficientnet-lite0-224",
    method="gca-ince",
    vs="ince",
    order="identity",
)
#: enough to measure an encoder; which one is up to the lesson
MANY = Recipe().with_values(data="things", n=200, views="none")
#: 48 photographs of seven classes, of which the largest has 16 and two have 2; their classes weigh them
TAIL = Recipe().with_values(
    data="things",
    by="chosen",
    images=(
        *(667, 669, 671, 690, 694, 698, 699, 701, 705, 706, 707, 709, 724, 727, 732, 733, 735, 736, 738, 742, 744),
        *(746, 748, 750, 753, 756, 761, 762, 768, 774, 775, 776, 778, 779, 780, 781, 783, 787, 788, 795, 796, 797),
        *(798, 799, 805, 807, 811, 820),
    ),
    encoder="efficientnet-lite0",
    vs="none",
    eps=0.2,
    sample_by="class",
    gamma=0.0,
)
#: photographs whose classes are known, and sketches that receive classes
CROWDS = Recipe().with_values(
    data="things", n=64, encoder="efficientnet-lite0-224", eps=0.02, **{"from": "photo", "to": "sketch"}
)
#: for the bundled run, which was trained on emoji
RUN_IMAGES = Recipe().with_values(n=128)
RUN = "ince"


def plan_of(recipe: Recipe) -> Plan:
    """The plan of a recipe, cached."""
    return engine.plan_of(recipe.inputs, recipe.method)


def twice_as_far(plan: Plan, most: float = 0.65) -> tuple[int, int, int]:
    """A row and two of its columns, of which the second costs as nearly as possible twice the first.

    Args:
        plan: in the cross layout, with at least two columns.
        most: what the nearer one may cost; where none is so near, any may be taken.
    """
    cost = plan.cost.double()
    off = (cost[:, None, :] / cost[:, :, None] / 2).log().abs()  # row, nearer, farther
    near_enough = cost <= max(most, float(cost.min()))
    off[~near_enough[:, :, None].expand_as(off)] = torch.inf
    row, nearer, farther = np.unravel_index(int(off.argmin()), off.shape)
    return int(row), int(nearer), int(farther)


def lost_by_sample(plan: Plan, step: int) -> Tensor:
    """(N,) True for samples whose own pair has less mass at a half step than after the first one."""
    return plan.at(step).log_matrix.diagonal() < plan.at(1).log_matrix.diagonal() - 1e-6


def rises(values: Tensor, tolerance: float = 1e-5) -> int:
    """How many steps of a sequence go up by more than rounding."""
    return int((values.diff() > tolerance).sum())


@cached
def corrupted_batch(recipe: Recipe) -> Corrupted:
    """The embeddings of a recipe with its share of corrupted pairs."""
    return corrupt(recipe.inputs, recipe.effects.corruption, recipe.effects.corrupted_share)


def plan_on(embeddings: Embeddings, recipe: Recipe) -> Plan:
    """The plan of a recipe between embeddings of its batch, whatever was done to them."""
    return engine.plan_between(embeddings, recipe.inputs, recipe.method)


@dataclass(frozen=True, eq=False)
class Pulls:
    """How hard the robust loss pulls each pair together.

    Attributes:
        cosine: (N,) of the pairs, as they are told to the loss.
        pull: (N,) force between the two of a pair, in units of the mean.
        wrong: (N,) boolean, pairs that do not belong together.
    """

    cosine: np.ndarray
    pull: np.ndarray
    wrong: np.ndarray

    @cached_property
    def ratio(self) -> float:
        """Mean pull of a wrong pair over that of a right one."""
        return float(self.pull[self.wrong].mean() / self.pull[~self.wrong].mean())


@cached
def pulls(recipe: Recipe, q: float) -> Pulls:
    """The pulls of RINCE at ``q`` on a batch with corrupted pairs."""
    corrupted = corrupted_batch(recipe)
    z1, z2 = corrupted.embeddings.z1, corrupted.embeddings.z2
    plan = align(z1, z2, "rince", q=q, lam=LAM.default, epsilon=recipe.method.epsilon)
    pull = forces(plan).pairs.diagonal().clamp_min(0).double().cpu().numpy()
    return Pulls(1 - plan.cost.diagonal().cpu().numpy(), pull / pull.mean(), corrupted.mask)


@dataclass(frozen=True)
class Epoch:
    """Two numbers of an encoder, on the sphere.

    Attributes:
        number: epochs trained.
        alignment: mean squared distance of partners, 0 … 4.
        uniformity: mean of both views, ≤ 0; 0 if all points coincide.
    """

    number: int
    alignment: float
    uniformity: float


@cached
def epochs(recipe: Recipe) -> tuple[Epoch, ...]:
    """The bundled run, epoch by epoch, measured on one batch."""
    found = []
    for number, name in bundled_runs()[RUN].items():
        z = engine.embeddings_of(recipe.with_values(encoder=name).inputs)
        found.append(Epoch(number, alignment(z.z1, z.z2), (uniformity(z.z1) + uniformity(z.z2)) / 2))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Who is nearest to whom for an encoder.

    Attributes:
        order: (N, N − 1) for each image the others, nearest first, by the cosine of view 1.
        same: (N, N − 1) boolean, whether they are of its class.
        chance: share of couples of different images that are of one class.
    """

    order: np.ndarray
    same: np.ndarray
    chance: float

    @property
    def first(self) -> float:
        """Share of images whose nearest other is of their class."""
        return float(self.same[:, 0].mean())


@cached
def neighbours(recipe: Recipe) -> Neighbours:
    """The neighbours of a recipe's images in its encoder."""
    labels = engine.batch_of(recipe.data).labels
    z = F.normalize(engine.embeddings_of(recipe.inputs).z1, dim=1)
    cosine = (z @ z.T).fill_diagonal_(-torch.inf)
    order = cosine.argsort(dim=1, descending=True, stable=True)[:, :-1].cpu().numpy()
    same = labels[order] == labels[:, None]
    return Neighbours(order, same, float(same.mean()))


@dataclass(frozen=True, eq=False)
class Members:
    """What linear probes on several encoders know of the classes of one batch, each alone and all together.

    Attributes:
        right: (members, N) boolean, whether the probe on a member, which never saw the image, knows its class.
        together: (N,) the same of the mean of their probabilities.
        gain: together over the best alone.
        alike: mean linear CKA of two of them.
    """

    right: np.ndarray
    together: np.ndarray
    gain: Gain
    alike: float

    @property
    def missed(self) -> np.ndarray:
        """(N,) boolean, images that no member knows."""
        missed: np.ndarray = np.asarray(~self.right.any(0))
        return missed


@cached
def members_of(recipe: Recipe) -> Members:
    """The members that a recipe compares, A first; its images are seen as they are."""
    results = steps.results_of(recipe, candidates_of(recipe))
    points, n = [member.points for member in results.members], len(engine.batch_of(recipe.data))
    shares = np.stack([probe_shares(of, of.labels) for of in points])
    right = np.stack([hits(of, points[0].labels)[:n] for of in (*shares, shares.mean(0))])
    cka = steps.alike_of(results)["cka"].to_numpy()
    return Members(
        right[:-1],
        right[-1],
        steps.together_of(results).gains["probe"],
        float(cka[np.triu_indices(len(cka), 1)].mean()),
    )


def several_pairs(recipe: Recipe, pool: str) -> Ensemble:
    """The plans of as many pairs of views as a recipe asks for, that of its view seed and the next ones, pooled."""
    seeds = range(recipe.views.seed, recipe.views.seed + recipe.effects.ensemble)
    return ensemble([plan_of(recipe.with_values(viewseed=seed)) for seed in seeds], pool)


def mass_by_class(plan: Plan, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the rows of each class send: (classes,) those that send most to their partner, and the others.

    Args:
        plan: in the cross layout.
        labels: (N,) of its samples; classes in the order of ``np.unique``.
    """
    right, sent = plan.calibration().hit.cpu().numpy() == 1, plan.row_mass.cpu().numpy()
    members = labels == np.unique(labels)[:, None]
    return members @ (sent * right), members @ (sent * ~right)


def nearest_of(found: TransferResult) -> np.ndarray:
    """(M,) the image of the first set that is nearest to each of the second, by cosine."""
    first, second = (
        F.normalize(engine.embeddings_of(group.inputs(found.recipe)).z1, dim=1)
        for group in (found.sets.source, found.sets.receiver)
    )
    return (first @ second.T).argmax(0).cpu().numpy()
