"""The architectures that are rebuilt from the shapes of their tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from gca_viz.encoders.names import RESNET, SMALL, Named
from gca_viz.encoders.resnet import SmallResNet
from gca_viz.encoders.torchvision_resnet import TorchvisionResNet, resnet_shape

CIFAR = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Built:
    """A network without its numbers, and what is assumed of it where the file says nothing.

    Attributes:
        network: with ``backbone(x)``, and a place ``projector`` for what comes on top.
        name: e.g. ``"ResNet-18"``.
        features: width of the backbone's output.
        stem: the first layer in words.
        width: channels of the first layer.
        input_size: height and width in pixels.
        normalisation: per-channel mean and deviation of images in [0, 1].
        notes: sentences on what was assumed of the layers.
    """

    network: nn.Module
    name: str
    features: int
    stem: str
    width: int
    input_size: int
    normalisation: tuple[tuple[float, ...], tuple[float, ...]]
    notes: tuple[str, ...] = ()


def _small(named: Named) -> Built:
    width = named.backbone["stem.0.weight"].shape[0]
    return Built(SmallResNet(width), "SmallResNet", 8 * width, "3 × 3, stride 1", width, 32, CIFAR)


def _resnet(named: Named) -> Built:
    # solo-learn pads its CIFAR stem by 2, which no shape shows; it is known by the classifier that it trains along.
    solo = named.sources["conv1.weight"].endswith("backbone.conv1.weight") and "classifier.weight" in named.ignored
    small = named.backbone["conv1.weight"].shape[-1] == 3
    shape = resnet_shape(named.backbone, padding=2 if solo and small else None)
    notes = []
    if shape.kernel not in (3, 7):
        notes.append(f"Stride 2 and max-pool are assumed of the unusual {shape.kernel} × {shape.kernel} stem.")
    if small:
        notes.append("Shapes do not tell the stride of a 3 × 3 stem: 1 and no max-pool are assumed, as for CIFAR.")
    if small and solo:
        notes.append("Named as by solo-learn, which pads the CIFAR stem by 2: so does this.")
    size, normalisation = (32, CIFAR) if small else (224, IMAGENET)
    return Built(
        TorchvisionResNet(shape),
        shape.name,
        shape.features,
        shape.stem,
        shape.width,
        size,
        normalisation,
        tuple(notes),
    )


#: what :func:`gca_viz.encoders.names.name_tensors` found → how it is built; both raise ``ValueError`` or
#: ``RuntimeError`` where the shapes are impossible
BUILDERS: Mapping[str, Callable[[Named], Built]] = MappingProxyType({RESNET: _resnet, SMALL: _small})
