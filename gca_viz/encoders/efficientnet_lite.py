"""EfficientNet-Lite0: a network for photographs, made for small machines; it ships with its ImageNet weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gca_viz.encoders.network import Network

#: numbers per embedding of the backbone
FEATURES = 1280
STEM = 32  # channels of the first layer
#: of each stage: blocks, kernel, stride of the first block, expansion, channels
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class SameConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow does ("same"): with a stride, at the end more than at the beginning."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(
            channels_in, channels_out, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups
        )

    def forward(self, x: Tensor) -> Tensor:
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        if stride > 1:
            height, width = x.shape[-2:]
            x = F.pad(x, (*_ends(width, kernel, stride), *_ends(height, kernel, stride)))
        return super().forward(x)


def _ends(length: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels to add before and after a side, so that a convolution makes ⌈length / stride⌉ of it."""
    padding = max(0, kernel - (length % stride or stride))
    return padding // 2, padding - padding // 2


class InvertedResidual(nn.Module):
    """Widen each position, look around in each channel, narrow again (Sandler et al., CVPR 2018, figure 3).

    Args:
        channels_in, channels_out: a block that keeps channels and size adds its input to its output.
        kernel, stride: of the convolution within each channel.
        expansion: how many times as many channels there are in between.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        inner = channels_in * expansion
        self.expand = SameConv2d(channels_in, inner, 1) if expansion > 1 else None
        self.depthwise = SameConv2d(inner, inner, kernel, stride, groups=inner)
        self.project = SameConv2d(inner, channels_out, 1)
        self.has_shortcut = stride == 1 and channels_in == channels_out

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else F.relu6(self.expand(x), inplace=True)
        y: Tensor = self.project(F.relu6(self.depthwise(wide), inplace=True))
        return x + y if self.has_shortcut else y


class EfficientNetLite0(Network):
    """The network without its classifier, each batch norm folded into the convolution in front of it.

    Source: Tan and Le, ICML 2019, in the variant for phones that Google published as EfficientNet-Lite: ReLU6 in
    place of swish, no squeeze and excitation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv2d(3, STEM, 3, 2)
        blocks, channels = list[nn.Module](), STEM
        for count, kernel, stride, expansion, width in _STAGES:
            for number in range(count):
                blocks.append(InvertedResidual(channels, width, kernel, 1 if number else stride, expansion))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.top = SameConv2d(channels, FEATURES, 1)

    def backbone(self, x: Tensor) -> Tensor:
        """Mean over positions of the last features, N × 1280, from normalised images N × 3 × H × W."""
        if x.device.type == "cpu":  # three times as fast there as with a channel after the other
            x = x.to(memory_format=torch.channels_last)
        x = F.relu6(self.stem(x), inplace=True)
        return F.relu6(self.top(self.blocks(x)), inplace=True).mean((2, 3))
