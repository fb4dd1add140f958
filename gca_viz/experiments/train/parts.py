"""The parts of a training recipe: every field described once, with bounds, default and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from gca_viz.datasets import DATASETS
from gca_viz.encoders.checkpoints.load_report import OUTPUTS
from gca_viz.errors import InputError
from gca_viz.experiments.recipe.parts import ENCODER, NOTHING
from gca_viz.settings.parameter import Choice, Parameter, Spec
from gca_viz.transport import LAYOUTS, METHODS, TARGETS
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
    LAM,
    LAMBDA1,
    LAMBDA2,
    PERPLEXITY,
    R1,
    R2,
    RELAX,
    SAMPLE,
    SHARE,
    SYNONYMS,
    TARGET_TEMPERATURE,
    THRESHOLD,
    TOLERANCE,
    UNIFORMITY,
    WEIGHT,
    Q,
    target_name,
)

RANDOM = "random"
#: of the outputs of an encoder below a head
FIRST = "first"
#: of the image tower: it learns, or stays as it is
LEARNED, LOCKED = "learned", "locked"
#: the networks that are built here; ``networks.NETWORKS`` says how
NETWORK_NAMES = ("small-resnet", "resnet-18", "resnet-50")
_MOST_EPOCHS = 100_000

METHOD = Choice("method", "Method", (RANDOM, *METHODS), "gca-ince", "Loss to train with; random trains nothing.")
DATA = Choice("data", "Data", tuple(DATASETS), "emoji", "Images to train with.", paths=True)
TRAINING_EPSILON = replace(EPSILON, default=0.2)
NETWORK = Choice("network", "Network", NETWORK_NAMES, "small-resnet", "Each has a stem for small images.")
START = Choice(
    "encoder",
    "Encoder",
    (NOTHING, *ENCODER.options),
    NOTHING,
    "Under the views image-text: whose backbone is the image tower; none is one at random.",
    paths=True,
)
IMAGE_TOWER = Choice(
    "image_tower",
    "Image tower",
    (LEARNED, LOCKED),
    LEARNED,
    "Under the views image-text: whether the encoder learns, or stays as it is below a new projection of its own.",
)
ON = Choice(
    "on",
    "Encoder below",
    (NOTHING, *ENCODER.options),
    NOTHING,
    "Trains a head on the features of this encoder, which stays as it is: seconds instead of minutes.",
    paths=True,
)
ON_OUTPUT = Choice(
    "on_output",
    "Output below",
    (FIRST, *OUTPUTS),
    FIRST,
    "Of a head: which output of the encoder below it takes; first is the projector's, where there is one.",
)
EMBEDDED_VIEWS = Parameter(
    "embedded_views",
    "K",
    "Embedded views",
    16,
    2,
    1024,
    2,
    64,
    integer=True,
    help="Of a head: views of each image that the encoder below sees once; a step draws two of them.",
)
INPUT_SIZE = Parameter(
    "input_size", "", "Image size", 32, 8, 512, 16, 224, integer=True, help="Pixels to which images are resized."
)
EPOCHS = Parameter(
    "epochs", "", "Epochs", 50, 0, _MOST_EPOCHS, 1, 200, integer=True, help="Passes over the training images."
)
BATCH_SIZE = Parameter(
    "batch_size",
    "N",
    "Batch size",
    256,
    2,
    65_536,
    8,
    1024,
    "log",
    integer=True,
    help="Images over which the plan is computed, on all devices together.",
)
LEARNING_RATE = Parameter(
    "learning_rate", "η", "Learning rate", 2e-3, 1e-8, 100, 1e-5, 0.1, "log", help="Of AdamW, after the warm-up."
)
WEIGHT_DECAY = Parameter("weight_decay", "", "Weight decay", 1e-3, 0, 10, 0, 0.1, help="Of AdamW.")
WARMUP_EPOCHS = Parameter(
    "warmup_epochs",
    "",
    "Warm-up epochs",
    3,
    0,
    _MOST_EPOCHS,
    0,
    20,
    integer=True,
    help="Until the learning rate is reached, in a line; then it falls as a cosine.",
)
DROPOUT = Parameter(
    "dropout",
    "",
    "Dropout of texts",
    0.1,
    0,
    0.999,
    0,
    0.5,
    help="Under the views image-text: share of the texts' features that are hidden in training.",
)
WRONG_PAIRS = Parameter(
    "wrong_pairs",
    "",
    "Wrong pairs",
    0.0,
    0,
    1,
    0,
    1,
    help="Share of images whose view 2 shows another image, the same one in every epoch.",
)
MOMENTUM = Parameter(
    "momentum",
    "",
    "Momentum",
    0.99,
    0,
    1,
    0.9,
    1,
    help="Of BYOL's target network, at the start; it rises to 1.",
)
SEED = Parameter(
    "seed", "", "Seed", 0, 0, 2**31 - 1, 0, 99, integer=True, help="Of initialisation, order and augmentation."
)
KNN_EVERY = Parameter(
    "knn_every",
    "",
    "Epochs between measurements",
    10,
    1,
    _MOST_EPOCHS,
    1,
    50,
    integer=True,
    help="Epochs between two looks at the nearest neighbours' accuracy on held-out images.",
)

_TAU = "Under gca-uot, a side of the constraint square in place of λ = ε τ / (1 − τ): 0 asks nothing, 1 all."
TAU1 = Parameter("tau1", "τ₁", "Row constraint in the square", 0.5, 0, 1, 0, 1, help=_TAU)
TAU2 = replace(TAU1, name="tau2", symbol="τ₂", label="Column constraint in the square")
TARGET = Choice(
    "target",
    "Target",
    tuple(TARGETS),
    "",
    "Target plan: how much of each row should go to each column; by default what the method says.",
    accepts=SYNONYMS.__contains__,
)
LAYOUT = Choice(
    "layout",
    "Layout",
    LAYOUTS,
    "",
    "cross: view 1 against view 2; joint: every view against every other; by default what the method says.",
)
DIVERGENCE = Choice(
    "divergence",
    "Divergence",
    ("kl", "rince", "l2", "reverse-kl"),
    "",
    "How far the plan is from the target; by default what the method says.",
)
#: name → what :func:`gca_viz.align` takes beside embeddings, method and ε, and the sides of the constraint square
OPTIONS: Mapping[str, Spec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            *(ITERATIONS, TOLERANCE, LAMBDA1, LAMBDA2, TAU1, TAU2, Q, LAM, R1, R2, UNIFORMITY, LAYOUT),
            *(KERNEL, DF, THRESHOLD, COST, HOLD),
            *(TARGET, ALPHA, BETA, SHARE, TARGET_TEMPERATURE, RELAX, CLUSTERS, DIVERGENCE),
            *(SAMPLE, GAMMA, WEIGHT, PERPLEXITY),
        )
    }
)
_OF_OLD_SCRIPTS = "keep_diagonal"  # of the target that was called relational


@dataclass(frozen=True)
class Options:
    """The description of what a method is given beside ε: each by the description of its own."""

    name: str = "options"
    default: tuple[tuple[str, float | str], ...] = ()

    def check(self, value: Iterable[tuple[str, Any]]) -> tuple[tuple[str, float | str], ...]:
        """Names and values as they are called today, in the order of :data:`OPTIONS`; or an :class:`InputError`."""
        given = dict(value)
        for name in given:
            if name not in (*OPTIONS, _OF_OLD_SCRIPTS):
                raise InputError(
                    f"the option {name} = {given[name]}",
                    f"the options are {', '.join(OPTIONS)}",
                    "Correct the name",
                )
        found = {name: spec.check(target_name(given[name])) for name, spec in OPTIONS.items() if name in given}
        # Cards and commands may name a target as it was called once.
        return tuple({name: target_name(text) for name, text in found.items()}.items()) + tuple(
            (name, given[name]) for name in given if name == _OF_OLD_SCRIPTS
        )
