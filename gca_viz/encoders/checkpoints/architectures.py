"""The architectures that are found in checkpoints and rebuilt from the shapes of their tensors, an entry each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from torch import Tensor

from gca_viz.encoders.checkpoints.assumptions import Answers, Question
from gca_viz.encoders.checkpoints.resnet_reading import is_of_solo_learn, resnet_shape
from gca_viz.encoders.checkpoints.torchvision_resnet import TorchvisionResNet
from gca_viz.encoders.efficientnet_lite import FEATURES, STEM, EfficientNetLite0
from gca_viz.encoders.network import Network
from gca_viz.encoders.resnet import SmallResNet

CIFAR = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
#: the Lite family takes (byte − 127) / 128
LITE = (127 / 255,) * 3, (128 / 255,) * 3


@dataclass(frozen=True)
class Backbone:
    """What is known of a backbone before a network is built for it.

    Attributes:
        tensors: name in the architecture → tensor.
        answers: to what the tensors leave open.
        recorded: hyper-parameters, as they stand in the file.
        beside: names in the file of the tensors that are no part of it.
    """

    tensors: Mapping[str, Tensor]
    answers: Answers = field(default_factory=Answers)
    recorded: Mapping[str, object] = field(default_factory=dict)
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Built:
    """A network without its numbers, and what is assumed of it where the file says nothing.

    Attributes:
        network: without a projector.
        name: e.g. ``"ResNet-18"``.
        features: width of the backbone's output.
        stem: the first layer in words.
        width: channels of the first layer.
        input_size: height and width in pixels.
        normalisation: per-channel mean and deviation of images in [0, 1].
        questions: what the tensors leave open of its forward pass.
        notes: sentences on what was assumed of the layers.
    """

    network: Network
    name: str
    features: int
    stem: str
    width: int
    input_size: int
    normalisation: tuple[tuple[float, ...], tuple[float, ...]]
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Architecture:
    """One kind of network: how it is found among the tensors of a file, and how it is built.

    Attributes:
        name: e.g. ``"ResNet"``.
        children: the modules of its backbone; numbers behind a name are free (``"layer"`` is ``layer1`` and so on).
            What stands beside them, such as a classifier, is no part of it.
        marks: two tensors that a backbone of this kind always has.
        build: from tensors under its own names to a network; raises ``ValueError`` or ``RuntimeError`` where the
            shapes are impossible.
        spellings: part of a name that other people write → how it is written here.
        in_sequence: what the first children are in an ``nn.Sequential``, and, last, what all that follow are;
            empty where it is never written so.
    """

    name: str
    children: tuple[str, ...]
    marks: tuple[str, str]
    build: Callable[[Backbone], Built]
    spellings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    in_sequence: tuple[str, ...] = ()

    def own_name(self, name: str) -> str:
        """How a tensor below the backbone is called here; empty for one that is no part of it."""
        first, *rest = name.split(".")
        if first.rstrip("0123456789") not in self.children:
            return ""
        return ".".join([first, *(self.spellings.get(part, part) for part in rest)])


def _small(found: Backbone) -> Built:
    width = found.tensors["stem.0.weight"].shape[0]
    return Built(SmallResNet(width), "SmallResNet", 8 * width, "3 × 3, stride 1", width, 32, CIFAR)


def _lite0(found: Backbone) -> Built:
    return Built(EfficientNetLite0(), "EfficientNet-Lite0", FEATURES, "3 × 3, stride 2", STEM, 224, LITE)


def _resnet(found: Backbone) -> Built:
    is_small = found.tensors["conv1.weight"].shape[-1] == 3
    padded = is_small and is_of_solo_learn(found.recorded)
    shape, questions = resnet_shape(found.tensors, found.answers, padding=2 if padded else None)
    source = {question.name: question.source for question in questions}
    notes = []
    if source["stem_stride"] == source["max_pool"] == "assumed":
        if is_small:
            notes.append(
                "Shapes do not tell the stride of a 3 × 3 stem: 1 and no max-pool are assumed, as for CIFAR."
            )
        elif shape.kernel != 7:
            kernel = f"{shape.kernel} × {shape.kernel}"
            notes.append(f"Stride 2 and max-pool are assumed of the unusual {kernel} stem.")
    if source["stem_padding"] == "assumed" and padded:
        notes.append("Its hyper-parameters are solo-learn's, which pads the CIFAR stem by 2: so does this.")
    elif source["stem_padding"] == "assumed" and is_small and "classifier.weight" in found.beside:
        notes.append(
            "Padding 1 is assumed of the stem. If solo-learn trained this, its padding is 2: say stem_padding=2."
        )
    small = shape.stride == 1 and not shape.max_pool
    size, normalisation = (32, CIFAR) if small else (224, IMAGENET)
    return Built(
        TorchvisionResNet(shape),
        shape.name,
        shape.features,
        shape.stem,
        shape.width,
        size,
        normalisation,
        questions,
        tuple(notes),
    )


#: every architecture that is found, in the order in which they are looked for
ARCHITECTURES: tuple[Architecture, ...] = (
    Architecture(
        name="ResNet",
        children=("conv", "bn", "layer"),
        marks=("conv1.weight", "layer1.0.conv1.weight"),
        build=_resnet,
        # ResNets written for CIFAR call the downsample "shortcut".
        spellings=MappingProxyType({"shortcut": "downsample"}),
        in_sequence=("conv1", "bn1", "layer"),
    ),
    Architecture(
        name="SmallResNet",
        children=("stem", "blocks"),
        marks=("stem.0.weight", "blocks.0.conv1.weight"),
        build=_small,
    ),
    Architecture(
        name="EfficientNet-Lite0",
        children=("stem", "blocks", "top"),
        marks=("stem.weight", "blocks.0.depthwise.weight"),
        build=_lite0,
    ),
)
