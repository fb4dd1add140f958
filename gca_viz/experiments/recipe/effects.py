"""What the page of parameter effects looks at, as fields of the recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gca_viz.experiments.metrics.plans import EFFECT_READINGS
from gca_viz.experiments.recipe.field import NOTHING, Checked, described
from gca_viz.settings.parameter import Choice, Parameter
from gca_viz.transport.options import POOLS

#: names of what can be swept; ``axes.AXES`` says how
AXIS_NAMES = (
    "eps",
    "tau1",
    "tau2",
    "lambda1",
    "lambda2",
    "lambdas",
    "iterations",
    "q",
    "lam",
    "hardness",
    "alpha",
    "beta",
    "gap",
    "strength",
    "m",
    "n",
    "queue",
    "prototypes",
    "corrupted_share",
)
#: of scripts and links: name of before → that of today
AXIS_SYNONYMS = {"bad": "corrupted_share"}
#: what can be done to a pair, the images' own kinds first
CORRUPTIONS = {
    "erase": "large erase",
    "crop": "strong crop",
    "brightness": "brightness",
    "swap": "wrong partner",
    "outside": "partner from outside",
}
#: a bound that the axis chooses itself
OWN = -1.0

READING = Choice(
    "reading",
    "Metric",
    tuple(EFFECT_READINGS),
    "matched_share",
    "Metric that is computed from each plan and drawn.",
)
READING2 = Choice(
    "reading2", "Second metric", (NOTHING, *EFFECT_READINGS), NOTHING, "Second metric, drawn beside the first."
)
AXIS = Choice("axis", "Sweep of", AXIS_NAMES, "eps", "Parameter that is swept; all others stay as in the recipe.")
AXIS2 = Choice(
    "axis2", "and of", (NOTHING, *AXIS_NAMES), NOTHING, "Second parameter; with it the sweep is a map, not a curve."
)
POINTS = Parameter(
    "points", "", "Points", 11, 2, 41, 2, 41, integer=True, help="Number of values along each axis, ends included."
)
LOW = Parameter(
    "low", "", "From", OWN, -1, 1e6, -1, 10, help="First value of the first axis; -1 takes its usual range."
)
HIGH = replace(LOW, name="high", label="To", help="Last value of the first axis; -1 takes its usual range.")
LOW2 = replace(LOW, name="low2", label="From (second)", help="First value of the second axis, likewise.")
HIGH2 = replace(LOW, name="high2", label="To (second)", help="Last value of the second axis, likewise.")
SEEDS = Parameter(
    "seeds",
    "",
    "Seeds",
    3,
    1,
    20,
    1,
    20,
    integer=True,
    help="Number of seeds of batch and views; the line is their mean, the band goes from the lowest to the "
    "highest.",
)
SHOWN_AS = Choice(
    "shown_as",
    "Show",
    ("value", "difference"),
    "value",
    "On a map: the metric itself, or its difference from that of the recipe.",
)
CORRUPTION = Choice(
    "corruption",
    "Corruption",
    tuple(CORRUPTIONS),
    "erase",
    "What is done to a corrupted pair: its view 1 is changed, or its view 2 is that of another corrupted pair or "
    "of a sample from outside the batch.",
)
CORRUPTED_SHARE = Parameter(
    "corrupted_share",
    "",
    "Share of corrupted pairs",
    0.2,
    0.0,
    0.9,
    0.0,
    0.9,
    help="Share of the pairs that are corrupted.",
)
ENSEMBLE = Parameter(
    "ensemble",
    "k",
    "View pairs averaged",
    1,
    1,
    16,
    1,
    8,
    integer=True,
    help="Number of pairs of views of each sample, k: those of the view seed and of the seeds after it. Each has a "
    "plan, and the plans are pooled.",
)
POOL = Choice(
    "pool",
    "Pooled by",
    tuple(POOLS),
    "mean",
    "How the plans of several view pairs become one prediction.",
)


@dataclass(frozen=True)
class EffectsRecipe(Checked):
    """Which number is followed while which parameter changes, and how pairs are corrupted."""

    reading: str = described(READING, "reading")
    reading2: str = described(READING2, "reading2")
    axis: str = described(AXIS, "axis")
    axis2: str = described(AXIS2, "axis2")
    points: int = described(POINTS, "points")
    low: float = described(LOW, "low")
    high: float = described(HIGH, "high")
    low2: float = described(LOW2, "low2")
    high2: float = described(HIGH2, "high2")
    seeds: int = described(SEEDS, "seeds")
    shown_as: str = described(SHOWN_AS, "shown")
    corruption: str = described(CORRUPTION, "bad")
    corrupted_share: float = described(CORRUPTED_SHARE, "badshare")
    ensemble: int = described(ENSEMBLE, "ensemble")
    pool: str = described(POOL, "pool")

    @property
    def readings(self) -> tuple[str, ...]:
        """The names of what is drawn, one or two."""
        return (self.reading,) if self.reading2 in (NOTHING, self.reading) else (self.reading, self.reading2)

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of what is swept, one or two."""
        return (self.axis,) if self.axis2 in (NOTHING, self.axis) else (self.axis, self.axis2)


def own_range(new: EffectsRecipe, old: EffectsRecipe) -> EffectsRecipe:
    """The new choice without bounds that meant another axis."""
    if new.axis != old.axis and (new.low, new.high) == (old.low, old.high):
        new = replace(new, low=OWN, high=OWN)
    if new.axis2 != old.axis2 and (new.low2, new.high2) == (old.low2, old.high2):
        new = replace(new, low2=OWN, high2=OWN)
    return new
