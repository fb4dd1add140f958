"""What the page Compare checkpoints lays beside each other, as fields of the recipe."""

from __future__ import annotations

from dataclasses import dataclass

from gca_viz.datasets import DATASETS
from gca_viz.encoders import bundled_runs
from gca_viz.experiments.metrics.changes import CHANGES
from gca_viz.experiments.recipe.field import Checked, described
from gca_viz.experiments.recipe.parts import DATASET, ENCODER
from gca_viz.geometry.kinds import ALIGNMENTS
from gca_viz.settings.parameter import Choice, Parameter, Subset
from gca_viz.transport import METHODS

ENCODERS, SEVERAL_METHODS = "encoders", "methods"
#: the run that the player plays is made of the encoders that are compared
THESE = "these"

AGAINST = Choice(
    "against",
    "Compare",
    (ENCODERS, SEVERAL_METHODS),
    ENCODERS,
    "Several encoders (or epochs) under one method, or several methods on one encoder.",
)
OTHERS = Subset(
    "encoders",
    "Beside the encoder of the sidebar, which is A",
    "Encoders of the same batch and views: bundled ones, epochs of a run, uploads. At most twelve with A.",
    default=DATASETS[DATASET.default].compared,
)
OTHER_METHODS = Subset(
    "methods",
    "Beside the method of the sidebar, which is A",
    "Methods with the same numbers (ε, iterations …), in the layout of A.",
    tuple(METHODS),
    ("ince", "rince", "gca-uot"),
)
SECOND = Choice(
    "second",
    "B in the pictures",
    tuple(dict.fromkeys((*ENCODER.options, *METHODS))),
    OTHERS.default[-1],
    "Candidate that is drawn beside A; table and heat maps show all.",
    accepts=ENCODER.accepts,
)
ALIGNED = Choice(
    "aligned",
    "Maps",
    ALIGNMENTS,
    "pca",
    "PCA: that of each embedding, rotated onto that of A. Aligned UMAP: points whose neighbours stay keep their "
    "place.",
)
MAPS = Choice("maps", "Show", ("two", "all"), "two", "two: A beside B; all: every candidate.")
TINT = Choice("tint", "Colour by", ("class", "moved"), "class", "moved: distance of a point from its place in A.")
RANK = Choice(
    "rank", "Rank by", tuple(CHANGES), "moved", "Change by which the samples are ranked, the largest first."
)
RUN = Choice(
    "run",
    "Run",
    (*bundled_runs(), THESE),
    next(iter(bundled_runs()), THESE),
    "Training run that is played: one that ships, or the candidates above, in their order.",
)
SHARED, OWN_HOLD = "shared", "own"
OTHERS_HOLD = Choice(
    "others_hold",
    "Held by the others",
    (SHARED, OWN_HOLD),
    SHARED,
    "Of several methods where something was chosen to be held: shared holds it for all; own leaves each other "
    "method what it holds itself.",
)
DEPTH = Parameter(
    "depth",
    "d",
    "Depth of the tree",
    3,
    1,
    10,
    1,
    7,
    integer=True,
    help="Number of questions, d, that a tree may ask about the mass of a row on each class before it names one.",
)


@dataclass(frozen=True)
class CompareRecipe(Checked):
    """Who is compared with A, and how the difference is looked at."""

    against: str = described(AGAINST, "against")
    encoders: tuple[str, ...] = described(OTHERS, "encoders")
    methods: tuple[str, ...] = described(OTHER_METHODS, "methods")
    second: str = described(SECOND, "with")
    aligned: str = described(ALIGNED, "aligned")
    maps: str = described(MAPS, "maps")
    tint: str = described(TINT, "tint")
    rank: str = described(RANK, "rank")
    run: str = described(RUN, "run")
    depth: int = described(DEPTH, "depth")
    others_hold: str = described(OTHERS_HOLD, "others_hold")
