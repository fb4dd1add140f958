"""Everything that decides a training run, each part of it described once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gca_viz.datasets import DATASETS
from gca_viz.encoders.checkpoints.load_report import OUTPUTS
from gca_viz.errors import InputError, listed
from gca_viz.experiments.recipe.parts import ENCODER, NOTHING, PRESET, Checked, described
from gca_viz.settings.parameter import Choice, Parameter, Spec
from gca_viz.transport import LAYOUTS, METHODS, TARGETS
from gca_viz.transport.parameters import (
    ALPHA,
    BETA,
    EPSILON,
    ITERATIONS,
    LAM,
    LAMBDA1,
    LAMBDA2,
    R1,
    R2,
    SHARE,
    SYNONYMS,
    TARGET_TEMPERATURE,
    TOLERANCE,
    UNIFORMITY,
    Q,
    options_of,
    target_name,
)
from gca_viz.views import STRENGTH, VIEWS

if TYPE_CHECKING:
    import torch

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
            *(TARGET, ALPHA, BETA, SHARE, TARGET_TEMPERATURE, DIVERGENCE),
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


@dataclass(frozen=True)
class TrainingRecipe(Checked):
    """Everything that decides a training run but the machine; what cannot be raises :class:`InputError`.

    Attributes:
        method: a name of :data:`gca_viz.transport.METHODS`, or ``"random"`` for an untrained network.
        data: a bundled data set, or a path to images; its training split is used, or all of it without one.
        views: a name of :data:`gca_viz.views.VIEWS`; one that crosses domains makes cross-style positives, and
            ``"image-text"`` trains a tower of images and a projection of the texts of a locked one.
        epsilon: temperature of the kernel during training.
        options: what else :func:`gca_viz.align` takes, e.g. ``(("lambda1", 1.0), ("target", "label"))``; ``tau1``
            and ``tau2`` name a point of the constraint square of ``gca-uot`` instead of ``lambda1``, ``lambda2``.
        network: a name of :data:`gca_viz.experiments.train.networks.NETWORKS`.
        on: encoder on whose features a head is trained, itself staying as it is; ``"none"`` trains a network.
        on_output: which output of that encoder the head takes; ``"first"`` is the one that is shown first.
        embedded_views: of a head: views of each image that this encoder sees once, of which a step draws two.
        encoder, image_tower, dropout: of image and text: where the image tower starts, whether it learns, and the
            share of the text features that are hidden in training.
        input_size: height and width in pixels to which images are resized.
        epochs, batch_size, learning_rate, weight_decay, warmup_epochs: AdamW with linear warm-up, then cosine; the
            batch is the one over which the plan is computed, on however many devices.
        strength: strength of the views.
        wrong_pairs: share of the images whose view 2 shows another image, the same one in every epoch.
        momentum: of BYOL's target network, at the start; it rises to 1.
        seed: of initialisation, order and augmentation.
        knn_every: epochs between two looks at the nearest neighbours' accuracy on held-out images.
    """

    method: str = described(METHOD, "method")
    data: str = described(DATA, "data")
    views: str = described(PRESET, "views")
    epsilon: float = described(TRAINING_EPSILON, "epsilon")
    options: tuple[tuple[str, float | str], ...] = described(Options(), "options")
    network: str = described(NETWORK, "network")
    input_size: int = described(INPUT_SIZE, "input_size")
    epochs: int = described(EPOCHS, "epochs")
    batch_size: int = described(BATCH_SIZE, "batch_size")
    learning_rate: float = described(LEARNING_RATE, "learning_rate")
    weight_decay: float = described(WEIGHT_DECAY, "weight_decay")
    warmup_epochs: int = described(WARMUP_EPOCHS, "warmup_epochs")
    strength: float = described(STRENGTH, "strength")
    wrong_pairs: float = described(WRONG_PAIRS, "wrong_pairs")
    momentum: float = described(MOMENTUM, "momentum")
    on: str = described(ON, "on")
    on_output: str = described(ON_OUTPUT, "on_output")
    embedded_views: int = described(EMBEDDED_VIEWS, "embedded_views")
    encoder: str = described(START, "encoder")
    image_tower: str = described(IMAGE_TOWER, "image_tower")
    dropout: float = described(DROPOUT, "dropout")
    seed: int = described(SEED, "seed")
    knn_every: int = described(KNN_EVERY, "knn_every")

    @property
    def reads_texts(self) -> bool:
        """Whether view 2 is a text."""
        return VIEWS[self.views].words

    @property
    def is_head(self) -> bool:
        """Whether a head is trained, on the features of an encoder that stays as it is."""
        return self.on != NOTHING

    @property
    def follows(self) -> bool:
        """Whether a target network follows the one that learns, as under BYOL."""
        return self.method == "byol" and not self.reads_texts

    @property
    def composition(self) -> dict[str, Any]:
        """The options as :func:`gca_viz.align` takes them: τ is turned into λ = ε τ / (1 − τ)."""
        options = dict(self.options)
        for marginal in ("1", "2"):
            if f"tau{marginal}" in options:
                tau = float(options.pop(f"tau{marginal}"))
                options[f"lambda{marginal}"] = math.inf if tau >= 1 else self.epsilon * tau / (1 - tau)
        return options

    def check(self) -> None:
        """Raise :class:`InputError` before the first step where the parts cannot work together."""
        if self.is_head:
            self._check_head()
        if self.reads_texts:
            self._check_texts()
        elif self.encoder != NOTHING or self.image_tower != LEARNED:
            raise InputError(
                f"encoder = {self.encoder!r}, image_tower = {self.image_tower!r} with the views {self.views}",
                "they are of the views image-text; of images alone a network starts at random",
                "Leave them out, or choose those views",
                parameter="encoder",
            )
        if self.method != RANDOM:
            self._check_options()

    def _check_head(self) -> None:
        if self.reads_texts:
            raise InputError(
                f"on = {self.on!r} with the views {self.views}",
                "heads of image and text are trained on --encoder with --image-tower locked",
                "Write it so",
                parameter="on",
            )
        chosen = [spec.name for spec in (NETWORK, INPUT_SIZE) if getattr(self, spec.name) != spec.default]
        if chosen:
            raise InputError(
                f"{listed(chosen)} of a head on {self.on}",
                "the encoder below has a network and a size of its own",
                f"Leave out {listed(chosen)}",
                parameter=chosen[0],
            )

    def _check_texts(self) -> None:
        crossing = [name for name, method in METHODS.items() if "cross" in method.layouts]
        if self.method not in crossing:
            raise InputError(
                f"method = {self.method!r}",
                f"images stand against texts under {', '.join(crossing)}",
                "Choose one of these",
                parameter="method",
            )
        if self.epochs < 1 or self.wrong_pairs:
            raise InputError(
                f"{self.epochs} epochs with {self.wrong_pairs:g} wrong pairs of image and text",
                "at least 1 epoch is needed, and every text is that of its image",
                "Correct the number",
            )

    def _check_options(self) -> None:
        """Try the composition on a few random embeddings."""
        import torch

        from gca_viz.transport import align

        z1, z2 = torch.randn(2, 8, 4, generator=torch.Generator().manual_seed(0))
        groups = torch.arange(8) % 2
        context = self.context(groups, groups)
        align(z1, z2, self.method, epsilon=self.epsilon, trace=False, **self.composition, **context)

    def context(self, labels: torch.Tensor, domains: torch.Tensor) -> dict[str, Any]:
        """What the target needs to know of the samples."""
        known = {"labels": labels, "domains": domains}
        taken = options_of(dict(self.options).get("target"))
        return {name: values for name, values in known.items() if name in taken}

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"options": dict(self.options)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainingRecipe:
        """The reverse of :meth:`to_dict`, of earlier versions, too; names that are not known are left out."""
        values = {_NAMES_BEFORE.get(name, name): value for name, value in values.items()}
        known = {item.name for item in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        return cls(**kept | {"options": tuple(dict(kept.get("options", {})).items())})


#: name in cards and runs of earlier versions → name of today
_NAMES_BEFORE = {"dataset": "data"}
