"""The parts of a recipe beside its method: every field described once, with bounds, default, words and its name in
a link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from gca_viz.datasets import DATASETS, MODES, SPLITS, Selection
from gca_viz.encoders import OUTPUTS, bundled_encoders, bundled_runs
from gca_viz.experiments.recipe.field import Checked, described
from gca_viz.settings.parameter import Choice, Parameter, Subset
from gca_viz.settings.server import MAX_N
from gca_viz.uploads import is_upload
from gca_viz.views import COUNT, STRENGTH, VIEWS
from gca_viz.views.reduction import REDUCE

DATASET = Choice(
    "data", "Data", tuple(DATASETS), "emoji", "Data set from which the batch is drawn.", accepts=is_upload
)
SPLIT = Choice(
    "split",
    "Split",
    SPLITS,
    "held-out",
    "held-out: images that the bundled encoders never saw in training; train: those of their training.",
)
MODE = Choice(
    "batch_by",
    "Batch by",
    MODES,
    "stratified",
    "How the images are drawn; stratified: as many of each class and domain; chosen: the listed images.",
)
_OFFERED = MAX_N.value if MAX_N.given else 512
SIZE = Parameter(
    "batch_size",
    "N",
    "Batch size",
    128,
    1,
    MAX_N.value,
    8,
    _OFFERED,
    "log",
    integer=True,
    help="Number of samples N of the batch; a plan in the cross layout has N rows and N columns.",
)
SEED = Parameter(
    "seed",
    "",
    "Batch seed",
    0,
    0,
    2**31 - 1,
    0,
    99,
    integer=True,
    help="Seed of the random choice of the batch: another seed, other images.",
)
VIEW_SEED = replace(
    SEED,
    name="view_seed",
    label="View seed",
    help="Seed of the random augmentations: another seed, other views of the same images.",
)
CLASSES = Subset("classes", "Classes", "Draw the batch from these classes only; none chosen means all.")
DOMAINS = Subset("domains", "Domains", "Draw the batch from these domains only; none chosen means all.")
PARTNER_DOMAINS = Subset(
    "partner_domains",
    "Partner from",
    "Domains from which view 2 takes its partner in another style; none chosen means all but the image's own.",
)
INDICES = Subset("images", "Chosen images", "Numbers of the images in the data set, with commas between.", kind=int)
PRESET = Choice("views", "Views", tuple(VIEWS), "simclr", "How the two views of each sample are made.")
ENCODER = Choice(
    "encoder",
    "Encoder",
    (*bundled_encoders(), *(name for run in bundled_runs().values() for name in run.values())),
    "ince",
    "Pretrained network that maps each view to its embedding.",
    accepts=is_upload,
)
OUTPUT = Choice(
    "output",
    "Embedding",
    OUTPUTS,
    "projector",
    "projector: the output that the loss saw in training; backbone: the features before it, which probes use.",
)
PANELS = Subset(
    "panels",
    "Pictures",
    "Matrices side by side: cost $C = 1 - \\cos$, kernel $K = e^{-C/\\varepsilon}$, the plan "
    "$P_{ij} = u_i K_{ij} v_j$ of the method and of the one it is compared with, their difference, the target $T$ "
    "(who should be matched), the residual $T - P$, and the force, which is the residual times the slope of the "
    "kernel, usually $1/\\varepsilon$: training pulls together where it is positive (teal) and pushes apart where "
    "it is negative (magenta).",
    ("cost", "kernel", "reference", "plan", "difference", "target", "residual", "force"),
    ("reference", "plan", "difference"),
)
ORDER = Choice(
    "order", "Order by", ("class", "domain", "identity", "index"), "class", "How rows and columns are sorted."
)
SCALE = Choice(
    "scale", "Colour", ("linear", "log"), "log", "linear shows the largest cells, log small masses, too."
)
STEP = Parameter(
    "half_step",
    "t",
    "Half step",
    -1,
    -1,
    1000,
    -1,
    20,
    integer=True,
    help="Half step that is drawn; -1 is the last.",
)
ROW = Parameter("row", "i", "Row", -1, -1, 4095, -1, 127, integer=True, help="Row of the picked cell; -1 is none.")
COLUMN = Parameter(
    "column", "j", "Column", -1, -1, 4095, -1, 127, integer=True, help="Column of the picked cell; -1 is none."
)
GROUP = Subset("group", "Group", "Numbers of chosen samples of the batch, with commas between.", kind=int)


@dataclass(frozen=True)
class DataRecipe(Checked):
    """Which batch."""

    dataset: str = described(DATASET, "data")
    split: Literal["held-out", "train", "all"] = described(SPLIT, "split")
    mode: str = described(MODE, "by")
    size: int = described(SIZE, "n")
    seed: int = described(SEED, "seed")
    classes: tuple[str, ...] = described(CLASSES, "classes")
    domains: tuple[str, ...] = described(DOMAINS, "domains")
    indices: tuple[int, ...] = described(INDICES, "images")

    @property
    def selection(self) -> Selection:
        """The part that :func:`gca_viz.datasets.pick` reads."""
        return Selection(
            mode=self.mode,
            size=self.size,
            seed=self.seed,
            split=self.split,
            classes=self.classes,
            domains=self.domains,
            indices=self.indices,
        )


@dataclass(frozen=True)
class ViewsRecipe(Checked):
    """Which two views of it."""

    preset: str = described(PRESET, "views")
    strength: float = described(STRENGTH, "strength")
    seed: int = described(VIEW_SEED, "viewseed")
    partner_domains: tuple[str, ...] = described(PARTNER_DOMAINS, "partner_domains")
    count: int = described(COUNT, "m")
    reduce: str = described(REDUCE, "reduce")

    @cached_property
    def pair(self) -> ViewsRecipe:
        """The first two views alone."""
        return replace(self, count=int(COUNT.default), reduce=REDUCE.default)


@dataclass(frozen=True)
class EncoderRecipe(Checked):
    """Which network embeds them."""

    name: str = described(ENCODER, "encoder")
    output: Literal["projector", "backbone"] = described(OUTPUT, "output")


@dataclass(frozen=True)
class DisplayRecipe(Checked):
    """How the result is looked at; nothing is computed again when it changes."""

    panels: tuple[str, ...] = described(PANELS, "show")
    order: Literal["class", "domain", "identity", "index"] = described(ORDER, "order")
    scale: str = described(SCALE, "scale")
    step: int = described(STEP, "t")
    row: int = described(ROW, "i")
    column: int = described(COLUMN, "j")
    group: tuple[int, ...] = described(GROUP, "group")
