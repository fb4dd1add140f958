"""A head on the features of an encoder that stays as it is: in memory, and as a file of its tensors alone."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gca_viz.encoders.checkpoints.file_names import card_of, read_card
from gca_viz.encoders.checkpoints.files import Checkpoint, read_checkpoint
from gca_viz.encoders.checkpoints.ground import Ground
from gca_viz.encoders.checkpoints.kinds import refusal
from gca_viz.encoders.checkpoints.load_report import USABLE, LoadReport, Output
from gca_viz.encoders.checkpoints.model import Card, Model
from gca_viz.encoders.checkpoints.names import PROJECTOR
from gca_viz.encoders.checkpoints.projector import fill, projector_of, width_of
from gca_viz.encoders.encoder import Encoder, encoder_of
from gca_viz.encoders.hub.model import HubModel
from gca_viz.encoders.network import Network
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.encoders.recorded import Recorded
from gca_viz.encoders.text import MINILM, TEXT, TextProjection, text_projection_of
from gca_viz.files import atomic

_AGAIN = "Train it again with gca-viz train --on, or bring another file"


class HeadNetwork(Network):
    """A head and the network below it.

    Args:
        below: stays as it is.
        output: which of its outputs the head takes; it is the backbone of the whole.
        projector: the head.
    """

    def __init__(self, below: Network, output: Output, projector: nn.Module):
        super().__init__()
        self.below, self.output, self.projector = below, output, projector

    def backbone(self, x: Tensor) -> Tensor:
        """What the head takes, N × d, from prepared images N × 3 × H × W."""
        z: Tensor = self.below.backbone(x) if self.output == "backbone" else self.below(x)
        return z


@dataclass(frozen=True)
class HeadModel:
    """The counterpart of :class:`gca_viz.encoders.checkpoints.model.Model` of a head.

    Attributes:
        below: the encoder that it stands on.
        ground: what its file says of that.
        projector: the head, in evaluation mode; shared, so nobody may change it.
        text: what brings texts where the head brings images, or None.
        digest: identifies the file of the head.
        report: what was understood of both.
        card: what is recorded beside the file.
    """

    below: Model | HubModel = field(repr=False)
    ground: Ground
    projector: nn.Sequential = field(repr=False)
    text: TextProjection | None = field(repr=False)
    digest: str
    report: LoadReport
    card: Card = field(default_factory=dict, repr=False)

    def prepared(self, given: Preprocessing) -> HeadModel:
        """The same with preprocessing that is given in place of that of the encoder below."""
        below = self.below.prepared(given)
        of = below.report
        how = {"input_size": of.input_size, "size_from": of.size_from, "mean": of.mean, "std": of.std}
        report = replace(self.report, **how, normalisation_from=of.normalisation_from)  # type: ignore[arg-type]
        return replace(self, below=below, report=report)

    def content_id(self, output: Output) -> str:
        """Identifies the embeddings; those of the backbone are the embeddings of the encoder below."""
        below = self.below.content_id(self.ground.output)
        if output == "backbone":
            return below
        return f"{self.digest}-{hashlib.sha256(below.encode()).hexdigest()[:8]}-{output}"

    def encoder(self, name: str, output: Output, device: str) -> Encoder:
        """An encoder with a copy of both networks."""
        below = encoder_from(self.below, self.ground.name, self.ground.output, device)
        network = HeadNetwork(below.network, self.ground.output, copy.deepcopy(self.projector))
        network.text = copy.deepcopy(self.text)
        return replace(
            below,
            name=name,
            network=network.to(device).eval(),
            output=output,
            content_id=self.content_id(output),
            card=self.card,
            report=self.report,
            below=below,
        )


def encoder_from(model: Model | HeadModel | HubModel | Recorded, name: str, output: Output, device: str) -> Encoder:
    """The encoder of a model; raises :class:`InputError` where it has no such output."""
    if isinstance(model, Model):
        return encoder_of(model, name, output, device)
    return model.encoder(name, output, device)


def read_head(path: Path, ground: Ground, below: Model | HubModel) -> HeadModel:
    """Read the file of a head, and put it on its encoder.

    Args:
        path: the file; a card beside it, with the ending ``.json``, is read too.
        ground: what it says of that encoder.
        below: the encoder.

    Raises:
        InputError: a file that cannot be read safely, or holds no head for that encoder.
    """
    checkpoint = read_checkpoint(path)
    tensors = {
        name.removeprefix(PROJECTOR): tensor
        for name, tensor in checkpoint.tensors.items()
        if name.startswith(PROJECTOR)
    }
    _check_numbers(path, tensors)
    features = below.report.widths[ground.output]
    assert features is not None  # its content id has been found
    with torch.device("meta"):
        projector, problem, _ = projector_of(tensors, features)
    if projector is None:
        raise refusal(path, f"holds no head: {problem or 'no projector'}", "linear layers and batch norms", _AGAIN)
    fill(projector, tensors)
    text = text_projection_of(checkpoint.tensors, checkpoint.metadata, width_of(projector))
    report = _report(checkpoint, below.report, projector, features, text)
    return HeadModel(below, ground, projector.eval(), text, checkpoint.digest, report, read_card(card_of(path)))


def save_head(path: Path, tensors: Mapping[str, Tensor], ground: Ground) -> None:
    """Write a head as safetensors.

    Args:
        path: the file.
        tensors: ``"projector.0.weight"``, … as in an ``nn.Sequential``, and ``"text.…"`` of a head for texts.
        ground: the encoder that it stands on.
    """
    metadata = ground.metadata | ({"texts": MINILM} if any(name.startswith(TEXT) for name in tensors) else {})
    with atomic.written(path) as (part,):
        save_file(dict(tensors), part, metadata=metadata)


def _report(
    checkpoint: Checkpoint,
    below: LoadReport,
    projector: nn.Sequential,
    features: int,
    text: TextProjection | None,
) -> LoadReport:
    used = [name for name in checkpoint.tensors if name.startswith(PROJECTOR)]
    used += [] if text is None else [name for name in checkpoint.tensors if name.startswith(TEXT)]
    return LoadReport(
        architecture=f"Head on {below.architecture}",
        verdict=USABLE,
        input_size=below.input_size,
        mean=below.mean,
        std=below.std,
        widths={"backbone": features, "projector": width_of(projector)},
        matched=len(used),
        ignored=tuple(name for name in checkpoint.tensors if name not in used),
        texts="" if text is None else MINILM,
        size_from=below.size_from,
        normalisation_from=below.normalisation_from,
        notes=("Its backbone is what the encoder below gives, which stays as it is.",),
    )


def _check_numbers(path: Path, tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        if not name.endswith("num_batches_tracked") and not (
            tensor.is_floating_point() and tensor.float().isfinite().all()
        ):
            raise refusal(
                path, f"has numbers in {PROJECTOR}{name} that are no finite floats", "finite ones", _AGAIN
            )
