"""What the tensors of a checkpoint do not say of the network's forward pass: described once, for every door.

``load_encoder(assume=…)``, ``--assume`` on the command line and the form on the page read the descriptions here; a
report lists, as a :class:`Question` each, what was taken of a file and what could be taken instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from gca_viz.errors import InputError
from gca_viz.settings.parameter import Choice

Source = Literal["assumed", "recorded", "given"]
#: answer that leaves a projector out
NONE = "none"
YES, NO = "yes", "no"

CHOICES = (
    Choice(
        "weights",
        "Weights",
        (),
        "",
        "Which backbone of the file: trained or averaged, student or teacher; a name in the report, or its word.",
    ),
    Choice(
        "projector",
        "Projector",
        (NONE,),
        "",
        "Which module of the file is the projector: a name of the report, any other module's, or none.",
    ),
    Choice(
        "activation",
        "Projector's activation",
        ("relu", "gelu", "silu", "leaky-relu", "none"),
        "",
        "What stands between the projector's layers where nothing is stored.",
    ),
    Choice(
        "stem_stride", "Stride of the stem", ("1", "2"), "", "Step of the first convolution: CIFAR 1, ImageNet 2."
    ),
    Choice(
        "stem_padding",
        "Padding of the stem",
        ("0", "1", "2", "3", "4", "5"),
        "",
        "Rows of zeros around the image: usually half the kernel; solo-learn pads its 3 × 3 stem by 2.",
    ),
    Choice(
        "max_pool", "Max-pool after the stem", (YES, NO), "", "3 × 3 with stride 2, as for ImageNet; CIFAR none."
    ),
    Choice(
        "bottleneck_stride",
        "Stride of a bottleneck",
        ("3x3", "1x1"),
        "",
        "Which convolution halves the size: the 3 × 3 (torchvision, V1.5) or the first 1 × 1 (Caffe, V1).",
    ),
    Choice(
        "shortcut",
        "Shortcut without weights",
        ("pad-around", "pad-after"),
        "",
        "Option A of He et al.: every second position, with channels of zeros on both sides or behind the others.",
    ),
    Choice(
        "block_order",
        "Order within a block",
        ("post-activation", "pre-activation"),
        "",
        "Convolution before norm and ReLU, or behind them (He et al., 2016b).",
    ),
)
_CHOICES = {choice.name: choice for choice in CHOICES}


@dataclass(frozen=True)
class Question:
    """One thing that the tensors of a file leave open.

    Attributes:
        name: of the assumption, e.g. ``"stem_padding"``.
        answer: what was taken.
        answers: what can be taken, ``answer`` among them.
        source: whether the answer was assumed, recorded in the file or given by the caller.
    """

    name: str
    answer: str
    answers: tuple[str, ...]
    source: Source = "assumed"

    @property
    def choice(self) -> Choice:
        """Label and help."""
        return _CHOICES[self.name]


@dataclass(frozen=True)
class Assumptions:
    """Answers to what a file leaves open; an empty text leaves it to the file's names and to what is usual.

    Attributes:
        weights, projector, activation, stem_stride, stem_padding, max_pool, bottleneck_stride, shortcut,
            block_order: as :data:`CHOICES` describes each.
    """

    weights: str = ""
    projector: str = ""
    activation: str = ""
    stem_stride: str = ""
    stem_padding: str = ""
    max_pool: str = ""
    bottleneck_stride: str = ""
    shortcut: str = ""
    block_order: str = ""

    def __post_init__(self) -> None:
        for choice in CHOICES:
            answer = getattr(self, choice.name)
            if answer and choice.name not in ("weights", "projector"):  # those name modules of the file
                choice.check(answer)

    @classmethod
    def of(cls, given: Assumptions | Mapping[str, object] | str | None) -> Assumptions:
        """From what a caller gives: names and answers, or text such as ``"stem_padding=2, weights=teacher"``.

        Answers may be numbers, and ``True`` and ``False`` for yes and no.

        Raises:
            InputError: an unknown name, or an answer that is none.
        """
        if isinstance(given, Assumptions):
            return given
        pairs = _parted(given) if isinstance(given, str) else given or {}
        for name in pairs:
            if name not in _CHOICES:
                raise InputError(
                    f"assume = {name!r}",
                    f"what can be assumed is {', '.join(_CHOICES)}",
                    "Write a name and an answer, e.g. stem_padding=2",
                    parameter="assume",
                )
        return cls(**{name: _written(answer) for name, answer in pairs.items()})

    @property
    def given(self) -> dict[str, str]:
        """Name → answer, of what is not left open."""
        return {item.name: answer for item in fields(self) if (answer := getattr(self, item.name))}

    @property
    def text(self) -> str:
        """As the command line writes it, e.g. ``"weights=teacher,stem_padding=2"``; empty for none."""
        return ",".join(f"{name}={answer}" for name, answer in self.given.items())

    def over(self, other: Assumptions) -> Assumptions:
        """The same, with the other's answers where this one has none."""
        return replace(other, **self.given)


@dataclass(frozen=True)
class Answers:
    """Who answers what the tensors of a file leave open.

    Attributes:
        given: by the caller, which go first.
        recorded: in the file.
    """

    given: Assumptions = Assumptions()
    recorded: Assumptions = Assumptions()

    def of(self, name: str) -> str:
        """The answer that is given, else the recorded one; empty for none."""
        answer: str = getattr(self.given, name) or getattr(self.recorded, name)
        return answer

    def source(self, name: str) -> Source:
        """Where an answer comes from."""
        return "given" if getattr(self.given, name) else "recorded" if getattr(self.recorded, name) else "assumed"

    def question(self, name: str, usual: str, answers: tuple[str, ...]) -> Question:
        """One thing that is open, with the usual answer where there is none."""
        answer = self.of(name) or usual
        return Question(name, answer, answers if answer in answers else (answer, *answers), self.source(name))


def refuse_assumptions(assume: Assumptions, what: str) -> None:
    """Raise :class:`InputError` where something is assumed of an encoder of which all is known."""
    if assume.given:
        raise InputError(
            f"assume = {assume.text} for {what}",
            "only what the tensors of a checkpoint leave open is assumed; this comes with its whole description",
            "Leave out assume",
            parameter="assume",
        )


def _written(answer: object) -> str:
    if isinstance(answer, bool):
        return YES if answer else NO
    return "" if answer is None else str(answer).strip().strip(".")


def _parted(text: str) -> dict[str, str]:
    found = {}
    for part in filter(None, re.split(r"[,;\s]+", re.sub(r"\s*=\s*", "=", text))):
        name, equals, answer = part.partition("=")
        if not equals:
            raise InputError(
                f"assume = {text!r}",
                "assumptions are names and answers, with commas between",
                "Write them as stem_padding=2,weights=teacher",
                parameter="assume",
            )
        found[name.replace("-", "_")] = answer
    return found
