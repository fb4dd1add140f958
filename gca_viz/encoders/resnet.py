"""The bundled encoder: a small residual network for 32 px images, with a two-layer projector."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from gca_viz.encoders.network import Network


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions and a shortcut (He et al., CVPR 2016, figure 2); halves height and width."""

    def __init__(self, channels_in: int, channels_out: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.shortcut = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 1, 2, bias=False), nn.BatchNorm2d(channels_out)
        )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.shortcut(x) + self.bn2(self.conv2(y)))


class SmallResNet(Network):
    """ResNet-8: a 3 × 3 stem and three residual blocks, then SimCLR's projector.

    Args:
        width: channels of the stem; the blocks have 2, 4 and 8 times as many. 16 gives 0.33 M parameters.
        projection: width of the projector's output.
    """

    def __init__(self, width: int = 16, projection: int = 64):
        super().__init__()
        features = 8 * width
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.Sequential(
            ResidualBlock(width, 2 * width),
            ResidualBlock(2 * width, 4 * width),
            ResidualBlock(4 * width, features),
        )
        self.projector = nn.Sequential(
            nn.Linear(features, features, bias=False),
            nn.BatchNorm1d(features),
            nn.ReLU(),
            nn.Linear(features, projection),
        )

    def backbone(self, x: Tensor) -> Tensor:
        """Features before the projector, N × 8·width, from normalised images N × 3 × H × W."""
        z: Tensor = self.blocks(self.stem(x)).mean((2, 3))
        return z
