"""The temperature at which a batch's plan is as sure as it is right, and how sure it is at the recipe's own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gca_viz.errors import InputError
from gca_viz.experiments.effects.axes import AXES
from gca_viz.experiments.effects.ensembles import Ensembles, ensembles_of
from gca_viz.experiments.effects.sweep import cannot, partial_tables, plan_at
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.effects.words import number
from gca_viz.experiments.metrics.plans import EFFECT_READINGS
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.progress import ReportProgress
from gca_viz.transport import Calibration, calibration

#: what is followed over ε
READINGS_OVER_EPSILON = ("ece", "brier", "top1_rows")
#: temperatures tried, from below the slider's range, where many a balanced plan has its least error, to its end
_TRIED, _LOWEST = 53, 0.005
#: means that differ by less are called the same
_AS_SURE = 0.02


@dataclass(frozen=True, eq=False)
class Calibrated:
    """How sure the plans of one batch are, and how often right, over ε.

    Attributes:
        table: calibration error, Brier score and row top-1 over ε.
        own_epsilon: that of the recipe.
        own: calibration of the recipe's plan.
        epsilon: the calibrated one, of those tried; of equals the smallest.
        best: calibration of the plan there.
        ensembles: plans of several view pairs at both, where the recipe asks for more than one.
    """

    table: EffectTable
    own_epsilon: float
    own: Calibration
    epsilon: float
    best: Calibration
    ensembles: Ensembles | None = None

    @classmethod
    def of(cls, recipe: Recipe, table: EffectTable, progress: ReportProgress | None = None) -> Calibrated:
        """What a table, of which some is computed, comes to; ``progress`` tells of further view pairs."""
        epsilon = table.axes["eps"][int(np.nanargmin(table.mean("ece")))]
        own, best = (calibration(plan_at(recipe, place)) for place in ({}, {"eps": epsilon}))
        both = {"recipe": recipe.method.epsilon, "calibrated": epsilon}
        return cls(table, recipe.method.epsilon, own, epsilon, best, ensembles_of(recipe, both, progress))

    @property
    def at_end(self) -> bool:
        """Whether the least error is at an end of what was tried, so that it may be less beyond."""
        return self.epsilon in (self.table.axes["eps"][0], self.table.axes["eps"][-1])

    @property
    def plans(self) -> dict[str, tuple[float, Calibration]]:
        """What a plan is called → its ε and calibration; the recipe's first."""
        return {"recipe": (self.own_epsilon, self.own), "calibrated": (self.epsilon, self.best)}

    def frame(self) -> pd.DataFrame:
        """A row per plan and bin of confidence."""
        return pd.DataFrame(
            {
                "plan": name,
                "eps": epsilon,
                "above": b / of.bins,
                "to": (b + 1) / of.bins,
                "rows": int(of.rows[b]),
                "mean confidence": float(of.mean_confidence[b]),
                "share right": float(of.accuracy[b]),
            }
            for name, (epsilon, of) in self.plans.items()
            for b in range(of.bins)
        )


def calibrated_tables(recipe: Recipe, progress: ReportProgress | None = None) -> Iterator[EffectTable]:
    """The numbers over ε so far, again and again, on the recipe's own batch and views.

    Raises:
        InputError: a recipe without pairs or without ε, or one that cannot be computed.
    """
    if sentence := cannot(recipe, ("eps",)):
        raise InputError("a calibrated ε", sentence.removesuffix("."), "Choose another method", parameter="eps")
    calibration(plan_at(recipe, {}))  # one that has none says so before anything is solved
    return partial_tables(recipe, {"eps": tried_temperatures(recipe)}, READINGS_OVER_EPSILON, progress=progress)


def tried_temperatures(recipe: Recipe) -> tuple[float, ...]:
    """Those among which the calibrated one of a recipe is, ascending."""
    return AXES["eps"].values(recipe, _LOWEST, points=_TRIED)


def calibrate(recipe: Recipe, progress: ReportProgress | None = None) -> Calibrated:
    """The calibrated ε of a recipe's batch: the one of least calibration error among 53 from 0.005 to 2.

    ``calibrate(Recipe().with_values(method="ince")).epsilon``

    Args:
        recipe: of which only ε is changed.
        progress: called with the share done and what is being done; may raise to cancel.

    Raises:
        InputError: as :func:`calibrated_tables`.
    """
    report_progress, many = progress or (lambda share, what: None), recipe.effects.ensemble > 1
    tables = calibrated_tables(recipe, lambda share, what: report_progress(share / (1 + many), what))
    table = deque(tables, maxlen=1).pop()
    return Calibrated.of(recipe, table, lambda share, what: report_progress((1 + share) / 2, what))


def calibrated_sentence(found: Calibrated) -> str:
    """How sure and how right the recipe's plan is, and where the two agree best."""
    text = EFFECT_READINGS["ece"].text
    own, best = found.own, found.best
    sure, right = float(own.confidence.mean()), float(own.hit.mean())
    word = "" if abs(sure - right) < _AS_SURE else ", too sure" if sure > right else ", not sure enough"
    sentence = (
        f"At ε {number(found.own_epsilon)} rows are {text(sure)} sure of one column on average, and {text(right)} "
        f"of them are right{word}: the calibration error is {text(float(own.ece))}. The calibrated ε of this batch "
        f"is {number(found.epsilon)}, with {text(float(best.confidence.mean()))} sure, "
        f"{text(float(best.hit.mean()))} right and an error of {text(float(best.ece))}."
    )
    if found.at_end:
        sentence += " It is an end of the range that was tried; beyond it the error may be less."
    return sentence


def calibrated_caption(found: Calibrated) -> str:
    """How the ε was found, and how the figures are to be read."""
    values = found.table.axes["eps"]
    return (
        f"Found by computing the plan of this batch at {len(values)} values of ε from {number(values[0])} to "
        f"{number(values[-1])}, evenly spaced on a logarithmic axis, and taking that of the least error; nothing "
        "is trained, and another batch may have another. In the first figure rows lie in ten bins of confidence, "
        "the largest share that a row sends to one column, and the height is the share of them whose column is the "
        "partner: on the diagonal a plan is as sure as it is right, below it too sure, above it not sure enough. "
        "The area of a dot is the number of rows. In the second the error, the mean distance from the diagonal "
        "with each bin weighed by its rows, is drawn over ε. A uniform plan has next to no error and tells "
        "nothing, so look at the share that is right as well."
    )
