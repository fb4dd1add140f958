"""From a checkpoint file to a network with its report."""

from __future__ import annotations

import copy
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from gca_viz.encoders.architectures import BUILDERS
from gca_viz.encoders.bundled import read_card
from gca_viz.encoders.contents import plain_values
from gca_viz.encoders.encoder import Encoder
from gca_viz.encoders.files import AS_RECORDED, Checkpoint, read_checkpoint
from gca_viz.encoders.guesses import Guess, guess, unknown
from gca_viz.encoders.names import Named, name_tensors
from gca_viz.encoders.projector import fill, projector_of
from gca_viz.encoders.report import USABLE, WITHOUT_PROJECTOR, LoadReport, Output, UnusableError, first_few
from gca_viz.encoders.text import MINILM, TEXT, text_projection_of
from gca_viz.errors import InputError

_LARGEST_INPUT = 1024
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_CHECK = "Check that the file holds the whole encoder, or embed with it where it runs, and bring the embeddings"


@dataclass(frozen=True)
class Model:
    """A network that was read, before it is asked for one of its outputs.

    Attributes:
        network: in evaluation mode; shared, so nobody may change it.
        report: what was understood of its file.
        digest: identifies the file.
        card: what is recorded beside it.
    """

    network: nn.Module = field(repr=False)
    report: LoadReport
    digest: str
    card: dict = field(default_factory=dict, repr=False)

    def prepared(
        self,
        *,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        input_size: int | None = None,
    ) -> Model:
        """The same with the preprocessing that is given; raises :class:`InputError` where that is impossible."""
        check_preprocessing(mean, std, input_size)
        report = self.report
        if mean is not None and std is not None:
            given = {"mean": tuple(map(float, mean)), "std": tuple(map(float, std))}
            report = replace(report, **given, normalisation_from="given")
        if input_size is not None:
            report = replace(report, input_size=input_size, size_from="given")
        return replace(self, report=report)

    def content_id(self, output: Output) -> str:
        """Identifies the embeddings: weights, preprocessing and output."""
        report = self.report
        preprocessing = repr((report.input_size, report.mean, report.std))
        return f"{self.digest}-{hashlib.sha256(preprocessing.encode()).hexdigest()[:8]}-{output}"

    def encoder(self, name: str, output: Output, device: str) -> Encoder:
        """An encoder with a copy of the network; raises :class:`InputError` where there is no such output."""
        if output not in self.report.outputs:
            raise InputError(
                f"output = {output!r} of {name}",
                "its checkpoint holds no projector that can be rebuilt, only the backbone",
                "Use output='backbone'",
                parameter="output",
            )
        return Encoder(
            name=name,
            network=copy.deepcopy(self.network).to(device),  # a caller may move or train its own copy
            output=output,
            input_size=self.report.input_size,
            mean=self.report.mean,
            std=self.report.std,
            content_id=self.content_id(output),
            device=device,
            card=self.card,
            report=self.report,
        )


def read_model(path: Path) -> Model:
    """Read a checkpoint and rebuild its network.

    Args:
        path: a file that :func:`gca_viz.encoders.files.read_checkpoint` reads; a card beside it, with the ending
            ``.json``, is read too.

    Raises:
        InputError: a file that cannot be read safely, or weights that are not finite.
        UnusableError: a network of another architecture, or a part of one.
    """
    checkpoint = read_checkpoint(path)
    card = read_card(path.with_suffix(".json"))
    named = name_tensors(checkpoint.tensors)
    report = _understood(checkpoint, named, checkpoint.recorded or card.get(AS_RECORDED))
    probably = guess(checkpoint.tensors)
    if not named.architecture:
        raise _unusable(checkpoint, report, probably or unknown(checkpoint.tensors))
    _check_numbers(checkpoint, named)
    try:
        with torch.device("meta"):  # no memory and no random numbers before it is known that the tensors fit
            built = BUILDERS[named.architecture](named)
            projector, said = projector_of(named.projector, built.features)
    except (ValueError, RuntimeError) as error:
        raise _unusable(checkpoint, report, probably or Guess(str(error), _CHECK)) from error
    if projector is None:
        named = named.without_projector()
        report = _understood(checkpoint, named, report.recorded)
    built.network.projector = projector
    if projector is not None and "architecture" in checkpoint.metadata:
        said = ""  # written by save_checkpoint: its layers are known
    missing, unexpected = fill(built.network, named.tensors)
    mean, std = built.normalisation
    report = replace(
        report,
        architecture=built.name,
        verdict=USABLE if projector else WITHOUT_PROJECTOR,
        input_size=built.input_size,
        mean=mean,
        std=std,
        widths={"backbone": built.features, "projector": _width(projector)},
        missing=tuple(missing),
        unexpected=tuple(named.sources[name] for name in unexpected),
        matched=len(named.sources) - len(unexpected),
        stem=built.stem,
        width=built.width,
        notes=(*report.notes, *built.notes, *([said] if said else [])),
    )
    if missing or unexpected:
        what = f"it lacks {first_few(missing)}" if missing else f"it has {first_few(report.unexpected)} besides"
        whole = f"no whole {built.name}"
        raise _unusable(
            checkpoint,
            report,
            Guess(f"{probably.what if probably else whole}: {what}", probably.remedy if probably else _CHECK),
        )
    built.network.text = text_projection_of(checkpoint.tensors, checkpoint.metadata, _width(projector))
    if built.network.text is not None:
        report = _with_texts(report, len(built.network.text.state_dict()))
    return Model(built.network.eval(), _with_metadata(report, checkpoint), checkpoint.digest, card)


def check_preprocessing(mean: Sequence[float] | None, std: Sequence[float] | None, input_size: int | None) -> None:
    """Raise :class:`InputError` where given preprocessing is impossible; None stands for what is not given."""
    if (mean is None) != (std is None):
        raise InputError(
            f"{'std' if mean is None else 'mean'} alone",
            "mean and std belong together",
            "Give both, or none",
            parameter="mean" if mean is None else "std",
        )
    for name, values in (("mean", mean), ("std", std)):
        if values is not None and not (
            len(values) == 3 and all(math.isfinite(value) and (value > 0 or name == "mean") for value in values)
        ):
            raise InputError(
                f"{name} = {values!r}",
                f"{name} is three finite numbers{', all above 0' if name == 'std' else ''}",
                "Give one for red, green and blue each, for images in [0, 1]",
                parameter=name,
            )
    if input_size is not None and not (isinstance(input_size, int) and 1 <= input_size <= _LARGEST_INPUT):
        raise InputError(
            f"input_size = {input_size!r}",
            f"images are resized to 1 … {_LARGEST_INPUT} pixels",
            "Use the size that the encoder was trained with, e.g. 32 or 224",
            parameter="input_size",
        )


def _understood(checkpoint: Checkpoint, named: Named, recorded: object) -> LoadReport:
    """The report as far as names alone tell."""
    return LoadReport(
        architecture=named.architecture,
        verdict="",
        input_size=0,
        mean=(),
        std=(),
        widths={},
        matched=len(named.sources),
        renamed={old: new for new, old in named.sources.items() if old != new},
        ignored=(*named.ignored, *checkpoint.skipped),
        recorded=plain_values(recorded),
        notes=named.notes,
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


def _check_numbers(checkpoint: Checkpoint, named: Named) -> None:
    """Raise :class:`InputError` at the first tensor with which nothing can be computed."""
    for own, tensor in named.tensors.items():
        problem = ""
        if own.endswith("num_batches_tracked"):
            continue
        if tensor.dtype not in _FLOATS:
            problem = f"is of type {tensor.dtype}"
        elif not tensor.float().isfinite().all():
            problem = "has numbers that are NaN or infinite in float32"
        if problem:
            raise InputError(
                f"the file {checkpoint.name}, in which {named.sources[own]} {problem}",
                "all weights are finite numbers of 16, 32 or 64 bits",
                "Bring a checkpoint from before the training diverged, or one that is not quantised",
                parameter="encoder",
            )


def _with_metadata(report: LoadReport, checkpoint: Checkpoint) -> LoadReport:
    """The report with the preprocessing that the file itself records."""
    metadata, found = checkpoint.metadata, {}
    try:
        if "input_size" in metadata:
            found |= {"input_size": int(metadata["input_size"]), "size_from": "recorded"}
        if "mean" in metadata or "std" in metadata:
            mean, std = (tuple(map(float, json.loads(metadata[name]))) for name in ("mean", "std"))
            found |= {"mean": mean, "std": std, "normalisation_from": "recorded"}
        check_preprocessing(found.get("mean"), found.get("std"), found.get("input_size"))
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


def _width(projector: nn.Sequential | None) -> int | None:
    """Numbers per embedding that a projector gives."""
    return None if projector is None else [m for m in projector if isinstance(m, nn.Linear)][-1].out_features
