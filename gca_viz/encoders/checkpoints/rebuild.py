"""From a checkpoint file to a network with its report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import torch

from gca_viz.encoders.checkpoints.architectures import Backbone, Built
from gca_viz.encoders.checkpoints.assumptions import NONE, Answers, Assumptions, Question, Source
from gca_viz.encoders.checkpoints.contents import plain_values
from gca_viz.encoders.checkpoints.file_names import card_of, read_card
from gca_viz.encoders.checkpoints.files import AS_RECORDED, ASSUMPTIONS, Checkpoint, read_checkpoint, stacked
from gca_viz.encoders.checkpoints.guesses import Guess, guess, unknown
from gca_viz.encoders.checkpoints.load_report import USABLE, WITHOUT_PROJECTOR, LoadReport, UnusableError, first_few
from gca_viz.encoders.checkpoints.model import Model
from gca_viz.encoders.checkpoints.names import Named, name_tensors
from gca_viz.encoders.checkpoints.projector import ACTIVATIONS, fill, projector_of, width_of
from gca_viz.encoders.checkpoints.prototypes import are_prototypes, find_prototypes
from gca_viz.encoders.checkpoints.resnet_reading import EMBED
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.encoders.text import MINILM, TEXT, text_projection_of
from gca_viz.errors import InputError

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_CHECK = "Check that the file holds the whole encoder, or embed with it where it runs, and bring the embeddings"
_MOST_GROWTH = 500_000_000  # bytes of numbers that are stored narrower than they are computed with, or repeated
_AT_ONCE = 1 << 22  # numbers that are looked at in one step


def read_model(
    path: Path,
    assume: Assumptions = Assumptions(),  # noqa: B008, it is frozen
    below: Sequence[Path] = (),
) -> Model:
    """Read a checkpoint and rebuild its network.

    Args:
        path: a file that :func:`gca_viz.encoders.checkpoints.files.read_checkpoint` reads; a card beside it, with
            the ending ``.json``, is read too.
        assume: answers to what the tensors leave open.
        below: files with the layers that those of ``path`` stand on, the lowest first.

    Raises:
        InputError: a file that cannot be read safely, weights that are not finite, or an assumption that does not
            fit the file.
        UnusableError: a network of another architecture, or a part of one.
    """
    card = read_card(card_of(path))
    checkpoint = stacked([*map(read_checkpoint, below), read_checkpoint(path)])
    checkpoint = replace(checkpoint, recorded=plain_values(checkpoint.recorded or card.get(AS_RECORDED)))
    answers = Answers(assume, _assumptions_of(checkpoint))
    named = name_tensors(checkpoint.tensors, answers)
    probably = guess(checkpoint.tensors)
    if named.architecture is None:
        raise _unusable(checkpoint, _understood(checkpoint, named), probably or unknown(checkpoint.tensors))
    try:
        with torch.device("meta"):  # no memory and no random numbers before it is known that the tensors fit
            built = named.architecture.build(Backbone(named.backbone, answers, checkpoint.recorded, named.ignored))
            named, notes = _with_projector(named, built, checkpoint, answers)
    except InputError:
        raise
    except (ValueError, RuntimeError, OverflowError, TypeError) as error:  # TypeError: sizes that torch cannot take
        found = probably or Guess(str(error), getattr(error, "remedy", _CHECK))
        raise _unusable(checkpoint, _understood(checkpoint, named), found) from error
    _check_numbers(checkpoint, named, path.stat().st_size)
    questions = (*named.questions, *built.questions)
    _check_asked(path, assume, questions)
    missing, unexpected = fill(built.network, named.tensors)
    report = _report(checkpoint, named, built, missing, unexpected)
    report = replace(report, questions=questions, notes=(*report.notes, *notes))
    if missing or unexpected:
        what = f"it lacks {first_few(missing)}" if missing else f"it has {first_few(report.unexpected)} besides"
        whole = f"no whole {built.name}"
        raise _unusable(
            checkpoint,
            report,
            Guess(f"{probably.what if probably else whole}: {what}", probably.remedy if probably else _CHECK),
        )
    built.network.text = text_projection_of(checkpoint.tensors, checkpoint.metadata, report.widths["projector"])
    if built.network.text is not None:
        report = _with_texts(report, len(built.network.text.state_dict()))
    backbone = next(question.answer for question in questions if question.name == "weights")
    prototypes, said = find_prototypes(checkpoint.tensors, backbone, report.widths)
    if prototypes is not None:
        ignored = tuple(name for name in report.ignored if name != prototypes.name)
        report = replace(report, prototypes=prototypes.text, ignored=ignored, matched=report.matched + 1)
    report = replace(report, notes=(*report.notes, *said))
    return Model(
        built.network.eval(), _with_metadata(report, checkpoint), checkpoint.digest, card, prototypes=prototypes
    )


def _with_projector(
    named: Named, built: Built, checkpoint: Checkpoint, answers: Answers
) -> tuple[Named, list[str]]:
    """Give the network the first projector that can be built; and sentences on the others."""
    wanted = answers.of("projector")
    built.network.projector, chosen = None, NONE
    notes: list[str] = []
    for head in () if wanted == NONE else named.heads:
        if head.doubt and not wanted:
            notes.append(f"{head.doubt}; projector={head.name} makes it the projector.")
            continue
        candidate = named.with_projector(head, checkpoint.tensors)
        activation = answers.question("activation", head.activation, tuple(ACTIVATIONS))
        projector, sentence, gaps = projector_of(candidate.projector, built.features, activation.answer)
        if projector is None and wanted:
            raise InputError(
                f"projector = {wanted!r} of {checkpoint.name}, which is none: {sentence}",
                "a projector is a sequence of linear layers and batch norms that takes the backbone's output",
                f"Choose another of {', '.join([*(head.name for head in named.heads), NONE])}",
                parameter="assume",
            )
        if sentence and not (projector and activation.source != "assumed"):
            notes.append(sentence)
        if projector is None:
            continue
        built.network.projector, named, chosen = projector, candidate, head.name
        if "architecture" in checkpoint.metadata:  # written by save_checkpoint: its layers are known
            notes, gaps = [], ()
        if left := [part for part in head.left if not are_prototypes(part.rpartition(".")[2])]:
            notes.append(f"Behind {head.name} stands {first_few(left)}, which is left out.")
        if gaps:
            named = replace(named, questions=(*named.questions, activation))
        break
    names = tuple(dict.fromkeys([*(head.name for head in named.heads), NONE]))
    if len(names) > 1:
        question = Question("projector", chosen, names, answers.source("projector"))
        named = replace(named, questions=(named.questions[0], question, *named.questions[1:]))
    return named, notes


def _check_asked(path: Path, assume: Assumptions, questions: tuple[Question, ...]) -> None:
    """Raise :class:`InputError` at the first answer to what the file does not leave open."""
    open_ = {question.name for question in questions}
    for name, answer in assume.given.items():
        if name not in open_ and not (name == "projector" and answer == NONE):
            raise InputError(
                f"{name} = {answer} for {path.name}",
                f"its tensors leave open {', '.join(sorted(open_))}, and nothing else",
                f"Leave out {name}",
                parameter="assume",
            )


def _assumptions_of(checkpoint: Checkpoint) -> Assumptions:
    """The answers that a file has in its metadata."""
    try:
        return Assumptions.of(checkpoint.metadata.get(ASSUMPTIONS))
    except InputError as error:
        raise InputError(
            f"the file {checkpoint.name}, whose metadata have unknown assumptions ({error.got})",
            error.allowed,
            "Write the file again with gca-viz convert, or without this entry",
            parameter="encoder",
        ) from error


def _understood(checkpoint: Checkpoint, named: Named) -> LoadReport:
    """The report as far as names alone tell."""
    return LoadReport(
        architecture=named.architecture.name if named.architecture else "",
        verdict="",
        input_size=0,
        mean=(),
        std=(),
        widths={},
        matched=len(named.sources),
        renamed={old: new for new, old in named.sources.items() if old != new},
        ignored=(*named.ignored, *checkpoint.skipped),
        recorded=checkpoint.recorded,
        questions=named.questions,
        notes=named.notes,
    )


def _report(
    checkpoint: Checkpoint, named: Named, built: Built, missing: list[str], unexpected: list[str]
) -> LoadReport:
    """The report of what was built."""
    mean, std = built.normalisation
    width = width_of(built.network.projector) if named.projector else None
    report = _understood(checkpoint, named)
    return replace(
        report,
        architecture=built.name,
        verdict=USABLE if width else WITHOUT_PROJECTOR,
        input_size=built.input_size,
        mean=mean,
        std=std,
        widths={"backbone": built.features, "projector": width},
        missing=tuple(missing),
        unexpected=tuple(named.sources[name] for name in unexpected),
        matched=len(named.sources) - len(unexpected),
        stem=built.stem,
        width=built.width,
        notes=(*report.notes, *built.notes),
    )


def _unusable(checkpoint: Checkpoint, report: LoadReport, found: Guess) -> UnusableError:
    report = replace(report, verdict=f"not this architecture: {found.what}")
    return UnusableError(
        f"the file {checkpoint.name}, {report.verdict}",
        "ResNets with torchvision's names and SmallResNets are read, under the prefixes of any common trainer"
        + (f"; tensors: {report.facts['Tensors']}" if report.matched else ""),
        found.remedy,
        report,
    )


def _check_numbers(checkpoint: Checkpoint, named: Named, file_bytes: int) -> None:
    """Raise :class:`InputError` at the first tensor with which nothing can be computed."""
    taken = 4 * sum(tensor.numel() for tensor in named.tensors.values())
    if taken > file_bytes + _MOST_GROWTH:
        raise InputError(
            f"the file {checkpoint.name}, whose {file_bytes / 1e6:,.0f} MB are {taken / 1e6:,.0f} MB in float32",
            f"a network takes at most {_MOST_GROWTH / 1e6:,.0f} MB more than its file",
            EMBED,
            parameter="encoder",
        )
    for own, tensor in named.tensors.items():
        problem = ""
        if own.endswith("num_batches_tracked"):
            continue
        if tensor.dtype not in _FLOATS:
            problem = f"is of type {tensor.dtype}"
        elif not all(part.float().isfinite().all() for part in torch.split(tensor.reshape(-1), _AT_ONCE)):
            problem = "has numbers that are NaN or infinite in float32"
        if problem:
            raise InputError(
                f"the file {checkpoint.name}, in which {named.sources[own]} {problem}",
                "all weights are finite numbers of 16, 32 or 64 bits",
                "Bring a checkpoint from before the training diverged, or one that is not quantised",
                parameter="encoder",
            )


class _Recorded(TypedDict, total=False):
    """Preprocessing in a report's own names."""

    input_size: int
    size_from: Source
    mean: tuple[float, ...]
    std: tuple[float, ...]
    normalisation_from: Source


def _with_metadata(report: LoadReport, checkpoint: Checkpoint) -> LoadReport:
    """The report with the preprocessing that the file itself records."""
    metadata, found = checkpoint.metadata, _Recorded()
    try:
        if "input_size" in metadata:
            found |= {"input_size": int(metadata["input_size"]), "size_from": "recorded"}
        if "mean" in metadata or "std" in metadata:
            mean, std = (tuple(map(float, json.loads(metadata[name]))) for name in ("mean", "std"))
            found |= {"mean": mean, "std": std, "normalisation_from": "recorded"}
        Preprocessing.of(found.get("mean"), found.get("std"), found.get("input_size"))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"the file {checkpoint.name}, whose metadata do not give a size, mean and std",
            "input_size is a whole number, mean and std are three numbers each in brackets",
            "Write the file again with gca_viz.encoders.save_checkpoint, or without these entries",
            parameter="encoder",
        ) from error
    return replace(report, **found)


def _with_texts(report: LoadReport, tensors: int) -> LoadReport:
    """The report of an encoder that also reads texts, with that many tensors."""
    ignored = tuple(name for name in report.ignored if not name.startswith(TEXT))
    return replace(report, texts=MINILM, matched=report.matched + tensors, ignored=ignored)
