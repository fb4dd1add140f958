"""The parts of a recipe: every field described once, with bounds, default, words and its name in a link."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Protocol

from gca_viz.datasets import DATASETS, MODES, SPLITS, Selection
from gca_viz.encoders import OUTPUTS, bundled_encoders, bundled_runs
from gca_viz.settings.parameter import Choice, Parameter, Subset
from gca_viz.settings.server import MAX_N
from gca_viz.transport import LAYOUTS, METHODS, TARGETS, Method
from gca_viz.transport.parameters import (
    ALPHA,
    BETA,
    CLUSTERS,
    COST,
    DF,
    EPSILON,
    GAMMA,
    HOLD,
    ITERATIONS,
    KERNEL,
    KERNEL_PARAMETERS,
    LAM,
    LAMBDA1,
    LAMBDA2,
    PERPLEXITY,
    R1,
    R2,
    RELAX,
    SAMPLE,
    SAMPLE_PARAMETERS,
    SHARE,
    TARGET_TEMPERATURE,
    THRESHOLD,
    UNIFORMITY,
    WEIGHT,
    Q,
)
from gca_viz.uploads import is_upload
from gca_viz.views import COUNT, STRENGTH, VIEWS
from gca_viz.views.reduction import REDUCE

AUTO = "auto"
NOTHING = "none"
FIXED_SHARE = "fixed share"

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
# A page that computes for minutes helps nobody; Python has no such bound.
SHOWN_ITERATIONS = replace(ITERATIONS, maximum=500)
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
METHOD = Choice(
    "method",
    "Method",
    tuple(METHODS),
    "gca-ince",
    "Contrastive loss: the constraints on the plan, and its divergence from the target.",
)
REFERENCE = Choice(
    "reference",
    "Compared with",
    (NOTHING, *METHODS),
    "ince",
    "Second method on the same embeddings, whose plan stands beside the first.",
)
LAYOUT = Choice(
    "layout",
    "Layout",
    (AUTO, *LAYOUTS),
    AUTO,
    "cross: N rows of view 1, N columns of view 2; joint: all 2N embeddings in rows and columns, each with itself "
    "excluded.",
)
TARGET = Choice(
    "target", "Target", (AUTO, *TARGETS), AUTO, "Target plan: how much of each row should go to each column."
)
OWN_KERNEL, OWN_COST, OWN_HOLD, OWN_SAMPLE = (
    replace(choice, options=(AUTO, *choice.options), default=AUTO) for choice in (KERNEL, COST, HOLD, SAMPLE)
)
#: t-SNE's map has a perplexity of its own
ROW_PERPLEXITY = replace(PERPLEXITY, name="row_perplexity")
PRIOR = Choice(
    "prior",
    "Domain prior",
    ("paper", FIXED_SHARE),
    "paper",
    "paper: α and β are weights beside the pair’s 1; fixed share: the pair keeps the share s, α and β divide the "
    "rest.",
)
PANELS = Subset(
    "panels",
    "Pictures",
    "Matrices side by side: cost $C = 1 - \\cos$, kernel $K = e^{-C/\\varepsilon}$, the plan "
    "$P_{ij} = u_i K_{ij} v_j$ of the method and of the one it is compared with, their difference, the target $T$ "
    "(who should be matched), and the residual $T - P$: training pulls together where it is positive (teal) and "
    "pushes apart where it is negative (magenta).",
    ("cost", "kernel", "reference", "plan", "difference", "target", "residual"),
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


class Description(Protocol):
    """What a field needs of its description: a name, a default, and a check of what it is given."""

    @property
    def name(self) -> str:
        """In Python."""

    @property
    def default(self) -> Any:
        """Where nothing is said."""

    def check(self, value: Any) -> Any:
        """The value as the field holds it; raises :class:`gca_viz.errors.InputError`."""


def described(spec: Description, key: str, group: str = "") -> Any:
    """A field with its description and its name in a link; default and check come from the description.

    The description's own name is the one in Python and, with dashes, the flag of the command line; it is read in
    links, too.

    Args:
        spec: its description.
        key: its name in a link.
        group: under which heading help lists it, if not that of its part.
    """
    return field(default=spec.default, metadata={"spec": spec, "key": key, "group": group})


@dataclass(frozen=True)
class Checked:
    """Checks every described field when it is made."""

    def __post_init__(self) -> None:
        for item in fields(self):
            if "spec" in item.metadata:
                object.__setattr__(self, item.name, item.metadata["spec"].check(getattr(self, item.name)))


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

    @property
    def pair(self) -> ViewsRecipe:
        """The first two views alone."""
        return replace(self, count=int(COUNT.default), reduce=REDUCE.default)


@dataclass(frozen=True)
class EncoderRecipe(Checked):
    """Which network embeds them."""

    name: str = described(ENCODER, "encoder")
    output: Literal["projector", "backbone"] = described(OUTPUT, "output")


@dataclass(frozen=True)
class MethodRecipe(Checked):
    """Which plan, and which one beside it. A method takes the parameters that it knows and ignores the others."""

    name: str = described(METHOD, "method")
    reference: str = described(REFERENCE, "vs")
    epsilon: float = described(EPSILON, "eps")
    iterations: float = described(SHOWN_ITERATIONS, "iterations")
    lambda1: float = described(LAMBDA1, "lambda1")
    lambda2: float = described(LAMBDA2, "lambda2")
    q: float = described(Q, "q")
    lam: float = described(LAM, "lam")
    r1: float = described(R1, "r1")
    r2: float = described(R2, "r2")
    uniformity: float = described(UNIFORMITY, "w")
    layout: str = described(LAYOUT, "layout")
    kernel: str = described(OWN_KERNEL, "kernel")
    df: float = described(DF, "df")
    threshold: float = described(THRESHOLD, "c0")
    cost: str = described(OWN_COST, "cost")
    hold: str = described(OWN_HOLD, "hold")
    target: str = described(TARGET, "target", "target")
    prior: str = described(PRIOR, "prior", "target")
    alpha: float = described(ALPHA, "alpha", "target")
    beta: float = described(BETA, "beta", "target")
    share: float = described(SHARE, "share", "target")
    target_temperature: float = described(TARGET_TEMPERATURE, "teps", "target")
    relax: float = described(RELAX, "relax", "target")
    clusters: int = described(CLUSTERS, "clusters", "target")
    sample_by: str = described(OWN_SAMPLE, "sample_by", "weights")
    gamma: float = described(GAMMA, "gamma", "weights")
    weight: float = described(WEIGHT, "beta_w", "weights")
    perplexity: float = described(ROW_PERPLEXITY, "pi", "weights")

    @property
    def composition(self) -> Method:
        """The method with the kernel, the cost and what is held that were chosen.

        Raises:
            InputError: some that do not go together.
        """
        chosen = (None if name == AUTO else name for name in (self.kernel, self.cost, self.hold))
        return METHODS[self.name].composed(*chosen)

    @property
    def aim(self) -> str:
        """The target, the method's own where none was chosen."""
        return METHODS[self.name].target if self.target == AUTO else self.target

    @property
    def own_by(self) -> str:
        """What gives each sample a temperature and a weight, the method's own where nothing was chosen."""
        return METHODS[self.name].sample_by if self.sample_by == AUTO else self.sample_by

    @property
    def of_samples(self) -> tuple[Parameter, ...]:
        """The numbers of what gives each sample a temperature and a weight."""
        return SAMPLE_PARAMETERS.get(self.own_by, ())

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The numbers that this composition has."""
        composed = self.composition
        taken = [parameter for parameter in composed.parameters if parameter not in (DF, THRESHOLD)]
        return (*taken, *KERNEL_PARAMETERS.get(composed.kernel, ()))


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
