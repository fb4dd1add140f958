"""Everything that decides a training run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from gca_viz.errors import InputError, listed
from gca_viz.experiments.recipe.field import NOTHING, Checked, described
from gca_viz.experiments.recipe.parts import PRESET
from gca_viz.experiments.train.course_checks import check_course
from gca_viz.experiments.train.options import Options
from gca_viz.experiments.train.parts import (
    AWAY,
    AWAY_FROM,
    BATCH_SIZE,
    BUFFER,
    CLASS,
    CLIENTS,
    DATA,
    DROPOUT,
    EMBEDDED_VIEWS,
    EPOCHS,
    IMAGE_TOWER,
    IMAGES,
    IN_TURN,
    INPUT_SIZE,
    KNN_EVERY,
    LEARNED,
    LEARNING_RATE,
    LOCAL_EPOCHS,
    METHOD,
    MOMENTUM,
    NETWORK,
    ON,
    ON_OUTPUT,
    RANDOM,
    SEED,
    START,
    STYLE,
    TEACHER,
    TRAINED,
    TRAINING_EPSILON,
    WARMUP_EPOCHS,
    WEIGHT_DECAY,
    WRONG_PAIRS,
)
from gca_viz.experiments.train.view_checks import check_several_views
from gca_viz.transport import METHODS
from gca_viz.transport.options import known_of_samples
from gca_viz.views import COUNT, REDUCE, STRENGTH, VIEWS

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TrainingRecipe(Checked):
    """Everything that decides a training run but the machine; what cannot be raises :class:`InputError`.

    Attributes:
        method: a name of :data:`gca_viz.transport.METHODS`, or ``"random"`` for an untrained network.
        data: a bundled data set, or a path to images; its training split is used, or all of it without one.
        images: how many of its training images are used, whole identities in a random order that no seed moves, and
            of the held-out ones at most as many; 0 uses all.
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
        momentum: of a teacher; of BYOL's target network at the start, from where it rises to 1.
        teacher: ``"momentum"`` makes the columns the embeddings of a network that follows the one that learns.
        clients, local_epochs: ``"style"`` or ``"class"``: who has which images; each trains apart from the others
            for so many passes, then weights and statistics are averaged, weighted by the number of images. An epoch
            is such a round.
        in_turn, buffer: ``"style"``: styles come one after the other, each for all epochs, with so many images kept
            of each earlier one.
        away_from, away: an encoder that stays as it is, and λ of how much being alike to it (linear CKA) costs.
        views_count, reduce: views of each image in a step, m, and which two embeddings they come to: ``"pair"``,
            the two that lie farthest apart (``"worst"``), or means of half of them each (``"mean"``,
            ``"posterior"``); see :func:`gca_viz.embedding.reduce.reduce_views`.
        seed: of initialisation, order and augmentation.
        knn_every: epochs between two looks at the nearest neighbours' accuracy on held-out images.
    """

    method: str = described(METHOD, "method")
    data: str = described(DATA, "data")
    images: int = described(IMAGES, "images")
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
    teacher: str = described(TEACHER, "teacher")
    clients: str = described(CLIENTS, "clients")
    local_epochs: int = described(LOCAL_EPOCHS, "local_epochs")
    in_turn: str = described(IN_TURN, "in_turn")
    buffer: int = described(BUFFER, "buffer")
    away_from: str = described(AWAY_FROM, "away_from")
    away: float = described(AWAY, "away")
    views_count: int = described(COUNT, "views_count")
    reduce: str = described(REDUCE, "reduce")
    seed: int = described(SEED, "seed")
    knn_every: int = described(KNN_EVERY, "knn_every")

    @property
    def title(self) -> str:
        """What people call its method; a corner of the square that holds nothing is no unbalanced plan."""
        if self.method == RANDOM:
            return "No training"
        held = [dict(self.options).get(side) for side in ("lambda1", "lambda2")]
        return "Only attraction" if self.method == "gca-uot" and held == [0, 0] else METHODS[self.method].title

    @property
    def reads_texts(self) -> bool:
        """Whether view 2 is a text."""
        return VIEWS[self.views].words

    @property
    def is_head(self) -> bool:
        """Whether a head is trained, on the features of an encoder that stays as it is."""
        return self.on != NOTHING

    @property
    def two_kinds(self) -> bool:
        """Whether view 2 is another thing than view 1: changed otherwise, or of another image."""
        views = VIEWS[self.views]
        first, second = views.augmentations
        return first != second or views.cross_domain or self.wrong_pairs > 0

    @property
    def predicts(self) -> bool:
        """Whether a predictor stands on the network that learns, as under BYOL."""
        return self.method == "byol" and not self.reads_texts

    @property
    def follows(self) -> bool:
        """Whether a second network follows the one that learns: BYOL's target, or a teacher."""
        return self.predicts or self.teacher != NOTHING

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
        check_course(vars(self))
        check_several_views(vars(self))
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
        crossing = [name for name in TRAINED if "cross" in METHODS[name].layouts]
        if self.method not in crossing:
            raise InputError(
                f"method = {self.method!r}",
                f"images stand against texts under {', '.join(crossing)}",
                "Choose one of these",
                parameter="method",
            )
        if self.images:
            raise InputError(
                f"images = {self.images} with the views {self.views}",
                "image and text are trained on all identities",
                "Leave it out",
                parameter="images",
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
        groups, one = torch.arange(8) % 2, torch.zeros(8, dtype=torch.long)
        # A batch of a client, or of a phase without a buffer, may be of one style or class.
        labels = one if self.clients == CLASS else groups
        domains = one if self.clients == STYLE or (self.in_turn == STYLE and not self.buffer) else groups
        context = self.context(labels, domains)
        align(z1, z2, self.method, epsilon=self.epsilon, trace=False, **self.composition, **context)

    def context(
        self, labels: torch.Tensor, domains: torch.Tensor, variance: torch.Tensor | None = None
    ) -> dict[str, Any]:
        """What target and weights need to know of the samples."""
        known = {"labels": labels, "domains": domains}
        options, method = dict(self.options), METHODS[self.method]
        sample_by = str(options.get("sample_by", method.sample_by))
        taken = known_of_samples(options.get("target") or method.target, sample_by)
        found = {name: values for name, values in known.items() if name in taken}
        if variance is not None and sample_by == "posterior" and self.views_count > COUNT.default:
            found["variance"] = variance
        return found

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
