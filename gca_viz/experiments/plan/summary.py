"""What can be read off a plan of a batch: the row of numbers, and the sentence above the pictures."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gca_viz.geometry.plan_parts import pairing_of, target_of
from gca_viz.metric import percent
from gca_viz.transport import READINGS, Plan

#: what a page calls a plan, and the plan
Named = tuple[str, Plan]

#: why a plan has no numbers of pairs
NO_PAIRS = "This target closes the pair’s own cell, so that pair mass, top-1 and calibration are not defined here."
NO_PARTNERS = (
    "The columns are prototypes, nobody’s partner and of no class: pair mass, top-1, calibration and mass "
    "within classes are not defined here."
)
#: what the row of numbers shows, in its order
SHOWN = (
    "loss",
    "matched_share",
    "top1_rows",
    "top1_columns",
    "false_negative_mass",
    "same_domain_mass",
    "perplexity",
    "mass",
    "row_error",
    "column_error",
)


def readings(plan: Plan, labels: np.ndarray, domains: np.ndarray) -> dict[str, float]:
    """The row of numbers of a plan: name in ``READINGS`` → value; without those of pairs where pairs are closed.

    Args:
        plan: with target and pairing, as :func:`gca_viz.align` returns it.
        labels: class of each sample, (N,).
        domains: domain of each sample, (N,) or per view (2, N).
    """
    names = [name for name in SHOWN if defined(name, plan)]
    return {name: READINGS[name].of(plan, labels=labels, domains=domains) for name in names}


def defined(name: str, plan: Plan) -> bool:
    """Whether a number of ``READINGS`` has a meaning for a plan, whose columns may be no samples."""
    reading, paired = READINGS[name], pairing_of(plan).paired
    return not (reading.of_pairs and plan.without_pairs) and (paired or not reading.needs)


def remarks(plan: Plan, labels: np.ndarray, relax: float | None = None) -> list[str]:
    """Sentences that belong under the numbers of a plan: what has none, and what differs from sample to sample.

    Args:
        plan: with target and pairing.
        labels: class of each sample, (N,).
        relax: κ, where the target is relaxed.
    """
    found = [NO_PAIRS] * plan.pairs_forbidden + prototypes_said(plan)
    if relax is not None:
        left = strangers_left(plan, labels)
        share = (
            f"At κ = {relax:g}, {percent(left)} of the strangers of a class have left the target and are pushed."
        )
        found += ["No class has two samples here: nobody can leave the target." if np.isnan(left) else share]
    problem = plan.problem
    if isinstance(problem.epsilon, Tensor) and problem.epsilon.ndim:
        low, high = (float(end) for end in problem.epsilon.aminmax())
        found += [f"Each row has a temperature of its own, from {low:.3g} to {high:.3g}."]
    if problem.weighted:
        low, high = (float(end) for end in problem.mu.aminmax())
        found += [f"A row sends from {low:.3g} to {high:.3g}. {_tail(plan, labels)}".strip()]
    return found


def prototypes_said(plan: Plan) -> list[str]:
    """What is to be said of a plan whose columns are prototypes; nothing of another."""
    if pairing_of(plan).paired:
        return []
    target, count = target_of(plan), plan.problem.shape[1]
    if count == 1:
        return [
            NO_PARTNERS,
            "There is one prototype: all rows go there, and the loss is 0 whatever the embeddings.",
        ]
    alike = (plan.matrix.argmax(1) == target.argmax(1)).double().mean()
    used = torch.special.entr(target.double().sum(0) / target.double().sum()).sum().exp()
    return [
        NO_PARTNERS,
        f"{percent(alike)} of the rows send most to the prototype that their target wants most; the targets use "
        f"{float(used):.1f} of the {count}.",
    ]


def strangers_left(plan: Plan, labels: np.ndarray) -> float:
    """Share of the pairs of a class, but for those of a sample itself, that the target leaves out; NaN without."""
    pairing = pairing_of(plan)
    rows, columns = pairing.spread(labels, "labels")
    strangers = (rows[:, None] == columns) & ~pairing.same_sample_mask
    return float((target_of(plan)[strangers] == 0).double().mean())


def _tail(plan: Plan, labels: np.ndarray) -> str:
    """How often rows of the smaller classes are right, and those of the larger."""
    if plan.without_pairs:
        return ""
    _, place, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    of_rows = torch.from_numpy(sizes[place])[pairing_of(plan).row_sample.cpu()]
    small = of_rows <= of_rows.double().median()
    if small.all():
        return ""
    hits = plan.calibration().hit.cpu()
    return (
        f"Row top-1 is {percent(hits[small].mean())} in the smaller classes (up to {int(of_rows[small].max())} "
        f"samples) and {percent(hits[~small].mean())} in the larger."
    )


def small_text(plan: Plan) -> str:
    """What stands under a small picture of a plan."""
    if not pairing_of(plan).paired:
        return f"{plan.problem.shape[1]} prototypes"
    return "pairs closed" if plan.without_pairs else f"pair mass {percent(plan.matched_share)}"


def pair_text(plan: Plan) -> str:
    """How much of the mass is on the pairs, e.g. ``41 % of the mass on the pairs``."""
    if not pairing_of(plan).paired:
        return f"each row’s mass on {float(plan.perplexity):.1f} of {plan.problem.shape[1]} prototypes"
    if plan.without_pairs:
        return "no mass on the pairs, whose cells the target closes"
    return f"{percent(plan.matched_share)} of the mass on the pairs"


def moved_mass(plan: Plan, reference: Plan) -> float:
    """Share of the mass that lies elsewhere: half the L1 distance of the two plans, each of mass 1."""
    return float((plan.matrix / plan.mass - reference.matrix / reference.mass).abs().sum() / 2)


def column_spread(plan: Plan) -> float:
    """Standard deviation of the columns' mass over its mean: 0 if all columns receive the same."""
    mass = plan.column_mass
    return float(mass.std(correction=0) / mass.mean())


def column_text(plan: Plan) -> str:
    """What a column receives, mean and spread, e.g. ``1 ± 41 %``."""
    return f"{float(plan.column_mass.mean()):.2g} ± {percent(column_spread(plan))}"


def class_share(plan: Plan, labels: np.ndarray) -> float:
    """Share of the mass that stays within the classes, that of the pairs included; ``labels`` (N,)."""
    apart = READINGS["false_negative_mass"].of(plan, labels=labels)
    return apart if plan.without_pairs else apart + float(plan.matched_share)


def headline(first: Named, second: Named | None = None, *, labels: np.ndarray | None = None) -> str:
    """One sentence that says what the picture shows, from the numbers: of the changes, the one that is largest.

    Args:
        first: what a page calls the plan, and the plan.
        second: the same of the one beside it, if there is one.
        labels: class of each sample, (N,), where a partner is any of its class: the sentence is then of classes.
    """
    title, plan = first
    if second is None:
        if labels is not None:
            return f"{title} puts {percent(class_share(plan, labels))} of the mass within the classes"
        return f"{title} puts {pair_text(plan)}"
    other, reference = second
    further = _same_columns(reference)
    moved = moved_mass(plan, reference)
    if moved < 5e-4:
        return f"{title} and {other}{further} give the same plan here"
    whose = f"the mass of {other}{further}" if further else f"{other}’s mass"
    sentence = f"{title} moves {percent(moved)} of {whose}"
    if labels is not None:
        after, before = (percent(class_share(each, labels)) for each in (plan, reference))
        return f"{sentence}: {after} stays within the classes instead of {before}"
    if plan.without_pairs:
        return f"{sentence}; a column receives {column_text(plan)} instead of {column_text(reference)}"
    changes = [
        (reference.top1_rows, plan.top1_rows, "of the rows send most to their partner"),
        (reference.top1_columns, plan.top1_columns, "of the columns receive most from their partner"),
        (reference.matched_share, plan.matched_share, "of the mass is on the pairs"),
    ]
    was, now, what = max(changes, key=lambda change: abs(float(change[1] - change[0])))
    if abs(float(now - was)) < 0.01:
        return f"{sentence}; a column receives {column_text(plan)} instead of {column_text(reference)}"
    return f"{sentence}: {percent(now)} {what} instead of {percent(was)}"


def _same_columns(plan: Plan) -> str:
    """What is said of a plan beside another of the same further columns."""
    rows, columns = plan.problem.shape
    if not pairing_of(plan).paired:
        return " of the same prototypes"
    return " beside the same queue" if columns > rows else ""


def least_matched_pair(plan: Plan) -> tuple[int, int]:
    """The most interesting cell to look at, where a plan serves its target least.

    That is the row whose partner gets the smallest share of what the row sends, with that partner; where pairs are
    closed, the row of the largest loss with the column that its target wants most.
    """
    if plan.without_pairs:
        row = int(plan.loss_per_row.argmax())
        return row, int(target_of(plan)[row].argmax())
    partner = pairing_of(plan).partner
    share = plan.matrix.gather(1, partner[:, None]).squeeze(1) / plan.row_mass
    row = int(torch.nan_to_num(share, nan=torch.inf).argmin())
    return row, int(partner[row])
