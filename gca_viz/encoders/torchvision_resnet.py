"""ResNets with torchvision's names, built from the shapes of their tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

_NAMES = {
    (1, (2, 2, 2, 2)): "ResNet-18",
    (1, (3, 4, 6, 3)): "ResNet-34",
    (4, (3, 4, 6, 3)): "ResNet-50",
    (4, (3, 4, 23, 3)): "ResNet-101",
    (4, (3, 8, 36, 3)): "ResNet-152",
}


@dataclass(frozen=True)
class ResNetShape:
    """All that decides which ResNet it is.

    Attributes:
        blocks: how many there are in each layer; all layers but the first halve height and width.
        expansion: 1 of blocks with two convolutions, 4 of bottlenecks with three.
        width: channels of the stem; the layers have 1, 2, 4, 8 times as many, times the expansion.
        inner: channels within the blocks of the first layer; ``width`` but for wide ResNets and ResNeXt.
        groups: of the 3 × 3 convolutions of bottlenecks.
        kernel: of the stem; 3 means stride 1 and no max-pool (CIFAR), others stride 2 and max-pool (ImageNet).
        padding: of the stem.
    """

    blocks: tuple[int, ...]
    expansion: int
    width: int
    inner: int
    groups: int
    kernel: int
    padding: int

    @property
    def name(self) -> str:
        """E.g. ``"ResNet-50"``."""
        kind = "bottlenecks" if self.expansion == 4 else "basic blocks"
        name = _NAMES.get((self.expansion, self.blocks), f"ResNet of {'-'.join(map(str, self.blocks))} {kind}")
        if (self.inner, self.groups) != (self.width, 1):
            name += f", {self.groups} groups × {self.inner // self.groups} channels"
        return name

    @property
    def stem(self) -> str:
        """The first layer in words."""
        padding = f", padding {self.padding}" if self.padding != self.kernel // 2 else ""
        if self.kernel == 3:
            return f"CIFAR (3 × 3, stride 1{padding}, no max-pool)"
        return f"ImageNet ({self.kernel} × {self.kernel}, stride 2{padding}, max-pool)"

    @property
    def features(self) -> int:
        """Width of the backbone's output."""
        return self.width * 2 ** (len(self.blocks) - 1) * self.expansion


def resnet_shape(tensors: Mapping[str, Tensor], *, padding: int | None = None) -> ResNetShape:
    """Which ResNet the tensors belong to, from the names and shapes of a few of them; the others may not fit.

    Args:
        tensors: name in torchvision → tensor, with at least ``conv1.weight`` and ``layer1.0.conv1.weight``.
        padding: of the stem, where it is not half the kernel.

    Raises:
        ValueError: its first layers do not take images of three channels.
    """
    blocks: dict[str, set[str]] = {}
    for name in tensors:
        layer, _, rest = name.partition(".")
        if layer.startswith("layer"):
            blocks.setdefault(layer, set()).add(rest.partition(".")[0])
    stem, first = tensors["conv1.weight"], tensors["layer1.0.conv1.weight"]
    second = tensors.get("layer1.0.conv2.weight", first)
    if any(tensor.ndim != 4 or 0 in tensor.shape for tensor in (stem, first, second)):
        raise ValueError("its first layers are no convolutions of images")
    if stem.shape[1] != 3:
        raise ValueError(f"its images have {stem.shape[1]} channels, not 3")
    kernel, inner = stem.shape[-1], first.shape[0]
    return ResNetShape(
        blocks=tuple(len(blocks.get(f"layer{k + 1}", ())) for k in range(len(blocks))),
        expansion=4 if "layer1.0.conv3.weight" in tensors else 1,
        width=stem.shape[0],
        inner=inner,
        groups=max(1, inner // second.shape[1]),
        kernel=kernel,
        padding=kernel // 2 if padding is None else padding,
    )


class _Block(nn.Module):
    """The residual block of He et al. (CVPR 2016, figure 5), as torchvision writes it (stride in the 3 × 3)."""

    def __init__(self, before: int, inner: int, after: int, stride: int, groups: int, bottleneck: bool):
        super().__init__()
        if bottleneck:
            self.conv1 = nn.Conv2d(before, inner, 1, bias=False)
            self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, groups=groups, bias=False)
            self.conv3, self.bn3 = nn.Conv2d(inner, after, 1, bias=False), nn.BatchNorm2d(after)
        else:
            self.conv1 = nn.Conv2d(before, inner, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(inner, after, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(inner), nn.BatchNorm2d(self.conv2.out_channels)
        self.bottleneck = bottleneck
        self.downsample = None
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.bottleneck:
            y = self.bn3(self.conv3(F.relu(y)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class TorchvisionResNet(nn.Module):
    """A ResNet with torchvision's names, without its classifier.

    Args:
        shape: which one.

    Attributes:
        projector: module on top of the backbone, or None.
    """

    def __init__(self, shape: ResNetShape):
        super().__init__()
        self.shape = shape
        stride = 1 if shape.kernel == 3 else 2
        self.conv1 = nn.Conv2d(3, shape.width, shape.kernel, stride, shape.padding, bias=False)
        self.bn1 = nn.BatchNorm2d(shape.width)
        self.maxpool = nn.Identity() if shape.kernel == 3 else nn.MaxPool2d(3, 2, 1)
        before = shape.width
        for k, count in enumerate(shape.blocks):
            after, layer = shape.width * shape.expansion * 2**k, []
            for number in range(count):
                stride = 2 if k > 0 and number == 0 else 1
                layer.append(_Block(before, shape.inner * 2**k, after, stride, shape.groups, shape.expansion == 4))
                before = after
            self.add_module(f"layer{k + 1}", nn.Sequential(*layer))
        self.projector: nn.Module | None = None

    def backbone(self, x: Tensor) -> Tensor:
        """Features before the projector, N × ``shape.features``, from normalised images N × 3 × H × W."""
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        for k in range(len(self.shape.blocks)):
            x = getattr(self, f"layer{k + 1}")(x)
        return x.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Projector output, from normalised images N × 3 × H × W."""
        return self.projector(self.backbone(x))
