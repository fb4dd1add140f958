"""A network of this project's own as a checkpoint that says all that is needed to use it again."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from gca_viz.encoders.checkpoints.assumptions import Assumptions
from gca_viz.encoders.checkpoints.files import ASSUMPTIONS
from gca_viz.encoders.checkpoints.torchvision_resnet import TorchvisionResNet
from gca_viz.encoders.efficientnet_lite import EfficientNetLite0
from gca_viz.encoders.network import Network
from gca_viz.encoders.resnet import SmallResNet
from gca_viz.encoders.text import MINILM
from gca_viz.files.atomic import written

#: class of a network → what its files call it
_ARCHITECTURES = {
    SmallResNet: "small-resnet",
    TorchvisionResNet: "resnet",
    EfficientNetLite0: "efficientnet-lite0",
}


def save_checkpoint(
    path: Path,
    network: Network,
    *,
    input_size: int,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write a network as safetensors, with all that is needed to use it again in the file's metadata.

    Args:
        path: the file.
        network: a :class:`SmallResNet`, a ResNet with torchvision's names or an :class:`EfficientNetLite0`.
        input_size, mean, std: its preprocessing.
        dtype: of the weights on disk where they fit in; they are read as float32 again.
    """
    weights = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    metadata = {
        "architecture": _ARCHITECTURES[type(network)],
        "input_size": str(input_size),
        "mean": json.dumps(mean),
        "std": json.dumps(std),
    }
    if isinstance(network, TorchvisionResNet):
        metadata[ASSUMPTIONS] = Assumptions.of(network.shape.unsaid).text
    if network.text is not None:
        metadata["texts"] = MINILM
    with written(path) as (part,):
        save_file({key: _narrowed(value, dtype) for key, value in weights.items()}, part, metadata=metadata)


def _narrowed(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The numbers in a narrower type, unless they are counters or leave its range."""
    narrow = tensor.to(dtype) if tensor.is_floating_point() else tensor
    return narrow if narrow.isfinite().all() else tensor
