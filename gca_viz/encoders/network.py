"""What every encoder's network is: images in, features out, and the projector's output behind them."""

from __future__ import annotations

from torch import Tensor, nn


class Network(nn.Module):
    """A torch module with two outputs.

    Attributes:
        projector: module on top of the backbone, or None.
        text: module that embeds texts where the projector embeds images, or None.
    """

    def __init__(self) -> None:
        super().__init__()
        self.projector: nn.Module | None = None
        self.text: nn.Module | None = None

    def backbone(self, x: Tensor) -> Tensor:
        """Features before any projector, N × d, from prepared images N × 3 × H × W."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """The projector's output, N × d, from prepared images N × 3 × H × W, of a network that has one."""
        if self.projector is None:
            raise RuntimeError("a network without a projector")
        z: Tensor = self.projector(self.backbone(x))
        return z
