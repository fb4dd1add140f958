"""The method of a recipe: every field described once, with bounds, default, words and its name in a link."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gca_viz.experiments.recipe.field import AUTO, NOTHING, Checked, described
from gca_viz.settings.parameter import Choice, Parameter
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
