"""ResNets with torchvision's names, built from the shapes of their tensors and from what these leave open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from gca_viz.encoders.network import Network

_NAMES: Mapping[tuple[int, tuple[int, ...]], str] = {
    (1, (2, 2, 2, 2)): "ResNet-18",
    (1, (3, 4, 6, 3)): "ResNet-34",
    (4, (3, 4, 6, 3)): "ResNet-50",
    (4, (3, 4, 23, 3)): "ResNet-101",
    (4, (3, 8, 36, 3)): "ResNet-152",
}
#: what joins the input of a block that halves the size to its output
Shortcut = Literal["projection", "pad-around", "pad-after"]
#: where the backbone's own batch norm stands
Norm = Literal["stem", "end", "none"]


@dataclass(frozen=True)
class ResNetShape:
    """All that decides which ResNet it is.

    Attributes:
        blocks: how many there are in each layer; all layers but the first halve height and width.
        expansion: 1 of blocks with two convolutions, 4 of bottlenecks with three.
        width: channels of the stem; the layers have 1, 2, 4, 8 times as many, times the expansion.
        inner: channels within the blocks of the first layer; ``width`` but for wide ResNets and ResNeXt.
        groups: of the 3 × 3 convolutions of bottlenecks.
        kernel, padding, stride: of the stem.
        max_pool: whether a max-pool of 3 × 3 with stride 2 follows the stem.
        first_strides: whether the first convolution of a bottleneck has the stride, in place of the 3 × 3.
        shortcut: a convolution, or option A of He et al.: zeros in the channels that there were not.
        pre_activation: whether norm and ReLU stand in front of each convolution of a block.
        norm: where the backbone's own batch norm stands: after the stem, after the last block, or nowhere.
    """

    blocks: tuple[int, ...]
    expansion: int
    width: int
    inner: int
    groups: int
    kernel: int
    padding: int
    stride: int = 1
    max_pool: bool = False
    first_strides: bool = False
    shortcut: Shortcut = "projection"
    pre_activation: bool = False
    norm: Norm = "stem"

    @property
    def name(self) -> str:
        """E.g. ``"ResNet-50"``."""
        kind = "bottlenecks" if self.expansion == 4 else "basic blocks"
        name = _NAMES.get((self.expansion, self.blocks), f"ResNet of {'-'.join(map(str, self.blocks))} {kind}")
        name = f"pre-activation {name}" if self.pre_activation else name
        if (self.inner, self.groups) != (self.width, 1):
            name += f", {self.groups} groups × {self.inner // self.groups} channels"
        return name

    @property
    def stem(self) -> str:
        """The first layer in words."""
        kind = "CIFAR" if self.stride == 1 and not self.max_pool else "ImageNet" if self.max_pool else "No max-pool"
        padding = f", padding {self.padding}" if self.padding != self.kernel // 2 else ""
        pool = "" if kind == "No max-pool" else f", {'' if self.max_pool else 'no '}max-pool"
        return f"{kind} ({self.kernel} × {self.kernel}, stride {self.stride}{padding}{pool})"

    @property
    def unsaid(self) -> dict[str, object]:
        """What no tensor says of it, as :class:`gca_viz.encoders.checkpoints.assumptions.Assumptions` names it."""
        said: dict[str, object] = {
            "stem_stride": self.stride,
            "stem_padding": self.padding,
            "max_pool": self.max_pool,
        }
        if self.expansion == 4 and len(self.blocks) > 1:
            said["bottleneck_stride"] = "1x1" if self.first_strides else "3x3"
        return said if self.shortcut == "projection" else said | {"shortcut": self.shortcut}

    @property
    def features(self) -> int:
        """Width of the backbone's output."""
        return self.width * (1 << (len(self.blocks) - 1)) * self.expansion


class _Block(nn.Module):
    """The residual block of He et al. (CVPR 2016, figure 5), or of their sequel (ECCV 2016, figure 1b).

    Args:
        shape: of the network.
        before, inner, after: channels of its input, within it, and of its output.
        stride: of one of its convolutions.
    """

    def __init__(self, shape: ResNetShape, before: int, inner: int, after: int, stride: int):
        super().__init__()
        self.pre_activation, self.bottleneck = shape.pre_activation, shape.expansion == 4
        self.shortcut, self.stride, self.after = shape.shortcut, stride, after
        widths: list[int]
        if self.bottleneck:
            first, second = (stride, 1) if shape.first_strides else (1, stride)
            self.conv1 = nn.Conv2d(before, inner, 1, first, bias=False)
            self.conv2 = nn.Conv2d(inner, inner, 3, second, 1, groups=shape.groups, bias=False)
            self.conv3 = nn.Conv2d(inner, after, 1, bias=False)
            widths = [before, inner, inner] if self.pre_activation else [inner, inner, after]
        else:
            self.conv1 = nn.Conv2d(before, inner, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(inner, after, 3, 1, 1, bias=False)
            widths = [before, inner] if self.pre_activation else [inner, after]
        self.bn1, self.bn2 = nn.BatchNorm2d(widths[0]), nn.BatchNorm2d(widths[1])
        if self.bottleneck:
            self.bn3 = nn.BatchNorm2d(widths[-1])
        self.downsample: nn.Module | None = None
        if (stride != 1 or before != after) and shape.shortcut == "projection":
            layers: list[nn.Module] = [nn.Conv2d(before, after, 1, stride, bias=False)]
            self.downsample = nn.Sequential(*layers, *([] if self.pre_activation else [nn.BatchNorm2d(after)]))

    def forward(self, x: Tensor) -> Tensor:
        if self.pre_activation:
            return self._pre_activation(x)
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.bottleneck:
            y = self.bn3(self.conv3(F.relu(y)))
        return F.relu(y + (self._padded(x) if self.downsample is None else self.downsample(x)))

    def _pre_activation(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(x))
        x = self._padded(x) if self.downsample is None else self.downsample(y)
        y = self.conv2(F.relu(self.bn2(self.conv1(y))))
        z: Tensor = x + (self.conv3(F.relu(self.bn3(y))) if self.bottleneck else y)
        return z

    def _padded(self, x: Tensor) -> Tensor:
        """The input in the shape of the output, without a weight."""
        new = self.after - x.shape[1]
        before = new // 2 if self.shortcut == "pad-around" else 0
        x = x[:, :, :: self.stride, :: self.stride] if self.stride > 1 else x
        return F.pad(x, (0, 0, 0, 0, before, new - before)) if new else x


class TorchvisionResNet(Network):
    """A ResNet with torchvision's names, without its classifier.

    Args:
        shape: which one.
    """

    def __init__(self, shape: ResNetShape):
        super().__init__()
        self.shape = shape
        self.conv1 = nn.Conv2d(3, shape.width, shape.kernel, shape.stride, shape.padding, bias=False)
        if shape.norm != "none":
            self.bn1 = nn.BatchNorm2d(shape.features if shape.norm == "end" else shape.width)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if shape.max_pool else nn.Identity()
        before = shape.width
        for k, count in enumerate(shape.blocks):
            after, layer = shape.width * shape.expansion * 2**k, []
            for number in range(count):
                stride = 2 if k > 0 and number == 0 else 1
                layer.append(_Block(shape, before, shape.inner * 2**k, after, stride))
                before = after
            self.add_module(f"layer{k + 1}", nn.Sequential(*layer))

    def backbone(self, x: Tensor) -> Tensor:
        """Features before the projector, N × ``shape.features``, from normalised images N × 3 × H × W."""
        x = self.conv1(x)
        if self.shape.norm == "stem":
            x = F.relu(self.bn1(x))
        x = self.maxpool(x)
        for k in range(len(self.shape.blocks)):
            x = getattr(self, f"layer{k + 1}")(x)
        if self.shape.norm == "end":
            x = F.relu(self.bn1(x))
        return x.mean((2, 3))


def block_counts(tensors: Mapping[str, Tensor]) -> tuple[int, ...]:
    """How many blocks ``layer1``, ``layer2``, … have, by their names."""
    blocks: dict[str, set[str]] = {}
    for name in tensors:
        layer, _, rest = name.partition(".")
        if layer.removeprefix("layer").isdecimal():
            blocks.setdefault(layer, set()).add(rest.partition(".")[0])
    return tuple(len(blocks.get(f"layer{k + 1}", ())) for k in range(len(blocks)))
