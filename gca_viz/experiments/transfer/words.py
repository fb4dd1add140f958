"""Two sets in sentences, computed from their numbers."""

from __future__ import annotations

import math

from gca_viz.experiments.transfer.result import WAYS, TransferResult
from gca_viz.metric import percent


def headline(found: TransferResult) -> str:
    """How many classes the plan hands on rightly, and whether that is more than neighbours do."""
    start = f"From {found.sets.source.label} to {found.sets.receiver.label}"
    plan, best = found.ways["sinkhorn"].accuracy, found.best_neighbours
    if math.isnan(plan.value):
        return f"{start}: classes handed on, of which none can be checked"
    other = found.ways[best].accuracy
    verdict = "not told apart"
    if found.gain.low > 0 or found.gain.high < 0:
        verdict = "more" if found.gain.low > 0 else "fewer"
    name = WAYS[best][0].lower() + WAYS[best][1:]
    return (
        f"{start} the balanced plan hands {percent(plan.value)} of the classes on rightly, "
        f"{'the ' if best == 'knn1' else ''}{name} {percent(other.value)}: {verdict}"
    )


def distance_sentence(found: TransferResult) -> str:
    """How far apart the two sets are, beside what chance alone shows."""
    by_chance = f"; two random halves of {found.sets.source.label} are {found.by_chance:.2f} apart"
    return (
        f"The set distance of {found.sets.source.label} ({len(found.lent)} images) and {found.sets.receiver.label} "
        f"({len(found.truth)}) at ε {found.recipe.method.epsilon:.3g} is {found.distance:.2f}"
        f"{'' if math.isnan(found.by_chance) else by_chance}, so much differs between other images of one kind."
    )


def caption(found: TransferResult) -> str:
    """What the numbers are, and how the intervals came about."""
    return (
        "Sinkhorn’s plan holds the sum of every row and every column, so that each image hands on, and receives, "
        "the same mass; the row soft-max holds what is handed on only; a neighbour is nearest by cosine. A column "
        "gets the class from which it receives most. Balanced accuracy is the mean over classes. Intervals: 95 % "
        f"over {int((found.truth >= 0).sum())} images with a known class, resampled; chance is the commonest "
        "class. Images as they are; views and method play no part."
    )


def distance_caption() -> str:
    """What the heat map shows."""
    return (
        "Sinkhorn divergence between all groups: 0 for one and the same set, larger for sets further apart. Small "
        "sets are further apart than large ones of the same kind, most of all at a small ε."
    )
