"""What was understood of a checkpoint, shown before it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gca_viz.encoders.checkpoints.assumptions import Assumptions, Question, Source
from gca_viz.errors import InputError

#: which layer's numbers are the embedding
Output = Literal["projector", "backbone"]
OUTPUTS: tuple[Output, ...] = ("projector", "backbone")

MOST_SHOWN = 5
USABLE = "usable"
WITHOUT_PROJECTOR = "usable without projector"


@dataclass(frozen=True)
class LoadReport:
    """What became of every tensor of a checkpoint, and what the encoder made of it takes and gives.

    Attributes:
        architecture: e.g. ``"ResNet-18"``; empty where none was recognised.
        verdict: ``"usable"``, ``"usable without projector"`` or ``"not this architecture: …"``.
        input_size: height and width in pixels to which images are resized.
        mean, std: per-channel normalisation of images in [0, 1].
        widths: output → numbers per embedding, or None where there is no such output.
        matched: how many tensors are used.
        renamed: name in the file → name in the architecture, of tensors that are used under another name.
        missing: names that the architecture needs and the file lacks, or has in another shape.
        unexpected: names in the file among those of the architecture which it does not have.
        ignored: names of all else in the file.
        prototypes: what it brings of them, and where; empty where there are none.
        texts: which text encoder it reads texts with, to embed them beside images; empty if it reads none.
        stem: what the first layer is, e.g. ``"CIFAR (3 × 3, stride 1, no max-pool)"``.
        width: channels of the first layer.
        size_from, normalisation_from: whether ``input_size``, and ``mean`` and ``std``, were assumed, recorded in
            the file or given by the caller.
        recorded: hyper-parameters and the like, as they stand in the file; nobody checked them.
        questions: what the tensors leave open of weights and forward pass, and what was taken.
        notes: sentences on what was assumed, or looks odd.
    """

    architecture: str
    verdict: str
    input_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    widths: Mapping[str, int | None]
    matched: int = 0
    renamed: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    prototypes: str = ""
    texts: str = ""
    stem: str = ""
    width: int | None = None
    size_from: Source = "assumed"
    normalisation_from: Source = "assumed"
    recorded: Mapping[str, object] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs that there are, the one to show first at the front."""
        return tuple(output for output in OUTPUTS if self.widths.get(output))

    @property
    def assume(self) -> Assumptions:
        """What was given of the answers; with it, the file is read the same way again."""
        given = {question.name: question.answer for question in self.questions if question.source == "given"}
        return Assumptions(**given)

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """Name and answer of every question that decides the embeddings, but for what names alone decided."""
        return tuple(
            (question.name, question.answer)
            for question in self.questions
            if question.name not in ("weights", "projector", "activation") or question.source != "assumed"
        )

    @property
    def facts(self) -> dict[str, str]:
        """Label → text, in the order in which a page shows them."""
        pairs = [f"{old} → {new}" for old, new in self.renamed.items()]
        normalisation = f"mean {_numbers(self.mean)}; std {_numbers(self.std)} ({self.normalisation_from})"
        facts = {
            "Verdict": self.verdict,
            "Architecture": self.architecture or "not recognised",
            "Stem": self.stem,
            "Weights": self._chosen("weights"),
            "Projector": self._chosen("projector"),
            "Assumed": "; ".join(_answered(q) for q in self.questions if q.name not in ("weights", "projector")),
            "Width": f"{self.width} channels in the first layer" if self.width else "",
            "Outputs": ", ".join(f"{output} {self.widths.get(output) or 'none'}" for output in reversed(OUTPUTS)),
            "Prototypes": self.prototypes,
            "Texts": f"read by {self.texts}" if self.texts else "",
            "Input": f"{self.input_size} × {self.input_size} px ({self.size_from})" if self.input_size else "",
            "Normalisation": normalisation if self.mean else "",
            "Tensors": f"{self.matched:,} used, of which {len(pairs):,} renamed; {len(self.missing):,} missing, "
            f"{len(self.unexpected):,} unexpected, {len(self.ignored):,} ignored",
            "Renamed": first_few(pairs),
            "Missing": first_few(self.missing),
            "Unexpected": first_few(self.unexpected),
            "Ignored": first_few(self.ignored),
            "As recorded": first_few([f"{name} = {value}" for name, value in self.recorded.items()], 12),
        }
        return {label: text for label, text in facts.items() if text}

    def _chosen(self, name: str) -> str:
        """What was taken of several places in the file, and the others."""
        for question in self.questions:
            others = [answer for answer in question.answers if answer != question.answer]
            if question.name == name and others:
                given = " (given)" if question.source == "given" else ""
                return f"{question.answer}{given}; or {name}={f', {name}='.join(others[:MOST_SHOWN])}"
        return ""

    def __str__(self) -> str:
        facts = self.facts
        title = f"{facts.pop('Architecture')}: {facts.pop('Verdict')}"
        lines = [title, *(f"  {label}: {text}" for label, text in facts.items()), *self.notes]
        return "\n".join(lines)


class UnusableError(InputError):
    """A checkpoint of which no encoder can be made.

    Args:
        got, allowed, remedy: as of :class:`InputError`.
        report: what was understood nevertheless.
    """

    def __init__(self, got: str, allowed: str, remedy: str, report: LoadReport):
        super().__init__(got, allowed, remedy, parameter="encoder")
        self.report = report


def default_output(report: LoadReport) -> Output:
    """The output to start with: the projector's, which the loss saw, where there is one."""
    return report.outputs[0]


def first_few(names: Sequence[str], most: int = MOST_SHOWN) -> str:
    """The first names with commas between, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def _answered(question: Question) -> str:
    """An answer, where it comes from, and the others."""
    others = "/".join(answer for answer in question.answers if answer != question.answer)
    return f"{question.name}={question.answer} ({question.source}; or {others})"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
