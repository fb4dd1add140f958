"""Corrupted pairs made on purpose: a known share of a batch is corrupted, so that one can ask who finds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from gca_viz.datasets import Selection, pick, supply
from gca_viz.embedding.embedding import Embeddings
from gca_viz.errors import InputError
from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.effects.square import as_unbalanced
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.effects import CORRUPTIONS, EffectsRecipe
from gca_viz.experiments.recipe.recipe import AUTO, DataRecipe, Inputs, MethodRecipe, Recipe, ViewsRecipe
from gca_viz.geometry.plan_parts import pairing_of
from gca_viz.progress import ReportProgress
from gca_viz.transport import Plan

#: what is said to find corrupted pairs, by being small → what a page calls it
SCORES = {"row_mass": "row mass", "pair_mass": "pair mass", "cosine": "cosine"}

#: how many pairs with the smallest numbers are named
_NOTABLE = 8


@dataclass(frozen=True, eq=False)
class Corrupted:
    """Embeddings of a batch of which some pairs are corrupted.

    Attributes:
        corruption: what was done to them.
        embeddings: of both views.
        mask: (N,) boolean, which pairs are corrupted.
        second: (N,) whose view 2 each sample has now; its own, unless partners were changed. N + k is image k of
            ``outside``.
        outside: images that are not in the batch, or None where none took part.
    """

    corruption: str
    embeddings: Embeddings
    mask: np.ndarray
    second: np.ndarray
    outside: DataRecipe | None = None


def corrupt(
    inputs: Inputs,
    corruption: str,
    share: float,
    *,
    progress: ReportProgress | None = None,
) -> Corrupted:
    """A batch in which a share of the pairs is corrupted; a larger share corrupts the same ones and more.

    ``"erase"``, ``"crop"`` and ``"brightness"`` make view 1 of a corrupted pair anew, as the extreme views of that
    name. ``"swap"`` hands view 2 on within the corrupted pairs, so that none keeps its partner: what is in the
    batch stays, and only who belongs to whom is wrong. ``"outside"`` puts view 2 of something that is not in the
    batch, drawn from where the batch was, in place of its own.

    Args:
        share: 0 … 0.9; rounded to whole pairs, and for ``"swap"`` to none or at least two.
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: images are to be changed where only embeddings were given, or too few are left outside the
            batch.
    """
    clean = engine.embeddings_of(inputs, progress=progress)
    count = len(clean.z1)
    order = np.random.default_rng(inputs.views.seed).permutation(count)
    number = round(share * count)
    if corruption == "swap" and number == 1:
        number = min(2, count)
    rows = torch.as_tensor(order[:number].copy(), device=clean.z1.device)
    mask = np.zeros(count, bool)
    mask[order[:number]] = True
    z1, z2, second, outside = clean.z1.clone(), clean.z2.clone(), np.arange(count), None
    if corruption == "swap":
        z2[rows] = clean.z2[rows.roll(1)]
        second[order[:number]] = np.roll(order[:number], 1)
    elif corruption == "outside" and number:
        outside = _outside(inputs.data, inputs.views.seed, number)
        z2[rows] = engine.embeddings_of(replace(inputs, data=outside), progress=progress).z2[:number]
        second[order[:number]] = count + np.arange(number)
    elif number:
        if engine.batch_of(inputs.data).embeddings is not None:
            raise InputError(
                f"{CORRUPTIONS[corruption]} of embeddings that were given",
                "there are no images to change",
                f"Choose “{CORRUPTIONS['swap']}” or “{CORRUPTIONS['outside']}”",
                parameter="corruption",
            )
        extreme = replace(inputs, views=ViewsRecipe(corruption, seed=inputs.views.seed))
        z1[rows] = engine.embeddings_of(extreme, progress=progress).z1[rows]
    return Corrupted(corruption, Embeddings(z1, z2), mask, second, outside)


def _outside(data: DataRecipe, seed: int, number: int) -> DataRecipe:
    """At least ``number`` images of what is not in the batch; the first ones are the same for every number."""
    batch, drawn_from = engine.batch_of(data), replace(data.selection, mode="random")
    if data.mode == "chosen":
        drawn_from = Selection(split="all")
    everything = pick(batch.dataset, replace(drawn_from, size=supply(batch.dataset, drawn_from)))
    # Another picture of what a pair shows would be no wrong partner.
    others = everything.indices[~np.isin(everything.identities, batch.identities)]
    if len(others) < number:
        raise InputError(
            f"{number} partners from outside the batch",
            f"{len(others)} images of what is not in the batch are left in this split and these classes",
            f"Use a smaller batch or share, another split, more classes, or “{CORRUPTIONS['swap']}”",
            parameter="corruption",
        )
    # As many as the batch has, so that their views, which are drawn together, do not depend on the share.
    chosen = np.random.default_rng(seed).permutation(others)[: len(batch)]
    return replace(data, mode="chosen", indices=tuple(chosen.tolist()))


@dataclass(frozen=True)
class Detection:
    """How well small numbers find the corrupted pairs of a batch.

    Attributes:
        penalties: λ₁ = λ₂ of each plan, (L,).
        auc: score → (seeds, L) area under the ROC curve; 0.5 is chance.
        curves: score → for each λ the false alarms and the hits of the first seed, (2, K) each.
        kept: (seeds, L) mass that the corrupted pairs' rows send, over that of the good ones'.
        notable_pairs: score → (L, up to 8) samples of the first seed with the smallest numbers, the smallest first.
        first: how the first seed's pairs were corrupted.
    """

    penalties: tuple[float, ...]
    auc: dict[str, np.ndarray]
    curves: dict[str, tuple[np.ndarray, ...]]
    kept: np.ndarray
    notable_pairs: dict[str, np.ndarray]
    first: Corrupted

    @property
    def corruption(self) -> str:
        """What was done to the corrupted pairs."""
        return self.first.corruption


def detect(
    recipe: Recipe, penalties: Sequence[float], seeds: int = 1, *, progress: ReportProgress | None = None
) -> Detection:
    """Whether the plans of GCA-UOT, and the cosine alone, find the pairs that ``recipe.effects`` corrupts.

    Args:
        recipe: the batch, ε, iterations and layout; its own λ and target play no part: pairs are what is judged.
        penalties: the values of λ₁ = λ₂.
        seeds: seeds of batch, views and corrupted pairs, counted from the recipe's.
        progress: as in :func:`corrupt`.

    Raises:
        InputError: no pair is corrupted, or every one; or as :func:`corrupt`.
    """
    report_progress = progress or (lambda share, what: None)
    found = []
    for number in range(seeds):
        seeded = recipe.with_values(seed=recipe.data.seed + number, viewseed=recipe.views.seed + number)

        def tell(share: float, what: str, number: int = number) -> None:
            report_progress((number + share) / seeds, what)

        tell(0.0, "Corrupting pairs")
        found.append(
            _detect(
                seeded.inputs,
                replace(as_unbalanced(recipe).method, lambda1=0.0, lambda2=0.0, target=AUTO, sample_by=AUTO),
                replace(
                    EffectsRecipe(),
                    corruption=recipe.effects.corruption,
                    corrupted_share=recipe.effects.corrupted_share,
                ),
                tuple(penalties),
                progress=tell,
            )
        )
    report_progress(1.0, "Done")
    return Detection(
        penalties=tuple(penalties),
        auc={score: np.stack([one.auc[score] for one in found]) for score in SCORES},
        curves=found[0].curves,
        kept=np.stack([one.kept for one in found]),
        notable_pairs=found[0].notable_pairs,
        first=found[0].corrupted,
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """What :class:`Detection` has of one seed."""

    corrupted: Corrupted
    auc: dict[str, np.ndarray]
    curves: dict[str, tuple[np.ndarray, ...]]
    kept: np.ndarray
    notable_pairs: dict[str, np.ndarray]


@cached(key=engine.key_of)
def _detect(
    inputs: Inputs,
    method: MethodRecipe,
    effects: EffectsRecipe,
    penalties: tuple[float, ...],
    *,
    progress: ReportProgress,
) -> _Found:
    """One seed."""
    from sklearn.metrics import roc_auc_score, roc_curve  # takes longer to import than a sweep to compute

    corrupted = corrupt(
        inputs,
        effects.corruption,
        effects.corrupted_share,
        progress=lambda s, what: progress(s / 2, what),
    )
    if corrupted.mask.all() or not corrupted.mask.any():
        raise InputError(
            f"{corrupted.mask.sum()} corrupted pairs of {len(corrupted.mask)}",
            "at least one pair must be corrupted, and one clean",
            "Change the share of corrupted pairs, or take a larger batch",
            parameter="corrupted_share",
        )
    auc = {score: np.empty(len(penalties)) for score in SCORES}
    curves: dict[str, list[np.ndarray]] = {score: [] for score in SCORES}
    kept = np.empty(len(penalties))
    least: dict[str, list[np.ndarray]] = {score: [] for score in SCORES}
    for index, penalty in enumerate(penalties):
        progress(0.5 + index / len(penalties) / 2, "Solving plans")
        plan = engine.plan_between(
            corrupted.embeddings, inputs, replace(method, lambda1=penalty, lambda2=penalty), trace=False
        )
        scores = _scores(plan)
        for score, values in scores.items():
            auc[score][index] = roc_auc_score(corrupted.mask, -values)
            curves[score].append(np.stack(roc_curve(corrupted.mask, -values)[:2]))
            least[score].append(values.argsort(kind="stable")[:_NOTABLE])
        kept[index] = scores["row_mass"][corrupted.mask].mean() / scores["row_mass"][~corrupted.mask].mean()
    return _Found(
        corrupted=corrupted,
        auc=auc,
        curves={score: tuple(of) for score, of in curves.items()},
        kept=kept,
        notable_pairs={score: np.stack(of) for score, of in least.items()},
    )


def _scores(plan: Plan) -> dict[str, np.ndarray]:
    """(N,) numbers of each pair; rows of hard constraints are told apart by no more than rounding, so it is cut."""
    count, partner = pairing_of(plan).samples, pairing_of(plan).partner
    if not pairing_of(plan).paired:
        raise InputError(
            "corrupted pairs of a plan whose columns are prototypes",
            "whether a pair is corrupted is read from the mass on it, and prototypes are nobody's partner",
            "Choose another method, e.g. 'gca-uot'",
            parameter="method",
        )
    pair = plan.matrix.gather(1, partner[:, None]).squeeze(1)[:count]
    cost = plan.cost.gather(1, partner[:, None]).squeeze(1)[:count]
    scores = {"row_mass": plan.row_mass[:count], "pair_mass": pair, "cosine": 1 - cost}
    return {score: np.round(values.double().cpu().numpy(), 6) for score, values in scores.items()}
