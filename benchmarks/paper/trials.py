"""Trainings by the hundred: the trainer without its folder, and measures kept by what they were made of.

``gca-viz train --precision 32-true`` comes to the same numbers (a test holds it), with a checkpoint, a card and
curves each time.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from sklearn.metrics import roc_auc_score
from torch.nn import functional as F

from gca_viz import align
from gca_viz.datasets import Dataset
from gca_viz.experiments.train import TrainingRecipe
from gca_viz.experiments.train.course import clients_of, phases_of
from gca_viz.experiments.train.data import TrainingData, training_data
from gca_viz.experiments.train.feature_data import FeatureData, encoder_below
from gca_viz.experiments.train.learner import Learner
from gca_viz.experiments.train.training import Training
from gca_viz.geometry.metrics import probe

STORE = Path("runs") / "paper" / "trials.jsonl"
BELOW = "efficientnet-lite0"
UOT = (("lambda1", 1.0), ("lambda2", 1.0))
NEIGHBOURS = 20
#: what is told right or not of each held-out image
HITS = ("knn", "linear", "across", "domain")
#: measure of some of the held-out images → the hits that it counts
HITS_OF = {"tail": "knn", "head": "knn", "unseen": "across"}
#: before the domain that training does not see
WITHOUT = "without "
PROBED = 512  # training pairs in the batch on which a plan is asked which of them are wrong
#: what a cell trains unless it says otherwise: 128 images are enough for the plan to matter, and few for many steps
BASE = TrainingRecipe(
    on=BELOW, on_output="backbone", data="things", method="ince", batch_size=128, epochs=20, warmup_epochs=2
)


@dataclass(frozen=True)
class Trial:
    """One run and what is asked of it.

    Attributes:
        recipe: of the run, a head's or a network's.
        rows: which training images are taken: ``"all"``, ``"two classes"``, ``"long tail"``, or ``"without "`` and
            the name of a domain.
    """

    recipe: TrainingRecipe
    rows: str = "all"

    @property
    def key(self) -> str:
        """Identifies the run by all that decides it: recipe, images and the encoder below."""
        recipe = self.recipe
        images = training_data(recipe.data).content_id
        below = _below(recipe.on, recipe.on_output) if recipe.is_head else recipe.on
        of = recipe.to_dict(), self.rows, below, images
        return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()[:32]


def seeds(recipe: TrainingRecipe, count: int, rows: str = "all") -> list[Trial]:
    """The same cell with seeds from 0."""
    return [Trial(replace(recipe, seed=seed), rows) for seed in range(count)]


def results(
    trials: Iterable[Trial], wanted: Collection[str] = ("knn",), say: Callable[[str], None] = print
) -> Iterator[dict]:
    """What each trial measures, in order; each is trained once, and one that was stopped goes on with the next.

    Args:
        trials: what is trained.
        wanted: measures that are asked for; a trial that was kept without one of them is trained again.
        say: told of each that is trained.
    """
    known = _stored()
    with _opened() as file:
        for trial in trials:
            key = trial.key
            if not set(wanted) <= set(known.get(key, {})):
                known[key] = measured(trial, wanted)
                file.write(json.dumps({"key": key, "result": known[key]}) + "\n")
                file.flush()
                say(f"{trial.recipe.method} seed {trial.recipe.seed}: kNN {known[key]['knn']:.3f}")
            yield known[key]


def trained(trial: Trial) -> tuple[Learner, FeatureData | TrainingData]:
    """A head or a network after its training, and what it was trained on."""
    recipe = trial.recipe
    torch.manual_seed(recipe.seed)
    learner = Learner.of(recipe)
    data = _with_recipe(_data(recipe, trial.rows), recipe) if recipe.is_head else TrainingData(recipe)
    fabric = Fabric(accelerator="cpu", devices=1, precision="32-true")
    training = Training.of(fabric, learner, data)
    for epoch in range(1, 0 if recipe.method == "random" else data.epochs + 1):
        training.epoch(epoch)
        training.average(looks=False)
    learner.network.eval().requires_grad_(False)
    return learner, data


def measured(trial: Trial, wanted: Collection[str] = ()) -> dict:
    """Shares of held-out images that are told right, and which they are; the wrong pairs that a plan finds.

    Args:
        trial: trained here.
        wanted: measures that are asked for; of those that take long no others are made.
    """
    learner, data = trained(trial)
    z = F.normalize(data.embedded(learner.network)).numpy()
    hits = hits_of(z, data.dataset, {"knn", *(HITS_OF.get(name, name) for name in wanted)})
    found: dict = {name: float(np.mean(right)) for name, right in hits.items()}
    for name in set(wanted) & set(HITS_OF):
        found[name] = float(hits[HITS_OF[name]][counted(name, trial.rows, data.dataset)].mean())
    found["hits"] = {name: np.packbits(right).tobytes().hex() for name, right in hits.items()}
    held_out, labels = z[data.dataset.held_out], data.dataset.labels[data.dataset.held_out]
    found["compactness"], found["within"] = compactness(held_out, labels), within(held_out, labels)
    if trial.recipe.wrong_pairs:
        found |= detection(learner, data)
    return found


def hits_of(z: np.ndarray, dataset: Dataset, names: Collection[str] = HITS) -> dict[str, np.ndarray]:
    """Measure → for each held-out image whether it is told right.

    Args:
        z: (N, d) embeddings of all images, on the sphere.
        dataset: of these.
        names: which of :data:`HITS`; others are left out.

    Returns:
        ``knn`` and ``linear`` by training images, ``across``: nearest neighbours of its class among the training
        images of all *other* domains; ``domain``: the domain, by a linear probe.
    """
    labels, domains, test = dataset.labels, dataset.domains, dataset.held_out
    cosine = z[test] @ z[~test].T
    votes = np.eye(int(labels.max()) + 1)[labels[~test]]
    elsewhere = domains[test][:, None] != domains[~test]

    def probed(of: np.ndarray) -> np.ndarray:
        return probe().fit(z[~test], of[~test]).predict(z[test]) == of[test]

    found = {
        "knn": lambda: vote(cosine, votes) == labels[test],
        "linear": lambda: probed(labels),
        "across": lambda: vote(np.where(elsewhere, cosine, -np.inf), votes) == labels[test],
        "domain": lambda: probed(domains),
    }
    return {name: made() for name, made in found.items() if name in names}


def counted(measure: str, rows: str, dataset: Dataset) -> np.ndarray:
    """Which of the held-out images a measure counts: bool, one of each.

    Args:
        measure: ``"tail"``: those of the half of the classes that has fewest training images; ``"head"``: the
            others; ``"unseen"``: those of the domain that training did not see; any other: all.
        rows: of the trial.
        dataset: of these images.
    """
    test = dataset.held_out
    if measure in ("tail", "head"):
        order = _by_size(dataset.labels[~test])
        return np.isin(dataset.labels[test], order[: len(order) // 2]) != (measure == "tail")
    if measure == "unseen":
        return dataset.domains[test] == dataset.domain_names.index(rows.removeprefix(WITHOUT))
    return np.ones(int(test.sum()), bool)


def vote(cosine: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """The class that the nearest of each row vote for, each with exp(cosine / 0.1) (Wu et al., CVPR 2018)."""
    nearest = np.argpartition(-cosine, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    weights = np.exp(np.take_along_axis(cosine, nearest, 1) / 0.1)
    return np.einsum("ik,ikc->ic", weights, votes[nearest]).argmax(1)


def compactness(z: np.ndarray, labels: np.ndarray) -> float:
    """Mean distance within classes over that between them, of points on the sphere."""
    distance = np.sqrt(np.clip(2 - 2 * z @ z.T, 0, None))
    same = labels[:, None] == labels
    return float(distance[same & ~np.eye(len(z), dtype=bool)].mean() / distance[~same].mean())


def within(z: np.ndarray, labels: np.ndarray) -> float:
    """Mean cosine of two points of one class, on the sphere: 1 where every class is one point."""
    same = (labels[:, None] == labels) & ~np.eye(len(z), dtype=bool)
    return float((z @ z.T)[same].mean())


def detection(learner: Learner, data: FeatureData | TrainingData) -> dict[str, float]:
    """How well the plan of what was trained tells wrong pairs from right ones, as areas under the ROC curve.

    The plan is that of the recipe if it is GCA-UOT's, else that of GCA-UOT with λ = 0.2.
    """
    recipe = data.recipe
    rows = data.rows[torch.randperm(len(data.rows), generator=torch.Generator().manual_seed(recipe.seed))][:PROBED]
    z1, z2 = learner.network(*learner.inputs(data.step(rows, 1, 0))).float().chunk(2)
    wrong = (data.second[rows] != rows).numpy()
    own = recipe.composition if recipe.method == "gca-uot" else {"lambda1": 0.2, "lambda2": 0.2}
    plan = align(z1, z2, "gca-uot", epsilon=recipe.epsilon, trace=False, **own)
    scores = {"row mass": plan.row_mass, "pair mass": plan.matrix.diagonal(), "cosine": -plan.cost.diagonal()}
    return {f"AUC {name}": float(roc_auc_score(wrong, -score.numpy())) for name, score in scores.items()}


@lru_cache(maxsize=4)
def _below(name: str, output: str) -> str:
    return encoder_below(replace(BASE, on=name, on_output=output)).content_id


def _data(recipe: TrainingRecipe, rows: str) -> FeatureData:
    """What is trained on, but for what seed and method decide."""
    shared = ("on", "on_output", "data", "views", "strength", "embedded_views", "away_from")
    return _loaded(TrainingRecipe(batch_size=2, **{name: getattr(recipe, name) for name in shared}), rows)


@lru_cache(maxsize=8)
def _loaded(recipe: TrainingRecipe, rows: str) -> FeatureData:
    found = FeatureData(recipe, encoder_below(recipe))
    labels, domains = (of[found.rows] for of in (found.dataset.labels, found.dataset.domains))
    if rows.startswith(WITHOUT):
        kept = domains != found.dataset.domain_names.index(rows.removeprefix(WITHOUT))
    else:
        kept = taken(labels, rows)
    found.rows = found.rows[torch.from_numpy(kept)]
    return found


def taken(labels: np.ndarray, rows: str) -> np.ndarray:
    """Which training images stay: all, those of the two largest classes, or half as many of each next class."""
    if rows == "all":
        return np.ones(len(labels), bool)
    order = _by_size(labels)
    if rows == "two classes":
        return np.isin(labels, order[:2])
    kept = np.zeros(len(labels), bool)
    for place, label in enumerate(order):
        members = np.flatnonzero(labels == label)
        kept[members[: max(4, round(len(members) / 2**place))]] = True
    return kept


def _by_size(labels: np.ndarray) -> np.ndarray:
    """The classes, the largest first."""
    return np.argsort(-np.bincount(labels), kind="stable")


def images_of(rows: str) -> int:
    """How many training images of `things` that takes."""
    dataset = training_data(BASE.data)
    return int(taken(dataset.labels[~dataset.held_out], rows).sum())


def _with_recipe(data: FeatureData, recipe: TrainingRecipe) -> FeatureData:
    """The same features under another recipe of the same views: its batches, its seed and its wrong pairs."""
    own = copy.copy(data)
    own.recipe = recipe
    own.steps = len(own.rows) // recipe.batch_size
    own.second = own.wrong_partners()
    own.clients, own.phases = (of(recipe, own.dataset, own.rows) for of in (clients_of, phases_of))
    return own


def _stored() -> dict[str, dict]:
    if not STORE.exists():
        return {}
    lines = (json.loads(line) for line in STORE.read_text("utf-8").splitlines() if line.endswith("}"))
    return {line["key"]: line["result"] for line in lines}


def _opened():
    STORE.parent.mkdir(parents=True, exist_ok=True)
    if STORE.exists() and not STORE.read_bytes().endswith(b"\n"):  # a stop cut its last line
        with STORE.open("a", encoding="utf-8") as file:
            file.write("\n")
    return STORE.open("a", encoding="utf-8")
