"""The choices and numbers of the transport problem, its targets and its divergences, each described once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gca_viz.settings.parameter import Choice, Parameter

#: view 1 against view 2, or every embedding against every other
LAYOUTS = ("cross", "joint")
#: what a kernel is of: how far apart two embeddings are
COSTS: Mapping[str, str] = MappingProxyType(
    {
        "cosine": "One minus the cosine of two embeddings: only their directions count.",
        "euclid": "Half the squared distance of two embeddings as they are: their lengths count, too.",
    }
)
#: who shares one unit of mass, the least first, in one sentence
HOLDS: Mapping[str, str] = MappingProxyType(
    {
        "nothing": "Nothing is held: the plan is the kernel, and no sample is pushed away (BYOL).",
        "cell": "Each cell by itself divides one unit between “partners” and “strangers”; it needs the logistic "
        "kernel (SigLIP).",
        "total": "All cells together share the mass of the batch (SNE, alignment and uniformity).",
        "rows": "Each row shares its own unit (InfoNCE).",
        "columns": "Each column shares its own unit.",
        "both": "Rows and columns hold their units (Sinkhorn).",
    }
)
#: name → how it spreads the mass of a row, in one sentence
TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "partner": "All of a row’s target mass lies on its partner, the other view of the same sample.",
        "label": "A row’s target mass is shared equally by all samples of its class (supervised contrastive "
        "learning).",
        "relaxed-label": "As “label”, but whoever of the class is already nearer than the cosine κ leaves the "
        "target, and is pushed (FedRCL): at κ = 1 that is nobody, at κ = −1 all but the partner.",
        "cluster": "As “label”, with classes that k-means finds in the embeddings: no labels are needed.",
        "domain": "The partner, and with the weights α and β other samples of the same and of other domains.",
        "relation": "Row soft-max of view 2’s own similarities at temperature ε′, with the pair’s cell excluded "
        "from target and plan (ReSSL).",
        "self-sharpened": "Row soft-max of the plan’s own similarities at temperature ε′: for ε′ < ε it sharpens "
        "the plan that is already there.",
        "codes": "Columns are prototypes; a row’s target is the code of its other view: Sinkhorn’s plan at "
        "ε = 0.05, which uses all prototypes alike (SwAV).",
        "centred": "Columns are prototypes; a row’s target is the soft-max of its other view at temperature ε′, "
        "once the mean over the batch is taken off each prototype (DINO).",
    }
)
#: what the columns of a method are → in one sentence
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "views": "View 2 of the batch.",
        "queue": "View 2 of the batch, and behind it a queue of other samples, which are nobody’s partner.",
        "prototypes": "Prototypes: directions that no sample owns, so that nobody has a partner.",
    }
)
#: targets that share each row out among prototypes
OF_PROTOTYPES = ("codes", "centred")
#: names that a target also has, or once had → what they mean
SYNONYMS = {"identity": "partner", "relational": "self-sharpened"}
#: target → what it must know of the samples, ``"labels"`` or ``"domains"``
TARGET_NEEDS: Mapping[str, str] = MappingProxyType(
    {"label": "labels", "relaxed-label": "labels", "domain": "domains"}
)
#: what gives each sample a temperature and a weight of its own → how, in one sentence
SAMPLE_BY: Mapping[str, str] = MappingProxyType(
    {
        "none": "All samples have the temperature ε and the weight 1.",
        "class": "By the size of its class: with γ large classes are softer and small ones sharper, with β small "
        "classes weigh more.",
        "cluster": "The same with classes that k-means finds in the embeddings: no labels are needed.",
        "posterior": "By how far the views of a sample lie apart: with γ an uncertain sample is softer.",
        "perplexity": "Each row’s temperature is the one at which it has the perplexity π, as in SNE.",
    }
)
#: what gives each sample its own → what that must know of the samples
SAMPLE_NEEDS: Mapping[str, str] = MappingProxyType({"class": "labels"})

# Bounds of 1e-6 and 1e6 keep single precision finite; the limits 0 and ∞ are reached long before.

EPSILON = Parameter(
    name="epsilon",
    symbol="ε",
    label="Temperature",
    default=0.1,
    minimum=1e-6,
    maximum=1e6,
    low=0.02,
    high=2.0,
    scale="log",
    help="Temperature of the kernel exp(−C/ε), in units of the cost C: a small ε gives nearly all mass to the "
    "nearest samples, a large one spreads it evenly.",
)
LAMBDA1 = Parameter(
    name="lambda1",
    symbol="λ₁",
    label="Row constraint",
    default=0.2,
    minimum=0.0,
    maximum=float("inf"),
    low=0.001,
    high=10.0,
    scale="log",
    infinite=True,
    help="Penalty on row sums that differ from their marginal μ (1 by default): 0 leaves the rows free, infinity "
    "makes every row send exactly μ.",
)
LAMBDA2 = Parameter(
    name="lambda2",
    symbol="λ₂",
    label="Column constraint",
    default=0.2,
    minimum=0.0,
    maximum=float("inf"),
    low=0.001,
    high=10.0,
    scale="log",
    infinite=True,
    help="Penalty on column sums that differ from their marginal ν (1 by default): 0 leaves the columns free, "
    "infinity makes every column receive exactly ν.",
)
ITERATIONS = Parameter(
    name="iterations",
    symbol="t",
    label="Sinkhorn iterations",
    default=10,
    minimum=1,
    maximum=float("inf"),
    low=1,
    high=50,
    integer=True,
    infinite=True,
    help="Largest number of Sinkhorn iterations; each rescales the rows, then the columns, towards their "
    "marginals. Infinity asks for the limit.",
)
HALF_STEPS = Parameter(
    name="half_steps",
    symbol="2t",
    label="Half steps",
    default=20,
    minimum=0,
    maximum=float("inf"),
    low=0,
    high=100,
    integer=True,
    help="Largest number of half steps; each rescales either the rows or the columns, and 0 leaves the kernel as "
    "it is.",
)
TOLERANCE = Parameter(
    name="tol",
    symbol="δ",
    label="Tolerance",
    default=1e-6,
    minimum=0.0,
    maximum=float("inf"),
    low=1e-9,
    high=1e-2,
    scale="log",
    help="Largest marginal error (share of the mass in the wrong row or column) of a plan that counts as "
    "converged.",
)
Q = Parameter(
    name="q",
    symbol="q",
    label="Robustness",
    default=0.6,
    minimum=0.0,
    maximum=1.0,
    low=0.05,
    high=1.0,
    exclusive_minimum=True,
    help="Exponent q of the RINCE loss: towards 0 the loss is InfoNCE, at 1 a wrong pair has the least influence.",
)
LAM = Parameter(
    name="lam",
    symbol="λ",
    label="Weight of the negatives",
    default=0.01,
    minimum=0.0,
    maximum=1.0,
    low=0.001,
    high=1.0,
    scale="log",
    help="Factor λ of the sum over all samples in the RINCE loss: the larger, the more mass outside the pair "
    "costs.",
)
R1 = Parameter(
    name="r1",
    symbol="r₁",
    label="Weight of KL",
    default=1.0,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=2.0,
    help="Factor r₁ of the KL divergence in the loss of GCA-UOT, r₁·KL + r₂·RINCE.",
)
R2 = Parameter(
    name="r2",
    symbol="r₂",
    label="Weight of RINCE",
    default=0.0,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=2.0,
    help="Factor r₂ of the RINCE divergence in the loss of GCA-UOT, r₁·KL + r₂·RINCE.",
)
UNIFORMITY = Parameter(
    name="uniformity",
    symbol="w",
    label="Uniformity of the negatives",
    default=0.1,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=1.0,
    help="Factor w of the penalty of IOT-uni on mass outside the pair that is spread unevenly; 0 leaves IOT.",
)
HARDNESS = Parameter(
    name="hardness",
    symbol="β",
    label="Hardness of the negatives",
    default=1.0,
    minimum=0.0,
    maximum=100.0,
    low=0.0,
    high=4.0,
    help="Exponent β of the weight that a negative has in its row, in proportion to the kernel to this power: 0 "
    "weighs all alike, and the larger, the more only the nearest are pushed.",
)
ALPHA = Parameter(
    name="alpha",
    symbol="α",
    label="Same domain",
    default=0.2,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=1.0,
    help="Target weight of another sample of the same domain; the pair itself has weight 1.",
)
BETA = Parameter(
    name="beta",
    symbol="β",
    label="Other domain",
    default=0.0,
    minimum=0.0,
    maximum=1e6,
    low=0.0,
    high=1.0,
    help="Target weight of a sample of another domain; the pair itself has weight 1.",
)
SHARE = Parameter(
    name="share",
    symbol="s",
    label="Share of the pair",
    default=0.7,
    minimum=0.0,
    maximum=1.0,
    low=0.0,
    high=1.0,
    help="Share of a row’s target mass that stays on its pair; the rest is divided in proportion to α and β.",
)
TARGET_TEMPERATURE = Parameter(
    name="target_temperature",
    symbol="ε′",
    label="Target temperature",
    default=0.04,
    minimum=1e-6,
    maximum=1e6,
    low=0.01,
    high=1.0,
    scale="log",
    help="Temperature ε′ of the soft-max that turns similarities into the target; below ε the target is sharper "
    "than the plan.",
)
DF = Parameter(
    name="df",
    symbol="ν",
    label="Degrees of freedom",
    default=5.0,
    minimum=0.0,
    maximum=float("inf"),
    low=1.0,
    high=100.0,
    scale="log",
    exclusive_minimum=True,
    infinite=True,
    help="Degrees of freedom ν of Student’s kernel: the fewer, the heavier its tail and the less far samples push; "
    "infinity is the Gibbs kernel.",
)
THRESHOLD = Parameter(
    name="threshold",
    symbol="c₀",
    label="Threshold",
    default=0.0,
    minimum=-1.0,
    maximum=3.0,
    low=0.0,
    high=1.5,
    help="Cost c₀ at which the logistic kernel holds two embeddings as likely to be partners as not.",
)
RELAX = Parameter(
    name="relax",
    symbol="κ",
    label="Relaxed at",
    default=0.7,
    minimum=-1.0,
    maximum=1.0,
    low=-1.0,
    high=1.0,
    help="Cosine κ beyond which another sample of the class leaves the target: it is near enough.",
)
CLUSTERS = Parameter(
    name="clusters",
    symbol="c",
    label="Clusters",
    default=10,
    minimum=2,
    maximum=32,
    low=2,
    high=20,
    integer=True,
    help="Number of clusters that k-means finds among the samples, by the mean of both views; at most N.",
)
GAMMA = Parameter(
    name="gamma",
    symbol="γ",
    label="Temperature by size",
    default=0.25,
    minimum=-1.0,
    maximum=1.0,
    low=-1.0,
    high=1.0,
    help="Exponent γ of ε_i = ε·(n_i over its geometric mean)^γ, where n_i is the size of the sample’s group, or "
    "the variance of its views; 0 is one temperature for all.",
)
WEIGHT = Parameter(
    name="weight",
    symbol="β",
    label="Weight by size",
    default=0.5,
    minimum=0.0,
    maximum=1.0,
    low=0.0,
    high=1.0,
    help="Exponent β of the weights μ_i ∝ n_i^(−β), where n_i is the size of the sample’s group: 0 weighs all "
    "samples alike, 1 all groups.",
)
PERPLEXITY = Parameter(
    name="perplexity",
    symbol="π",
    label="Perplexity of each row",
    default=15.0,
    minimum=1.0,
    maximum=1e6,
    low=2.0,
    high=200.0,
    scale="log",
    exclusive_minimum=True,
    help="How many columns each row spreads over, as if evenly; fewer than a row has.",
)
KERNEL = Choice(
    name="kernel",
    label="Kernel",
    options=("gibbs", "student", "simo", "logistic"),
    default="gibbs",
    help="How a distance becomes a weight; the slope of the kernel is what turns the residual into a force.",
)
COST = Choice(
    name="cost", label="Distance", options=tuple(COSTS), default="cosine", help="What the kernel is a function of."
)
COLUMN_KIND = Choice(
    name="columns", label="Columns", options=tuple(COLUMNS), default="views", help="What the columns are."
)
HOLD = Choice(name="hold", label="Held", options=tuple(HOLDS), default="rows", help="Who shares one unit of mass.")
SAMPLE = Choice(
    name="sample_by",
    label="Temperature and weight",
    options=tuple(SAMPLE_BY),
    default="none",
    help="What gives each sample a temperature and a weight of its own.",
)
#: kernel → the numbers it takes
KERNEL_PARAMETERS: Mapping[str, tuple[Parameter, ...]] = MappingProxyType(
    {"student": (DF,), "logistic": (THRESHOLD,)}
)
#: target → the numbers it takes
TARGET_PARAMETERS: Mapping[str, tuple[Parameter, ...]] = MappingProxyType(
    {
        "relaxed-label": (RELAX,),
        "cluster": (CLUSTERS,),
        "domain": (ALPHA, BETA, SHARE),
        "relation": (TARGET_TEMPERATURE,),
        "self-sharpened": (TARGET_TEMPERATURE,),
        "centred": (TARGET_TEMPERATURE,),
    }
)
#: what gives each sample its own temperature and weight → the numbers it takes
SAMPLE_PARAMETERS: Mapping[str, tuple[Parameter, ...]] = MappingProxyType(
    {
        "class": (GAMMA, WEIGHT),
        "cluster": (CLUSTERS, GAMMA, WEIGHT),
        "posterior": (GAMMA,),
        "perplexity": (PERPLEXITY,),
    }
)


def targets_of(columns: str) -> tuple[str, ...]:
    """The targets that go with what the columns are, a name in ``COLUMNS``."""
    if columns == "prototypes":
        return (*OF_PROTOTYPES, "self-sharpened")
    return tuple(name for name in TARGETS if name not in OF_PROTOTYPES)


def target_name(target: Any) -> Any:
    """The name that a target has today; what is no name, such as a matrix, stays as it is."""
    return SYNONYMS.get(target, target) if isinstance(target, str) else target


def options_of(target: Any) -> tuple[str, ...]:
    """The options that a target takes, by its name: what it needs, then its numbers; none for a matrix."""
    if not isinstance(target, str):
        return ()
    name = target_name(target)
    needs = TARGET_NEEDS.get(name)
    return (*([needs] if needs else []), *(parameter.name for parameter in TARGET_PARAMETERS.get(name, ())))


#: every option that some target takes
TARGET_OPTIONS = tuple(dict.fromkeys(option for target in TARGETS for option in options_of(target)))
#: every option that something takes which gives each sample its own
SAMPLE_OPTIONS = tuple(
    dict.fromkeys(
        (*(spec.name for own in SAMPLE_PARAMETERS.values() for spec in own), *SAMPLE_NEEDS.values(), "variance")
    )
)

#: how the rows of several plans become one → what that is
POOLS: Mapping[str, str] = MappingProxyType(
    {
        "mean": "the mean of what the plans say",
        "geometric": "their geometric mean: the plan of the mean cost",
        "max": "the largest that one of them says",
        "vote": "a vote of each for its first column",
    }
)


def sample_options_of(sample_by: str) -> tuple[str, ...]:
    """The options that it takes: what it needs or may know of the samples, then its numbers."""
    known = ("variance",) if sample_by == "posterior" else tuple(filter(None, [SAMPLE_NEEDS.get(sample_by)]))
    return (*known, *(parameter.name for parameter in SAMPLE_PARAMETERS.get(sample_by, ())))


def known_of_samples(target: Any, sample_by: str) -> tuple[str, ...]:
    """What a target and ``sample_by`` must know of the samples, by their names: ``"labels"``, ``"domains"``."""
    named = target_name(target) if isinstance(target, str) else None
    needs = (TARGET_NEEDS.get(named) if named else None, SAMPLE_NEEDS.get(sample_by))
    return tuple(dict.fromkeys(need for need in needs if need))
