"""The numbers of the transport problem, its targets and its divergences, each described once."""

from __future__ import annotations

from gca_viz.settings.parameter import Parameter

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
