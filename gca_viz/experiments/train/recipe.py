"""Everything that decides a training run."""

from __future__ import annotations

import inspect
import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from gca_viz.errors import InputError
from gca_viz.transport import METHODS
from gca_viz.transport.parameters import options_of, target_name
from gca_viz.views import STRENGTH, VIEWS

if TYPE_CHECKING:
    import torch

RANDOM = "random"
_NOT_OPTIONS = ("z1", "z2", "method", "epsilon", "trace", "start", "progress", "partner", "mu", "nu", "labels")


@dataclass(frozen=True)
class TrainingRecipe:
    """Everything that decides a training run but the machine.

    Attributes:
        method: a name of :data:`gca_viz.transport.METHODS`, or ``"random"`` for an untrained network.
        dataset: a bundled data set, or a path to images; its training split is used, or all of it without one.
        views: a name of :data:`gca_viz.views.VIEWS`; one that crosses domains makes cross-style positives.
        epsilon: temperature of the kernel during training.
        options: what else :func:`gca_viz.align` takes, e.g. ``(("lambda1", 1.0), ("target", "label"))``; ``tau1``
            and ``tau2`` name a point of the constraint square of ``gca-uot`` instead of ``lambda1``, ``lambda2``.
        network: a name of :data:`gca_viz.experiments.train.networks.NETWORKS`.
        input_size: height and width in pixels to which images are resized.
        epochs, batch_size, learning_rate, weight_decay, warmup_epochs: AdamW with linear warm-up, then cosine; the
            batch is the one over which the plan is computed, on however many devices.
        strength: strength of the views.
        wrong_pairs: share of the images whose view 2 shows another image, the same one in every epoch.
        momentum: of BYOL's target network, at the start; it rises to 1.
        seed: of initialisation, order and augmentation.
        knn_every: epochs between two looks at the nearest neighbours' accuracy on held-out images.
    """

    method: str = "gca-ince"
    dataset: str = "emoji"
    views: str = "simclr"
    epsilon: float = 0.2
    options: tuple[tuple[str, float | str], ...] = ()
    network: str = "small-resnet"
    input_size: int = 32
    epochs: int = 50
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    warmup_epochs: int = 3
    strength: float = 1.0
    wrong_pairs: float = 0.0
    momentum: float = 0.99
    seed: int = 0
    knn_every: int = 10

    def __post_init__(self) -> None:
        # Cards and commands may name a target as it was called once.
        options = ((name, target_name(value) if name == "target" else value) for name, value in self.options)
        object.__setattr__(self, "options", tuple(options))

    @property
    def composition(self) -> dict[str, Any]:
        """The options as :func:`gca_viz.align` takes them: τ is turned into λ = ε τ / (1 − τ)."""
        options = dict(self.options)
        for side in ("1", "2"):
            if f"tau{side}" in options:
                tau = float(options.pop(f"tau{side}"))
                options[f"lambda{side}"] = math.inf if tau >= 1 else self.epsilon * tau / (1 - tau)
        return options

    def check(self) -> None:
        """Raise :class:`InputError` before the first step where the recipe cannot work."""
        from gca_viz.experiments.train.networks import NETWORKS  # a recipe is described without torch

        for name, allowed in (
            ("method", (RANDOM, *METHODS)),
            ("views", tuple(name for name, view in VIEWS.items() if not view.words)),
            ("network", tuple(NETWORKS)),
        ):
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"{name} = {getattr(self, name)!r}",
                    f"{name} is one of {', '.join(allowed)}",
                    "Choose one of these",
                    parameter=name,
                )
        STRENGTH.check(self.strength)
        for name, low, high in _BOUNDS:
            value = getattr(self, name)
            if not low <= value <= high:  # NaN is not, either
                raise InputError(
                    f"{name} = {value!r}",
                    f"{name} is a number from {low:g} to {high:g}",
                    f"The default is {getattr(TrainingRecipe, name):g}",
                    parameter=name,
                )
        if self.method != RANDOM:
            self._check_options()

    def _check_options(self) -> None:
        """Try the composition on a few random embeddings."""
        import torch

        from gca_viz.transport import align

        # What align takes beside embeddings, method and temperature, and the two sides of the constraint square.
        taken = [name for name in inspect.signature(align).parameters if name not in (*_NOT_OPTIONS, "domains")]
        options = (*taken, "tau1", "tau2")
        for name, value in self.options:
            if name not in options:
                raise InputError(
                    f"the option {name} = {value}", f"the options are {', '.join(options)}", "Correct the name"
                )
            if name.startswith("tau") and not (isinstance(value, (int, float)) and 0 <= value <= 1):
                raise InputError(
                    f"{name} = {value!r}", "τ goes from 0 to 1", "Use a number between", parameter=name
                )
        z = torch.randn(2, 8, 4, generator=torch.Generator().manual_seed(0))
        groups = torch.arange(8) % 2
        align(
            *z, self.method, epsilon=self.epsilon, trace=False, **self.composition, **self.context(groups, groups)
        )

    def context(self, labels: torch.Tensor, domains: torch.Tensor) -> dict[str, torch.Tensor]:
        """What the target needs to know of the samples."""
        known = {"labels": labels, "domains": domains}
        taken = options_of(dict(self.options).get("target"))
        return {name: values for name, values in known.items() if name in taken}

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"options": dict(self.options)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainingRecipe:
        """The reverse of :meth:`to_dict`; names that are not known are left out."""
        known = {item.name for item in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        return cls(**kept | {"options": tuple(dict(kept.get("options", {})).items())})


_BOUNDS = (
    ("input_size", 8, 512),
    ("epochs", 0, 100_000),
    ("batch_size", 2, 65_536),
    ("learning_rate", 1e-8, 100),
    ("weight_decay", 0, 10),
    ("warmup_epochs", 0, 100_000),
    ("wrong_pairs", 0, 1),
    ("momentum", 0, 1),
    ("seed", 0, 2**31 - 1),
    ("knn_every", 1, 100_000),
)
