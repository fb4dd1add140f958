"""Which two sets without pairs the page Transfer lays beside each other, as fields of the recipe."""

from __future__ import annotations

from dataclasses import dataclass

from gca_viz.experiments.recipe.field import AUTO, Checked, described
from gca_viz.experiments.recipe.parts import DATASET
from gca_viz.settings.parameter import Choice, Parameter

#: what tells the two sets apart
KINDS = ("domain", "split", "labelled", "data")
SAME, OTHER = "same", "other"

SETS = Choice(
    "sets",
    "Two sets",
    KINDS,
    "domain",
    "What tells the sets apart. domain: two domains; split: images of training and held-out ones; labelled: a few "
    "images whose classes are known and the rest; data: two data sets.",
)
FROM = Choice(
    "from_domain",
    "From",
    (AUTO,),
    AUTO,
    "Domain whose classes are known; auto is the first.",
    accepts=lambda name: bool(name),
)
TO = Choice(
    "to_domain",
    "To",
    (AUTO,),
    AUTO,
    "Domain that receives classes; auto is the first other one.",
    accepts=lambda name: bool(name),
)
IDENTITIES = Choice(
    "identities",
    "Things",
    (SAME, OTHER),
    SAME,
    "same: both domains show the same things, as far as the data set has them; other: none of the things of one is "
    "in the other, so that nobody has a partner.",
)
LABELLED = Parameter(
    "labelled",
    "n",
    "Labelled images",
    50,
    1,
    10_000,
    10,
    500,
    "log",
    integer=True,
    help="How many images have a known class, drawn at random; those of the rest of the batch are hidden.",
)
SECOND_DATA = Choice(
    "other_data",
    "Other data",
    DATASET.options,
    "emoji-photo",
    "Data set that receives classes; those of one name are one class.",
    accepts=DATASET.accepts,
)


@dataclass(frozen=True)
class TransferRecipe(Checked):
    """Which two sets hand classes on."""

    sets: str = described(SETS, "sets")
    from_domain: str = described(FROM, "from")
    to_domain: str = described(TO, "to")
    identities: str = described(IDENTITIES, "things")
    labelled: int = described(LABELLED, "labelled")
    other_data: str = described(SECOND_DATA, "other")
