"""The networks that can be trained, and what a method adds to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
import torch.distributed
from torch import Tensor, nn

from gca_viz.encoders import SmallResNet
from gca_viz.encoders.checkpoints.torchvision_resnet import ResNetShape, TorchvisionResNet
from gca_viz.encoders.network import Network
from gca_viz.encoders.text import TextProjection

_PROJECTION = 128  # numbers per embedding of the large networks, as in SimCLR
#: what the networks are trained to take: channels of images in [0, 1], minus and over
MEAN, STD = (0.75, 0.75, 0.75), (0.33, 0.33, 0.33)
#: numbers per embedding of a head, and of image and text
SHARED_WIDTH = 64


def normalise(x: Tensor) -> Tensor:
    """Images in [0, 1] as the networks take them, in the memory layout that suits the device."""
    mean, std = (x.new_tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    x = (x - mean) / std
    return x.to(memory_format=torch.channels_last) if x.device.type == "cpu" else x


def _resnet(blocks: tuple[int, ...], expansion: int) -> TorchvisionResNet:
    """A ResNet with CIFAR's stem and SimCLR's projector, initialised as in torchvision."""
    shape = ResNetShape(blocks, expansion, width=64, inner=64, groups=1, kernel=3, padding=1)
    network = TorchvisionResNet(shape)
    network.projector = projector(shape.features, shape.features, _PROJECTION)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


#: name → what builds it
NETWORKS: Mapping[str, Callable[[], Network]] = MappingProxyType(
    {
        "small-resnet": SmallResNet,
        "resnet-18": lambda: _resnet((2, 2, 2, 2), 1),
        "resnet-50": lambda: _resnet((3, 4, 6, 3), 4),
    }
)


def projector(width: int, inner: int, out: int) -> nn.Sequential:
    """Two layers with batch norm between them (Chen et al., ICML 2020, section 4.2)."""
    return nn.Sequential(
        nn.Linear(width, inner, bias=False), nn.BatchNorm1d(inner), nn.ReLU(), nn.Linear(inner, out)
    )


class Head(Network):
    """A projector alone, on features that another network gave.

    Args:
        width: of the features.
    """

    def __init__(self, width: int):
        super().__init__()
        self.projector = projector(width, SHARED_WIDTH, SHARED_WIDTH)

    def backbone(self, x: Tensor) -> Tensor:
        """The features as they come, N × d."""
        return x


def output_width(network: nn.Module) -> int:
    """Numbers per embedding."""
    *_, last = network.get_submodule("projector").children()
    assert isinstance(last, nn.Linear)
    return last.out_features


class Online(nn.Module):
    """What gradients reach: the encoder and, under BYOL, a predictor on top of it.

    Args:
        encoder: a network of :data:`NETWORKS`.
        predicts: whether there is a predictor (Grill et al., NeurIPS 2020).
        views: of each image.
    """

    def __init__(self, encoder: nn.Module, *, predicts: bool, views: int = 2):
        super().__init__()
        self.encoder, self.views = encoder, views
        width = output_width(encoder)
        self.predictor = projector(width, 2 * width, width) if predicts else None

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Embeddings N × d of each view, in full precision; the images of one stand behind those of the other."""
        z = self.encoder(x)
        found: tuple[Tensor, ...] = (z if self.predictor is None else self.predictor(z)).float().chunk(self.views)
        return found


class ImageText(nn.Module):
    """What gradients reach of image and text: the image tower, or what is on top of a locked one, and texts.

    Args:
        encoder: the image tower, which is given a projection of texts and, if it is locked, of its features.
        width: of its features.
        locked: whether it stays as it is.
    """

    def __init__(self, encoder: Network, width: int, *, locked: bool):
        super().__init__()
        self.image: nn.Module = encoder
        self.text = TextProjection(SHARED_WIDTH)
        encoder.text = self.text
        if locked:
            self.image = nn.Sequential(nn.BatchNorm1d(width, affine=False), nn.Linear(width, SHARED_WIDTH))
            encoder.projector = self.image

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings N × d, in full precision, of images or of what a locked tower says of them, and of texts.

        Args:
            first: images N × 3 × H × W, or features N × d.
            second: the bits, as int32, of float32 features N × d of texts, which no precision of the run narrows.
        """
        z1: Tensor = self.image(first).float()
        with torch.autocast(second.device.type, enabled=False):
            return z1, self.text.linear(second.view(torch.float32))


class _SumOfProcesses(torch.autograd.Function):
    """A sum over all processes; the gradient is one, too, as every process has a share in the loss."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = x.clone()
        torch.distributed.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        gradient = gradient.clone()
        torch.distributed.all_reduce(gradient)
        return gradient


def _summed(x: Tensor) -> Tensor:
    found: Tensor = _SumOfProcesses.apply(x)  # type: ignore[no-untyped-call]  # torch says no type of it
    return found


class GlobalBatchNorm(nn.BatchNorm2d):
    """Batch norm over the batches of all processes, on devices for which torch has none (the CPU).

    Takes N × C and N × C × H × W.
    """

    def _check_input_dim(self, input: Tensor) -> None:
        pass

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        axes = [axis for axis in range(x.ndim) if axis != 1]
        shape = [1, -1] + [1] * (x.ndim - 2)
        wide = x if x.dtype == torch.float64 else x.float()
        count = wide.numel() // wide.shape[1] * torch.distributed.get_world_size()
        mean = _summed(wide.sum(axes)) / count
        centred = wide - mean.view(shape)  # squares first and the mean off them would lose digits
        variance = _summed(centred.square().sum(axes)) / count
        assert self.running_mean is not None and self.running_var is not None  # every network here keeps them
        assert self.num_batches_tracked is not None and self.momentum is not None
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        normal = centred * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            normal = normal * self.weight.view(shape) + self.bias.view(shape)
        return normal.to(x.dtype)

    @classmethod
    def convert(cls, module: nn.Module) -> nn.Module:
        """Replace every batch norm in a module, keeping its numbers."""
        for name, child in module.named_children():
            if isinstance(child, (nn.BatchNorm1d, nn.BatchNorm2d)):
                own = cls(child.num_features, child.eps, child.momentum, child.affine)
                own.load_state_dict(child.state_dict())
                setattr(module, name, own)
            else:
                cls.convert(child)
        return module


def across_processes(module: nn.Module, device: torch.device) -> nn.Module:
    """The module with batch statistics over all processes: the loss is that of one process with the whole batch."""
    if device.type == "cuda":
        converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]  # torch's
        return converted
    return GlobalBatchNorm.convert(module)


@torch.no_grad()
def follow(target: nn.Module, online: nn.Module, momentum: float) -> None:
    """Move a target or a teacher a step towards the network that learns; statistics are copied."""
    for theirs, ours in zip(target.parameters(), online.parameters(), strict=True):
        theirs.lerp_(ours, 1 - momentum)
    for kept, current in zip(target.buffers(), online.buffers(), strict=True):
        kept.copy_(current)
