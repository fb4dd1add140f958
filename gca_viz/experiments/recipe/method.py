"""The method of a recipe: every field described once, with bounds, default, words and its name in a link."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from gca_viz.errors import InputError
from gca_viz.experiments.recipe.field import AUTO, NOTHING, Checked, described
from gca_viz.settings.parameter import Choice, Parameter
from gca_viz.transport import LAYOUTS, METHODS, TARGETS, Method
from gca_viz.transport.options import COLUMN_KIND, COST, HOLD, KERNEL, KERNEL_PARAMETERS, SAMPLE, SAMPLE_PARAMETERS
from gca_viz.transport.parameters import (
    ALPHA,
    BETA,
    CLUSTERS,
    DF,
    EPSILON,
    GAMMA,
    HARDNESS,
    ITERATIONS,
    LAM,
    LAMBDA1,
    LAMBDA2,
    PERPLEXITY,
    R1,
    R2,
    RELAX,
    SHARE,
    TARGET_TEMPERATURE,
    THRESHOLD,
    UNIFORMITY,
    WEIGHT,
    Q,
)

FIXED_SHARE = "fixed share"

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
OWN_COLUMNS = replace(COLUMN_KIND, options=(AUTO, *COLUMN_KIND.options), default=AUTO)
QUEUE = Parameter(
    "queue",
    "Q",
    "Queue",
    128,
    1,
    16_384,
    8,
    1024,
    "log",
    integer=True,
    help="Number of further images whose embeddings are columns beside the batch, nobody's partner (MoCo).",
)
PROTOTYPES = Parameter(
    "prototypes",
    "K",
    "Prototypes",
    10,
    1,
    256,
    2,
    64,
    "log",
    integer=True,
    help="Number of cluster centres that are columns in place of view 2 (SwAV).",
)
#: where prototypes come from: the batch, or the file of the encoder
CENTRES, OF_FILE = "centres", "file"
PROTOTYPES_FROM = Choice(
    "prototypes_from",
    "Prototypes from",
    (CENTRES, OF_FILE),
    CENTRES,
    "centres: k-means of both views of the batch; file: those that the encoder's checkpoint brings, as SwAV's and "
    "DINO's do.",
)
#: what the columns are → how many of them there are beside the batch, or in its place
COLUMN_COUNTS = {"queue": QUEUE, "prototypes": PROTOTYPES}
#: the dials of the plan beside, which may be the same method's
BESIDE_KERNEL, BESIDE_COST, BESIDE_HOLD = (
    replace(choice, name=f"reference_{choice.name}", help=f"The same of the plan beside. {choice.help}")
    for choice in (OWN_KERNEL, OWN_COST, OWN_HOLD)
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
# A page that computes for minutes helps nobody; Python has no such bound.
SHOWN_ITERATIONS = replace(ITERATIONS, maximum=500)


@dataclass(frozen=True)
class MethodRecipe(Checked):
    """Which plan, and which one beside it. A method takes the parameters that it knows and ignores the others."""

    name: str = described(METHOD, "method")
    reference: str = described(REFERENCE, "vs")
    reference_kernel: str = described(BESIDE_KERNEL, "vs_kernel")
    reference_cost: str = described(BESIDE_COST, "vs_cost")
    reference_hold: str = described(BESIDE_HOLD, "vs_hold")
    epsilon: float = described(EPSILON, "eps")
    iterations: float = described(SHOWN_ITERATIONS, "iterations")
    lambda1: float = described(LAMBDA1, "lambda1")
    lambda2: float = described(LAMBDA2, "lambda2")
    q: float = described(Q, "q")
    lam: float = described(LAM, "lam")
    r1: float = described(R1, "r1")
    r2: float = described(R2, "r2")
    uniformity: float = described(UNIFORMITY, "w")
    hardness: float = described(HARDNESS, "hardness")
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
    columns: str = described(OWN_COLUMNS, "columns", "columns")
    queue: int = described(QUEUE, "queue", "columns")
    prototypes: int = described(PROTOTYPES, "prototypes", "columns")
    prototypes_from: str = described(PROTOTYPES_FROM, "prototypes_from", "columns")

    @property
    def composition(self) -> Method:
        """The method with the kernel, the cost, what is held and the columns that were chosen.

        Raises:
            InputError: some that do not go together.
        """
        chosen = (None if name == AUTO else name for name in (self.kernel, self.cost, self.hold, self.columns))
        return METHODS[self.name].composed(*chosen)

    @cached_property
    def alone(self) -> MethodRecipe:
        """The method without what plays no part in its plan: the one beside it, columns that it does not have."""
        alone = replace(self, reference=NOTHING, reference_kernel=AUTO, reference_cost=AUTO, reference_hold=AUTO)
        are = self.columns_are
        return replace(
            alone,
            queue=self.queue if are == "queue" else int(QUEUE.default),
            prototypes=self.prototypes
            if are == "prototypes" and not self.prototypes_of_file
            else int(PROTOTYPES.default),
            prototypes_from=OF_FILE if self.prototypes_of_file else CENTRES,
        )

    @property
    def prototypes_of_file(self) -> bool:
        """Whether its columns are the prototypes that the encoder's file brings."""
        return self.columns_are == "prototypes" and self.prototypes_from == OF_FILE

    @property
    def own_layout(self) -> str:
        """The layout, the method's first where none was chosen."""
        return METHODS[self.name].layouts[0] if self.layout == AUTO else self.layout

    @cached_property
    def beside(self) -> MethodRecipe | None:
        """The method of the plan beside it, or None: the same numbers, target, layout and columns, its own dials.

        What is not chosen of them is the reference's own; but where a reference is made by the usual kernel of the
        usual distance, it goes along with the method's.
        """
        if self.reference == NOTHING:
            return None
        along = METHODS[self.reference].on_the_square
        kernel, cost = self.reference_kernel, self.reference_cost
        columns = AUTO if METHODS[self.reference].columns == self.columns_are else self.columns_are
        given = columns == "prototypes"  # to a method that has none itself
        return replace(
            self.alone,
            name=self.reference,
            layout=self.own_layout,
            columns=columns,
            target=self.aim if given else self.target,
            hold=self.reference_hold,
            kernel=self.kernel if along and kernel == AUTO else kernel,
            cost=self.cost if along and cost == AUTO else cost,
        )

    @property
    def beside_label(self) -> str:
        """What tables and files call the plan beside it: its method, and the dials that were chosen for it."""
        return "-".join([self.reference, *self._beside_dials])

    @property
    def beside_title(self) -> str:
        """What a page calls the plan beside it."""
        title, chosen = METHODS[self.reference].title, self._beside_dials
        return f"{title} ({', '.join(chosen)})" if chosen else title

    @property
    def repeats_itself(self) -> bool:
        """Whether the plan beside it would be the same plan, or its own method's without dials of its own."""
        beside = self.beside
        if beside is None or beside.name != self.name:
            return False
        if not self._beside_dials:
            return True
        with suppress(InputError):  # what cannot be is told where it is solved
            return beside.composition == self.composition
        return False

    @property
    def _beside_dials(self) -> tuple[str, ...]:
        """What was chosen of the dials of the plan beside it."""
        chosen = (self.reference_kernel, self.reference_cost, self.reference_hold)
        return tuple(value for value in chosen if value != AUTO)

    @property
    def aim(self) -> str:
        """The target, the method's own where none was chosen."""
        if self.target != AUTO:
            return self.target
        return METHODS[self.name].composed(columns=None if self.columns == AUTO else self.columns).target

    @property
    def columns_are(self) -> str:
        """What its columns are, the method's own where nothing was chosen: a name in ``COLUMNS``."""
        return METHODS[self.name].columns if self.columns == AUTO else self.columns

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
