"""What may be chosen for a plan by its name: each name in one sentence, and the options that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gca_viz.settings.parameter import Choice, Parameter
from gca_viz.transport.parameters import (
    ALPHA,
    BETA,
    CLUSTERS,
    DF,
    GAMMA,
    PERPLEXITY,
    RELAX,
    SHARE,
    TARGET_TEMPERATURE,
    THRESHOLD,
    WEIGHT,
)

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
