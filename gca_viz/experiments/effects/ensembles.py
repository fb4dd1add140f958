"""Several pairs of views of one batch, their plans pooled: surer, or more often right, than one pair?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from gca_viz.experiments.caching.cache import cached
from gca_viz.experiments.effects.sweep import plan_at
from gca_viz.experiments.effects.words import number
from gca_viz.experiments.plan import engine
from gca_viz.experiments.recipe.recipe import NOTHING, Recipe
from gca_viz.metric import percent
from gca_viz.progress import ReportProgress
from gca_viz.transport import Plan, ensemble
from gca_viz.transport.options import POOLS

#: what is read from an ensemble → what it is called
NUMBERS = {"ece": "Calibration error", "brier": "Brier score", "nll": "NLL, nats", "top1": "Row top-1"}
ENSEMBLES_CAPTION = (
    "Each pair of views has a plan of its own; the rows of these plans, each divided by its sum, are pooled. One "
    "pair: mean over the pairs. Brier score and NLL of the mean are never above those of its parts (Jensen’s "
    "inequality). The calibration error may be: averaging makes rows less sure and more often right, which helps a "
    "plan that was too sure and harms one that was calibrated. Left at the recipe’s ε, right at the calibrated "
    "one; dashed: one pair."
)
_SEEDS, _SAME = 2**31, 0.005


@dataclass(frozen=True)
class Pooled:
    """Numbers of some view pairs at one temperature, pooled in one way, by their names in :data:`NUMBERS`.

    Attributes:
        whole: of the pooled rows.
        alone: mean over the pairs.
    """

    whole: Mapping[str, float]
    alone: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Ensembles:
    """Plans of k view pairs at several temperatures, pooled in every way.

    Attributes:
        pool: the recipe's way.
        epsilons: name, such as ``"recipe"`` → ε.
        found: (its name, pool, number of pairs) → numbers of the first so many pairs.
    """

    pool: str
    epsilons: Mapping[str, float]
    found: Mapping[tuple[str, str, int], Pooled]

    @property
    def count(self) -> int:
        """k, the number of view pairs."""
        return max(pairs for _, _, pairs in self.found)

    def chosen(self, where: str) -> Pooled:
        """All pairs at one temperature, pooled in the recipe's way."""
        return self.found[where, self.pool, self.count]

    def frame(self) -> pd.DataFrame:
        """A row per temperature, pool and number of pairs."""
        return pd.DataFrame(
            {"plan": where, "eps": self.epsilons[where], "pool": pool, "pairs": pairs}
            | {**of.whole}
            | {f"{name}_of_one": value for name, value in of.alone.items()}
            for (where, pool, pairs), of in self.found.items()
        )


def ensembles_of(
    recipe: Recipe, epsilons: Mapping[str, float], progress: ReportProgress | None = None
) -> Ensembles | None:
    """The plans of a recipe under its view seed and those after it, pooled; None where it has one pair.

    Args:
        recipe: whose ``effects.ensemble`` says how many pairs.
        epsilons: name → temperature.
        progress: called with the share done and what is being done; may raise to cancel.
    """
    if recipe.effects.ensemble == 1:
        return None
    alone = replace(recipe, method=replace(recipe.method, reference=NOTHING))
    report_progress, found = progress or (lambda share, what: None), {}
    for place, (where, epsilon) in enumerate(epsilons.items()):

        def tell(share: float, what: str, place: int = place) -> None:
            report_progress((place + share) / len(epsilons), what)

        for (pool, pairs), numbers in _pooled_at(alone.with_values(eps=epsilon), progress=tell).items():
            found[where, pool, pairs] = numbers
    return Ensembles(recipe.effects.pool, dict(epsilons), found)


@cached(key=lambda recipe: engine.key_of(recipe.inputs, recipe.method, recipe.effects.ensemble))
def _pooled_at(recipe: Recipe, *, progress: ReportProgress) -> Mapping[tuple[str, int], Pooled]:
    """(pool, number of pairs) → numbers, at the recipe's temperature."""
    count, plans = recipe.effects.ensemble, list[Plan]()
    for pair in range(count):
        progress(0.95 * pair / count, f"View pair {pair + 1} of {count}")
        plans.append(plan_at(recipe.with_values(viewseed=(recipe.views.seed + pair) % _SEEDS), {}))
    found = {}
    for pool in POOLS:
        for pairs in range(1, count + 1):
            of = ensemble(plans[:pairs], pool)
            whole, alone = ({name: read(name) for name in NUMBERS} for read in (of.of_whole, of.of_parts))
            found[pool, pairs] = Pooled(whole, alone)
    return found


def ensembles_sentence(of: Ensembles) -> str:
    """What pooling does at each of the two temperatures, in computed sentences."""
    return " ".join(_at(of, where) for where in of.epsilons)


def _at(of: Ensembles, where: str) -> str:
    whole, alone = of.chosen(where).whole, of.chosen(where).alone
    word = "stays"
    if abs(whole["ece"] - alone["ece"]) > _SAME:
        word = "falls" if whole["ece"] < alone["ece"] else "rises"
    return (
        f"At ε {number(of.epsilons[where])} the calibration error of {of.count} view pairs ({of.pool}) {word} from "
        f"{percent(alone['ece'], 1)} of one to {percent(whole['ece'], 1)}, while {percent(whole['top1'], 1)} of "
        f"the rows are right in place of {percent(alone['top1'], 1)}."
    )
