"""Projectors built from their tensors, and tensors put into what was built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

#: what may stand where an ``nn.Sequential`` keeps nothing: name → how it is written, how it is made
ACTIVATIONS: Mapping[str, tuple[str, Callable[[], nn.Module]]] = MappingProxyType(
    {
        "relu": ("ReLU", nn.ReLU),
        "gelu": ("GELU", nn.GELU),
        "silu": ("SiLU", nn.SiLU),
        "leaky-relu": ("Leaky ReLU", nn.LeakyReLU),
        "none": ("Nothing", nn.Identity),
    }
)


def projector_of(
    tensors: Mapping[str, Tensor], features: int, activation: str = "relu"
) -> tuple[nn.Sequential | None, str, tuple[int, ...]]:
    """The projector that tensors belong to, without its numbers.

    Args:
        tensors: ``"0.weight"``, … as in an ``nn.Sequential``; none give none.
        features: width of the backbone's output.
        activation: what stands at an index without tensors: an ``nn.Sequential`` keeps nothing of it.

    Returns:
        The projector, or None; a sentence on what was assumed or is wrong; and the indices without tensors.
    """
    if not tensors:
        return None, "", ()
    parts: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.rpartition(".")
        parts.setdefault(index, {})[name] = tensor
    if not all(index.isdecimal() and len(index) < 4 for index in parts):
        said = f"The projector is no plain sequence of layers ({next(iter(tensors))} …) and is left out."
        return None, said, ()
    layers: list[nn.Module] = []
    width, gaps = features, list[int]()
    for place in range(max(map(int, parts)) + 1):
        part = parts.get(str(place))
        if part is None:
            layers.append(ACTIVATIONS[activation][1]())
            gaps.append(place)
            continue
        layer = _layer(part)
        takes = None if layer is None else layer.in_features if isinstance(layer, nn.Linear) else layer.num_features
        if layer is None or takes != width:
            what = f"takes {takes:,} numbers where {width:,} come" if takes else "is neither linear nor batch norm"
            return None, f"The projector is left out: its layer {place} {what}.", ()
        width = layer.out_features if isinstance(layer, nn.Linear) else width
        layers.append(layer)
    projector = nn.Sequential(*layers)
    if _shapes(projector.state_dict()) != _shapes(tensors) or not any(isinstance(x, nn.Linear) for x in layers):
        said = "The projector is left out: its layers have other tensors than linear and batch-norm layers."
        return None, said, ()
    kind, places = ACTIVATIONS[activation][0], ", ".join(map(str, gaps))
    note = f"{kind} is assumed at {places} of the projector, where nothing is stored." if gaps else ""
    return projector, note, tuple(gaps)


def width_of(projector: nn.Module | None) -> int | None:
    """Numbers per embedding that a projector gives; None without one."""
    return (
        [layer for layer in projector.children() if isinstance(layer, nn.Linear)][-1].out_features
        if projector
        else None
    )


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    """Name → shape, without the counters that evaluation has no use for."""
    return {name: tensor.shape for name, tensor in tensors.items() if not name.endswith("num_batches_tracked")}


def _layer(part: Mapping[str, Tensor]) -> nn.Linear | nn.BatchNorm1d | None:
    """The layer that has these tensors."""
    weight = part.get("weight")
    if "running_mean" in part and part["running_mean"].ndim == 1:
        return nn.BatchNorm1d(len(part["running_mean"]), affine=weight is not None)
    if weight is not None and weight.ndim == 2 and weight.numel():
        return nn.Linear(weight.shape[1], weight.shape[0], bias="bias" in part)
    return None


def fill(module: nn.Module, tensors: Mapping[str, Tensor]) -> tuple[list[str], list[str]]:
    """Give a module made on ``torch.device("meta")`` its numbers as float32 copies.

    Returns:
        Names that the module needs and the tensors lack, or have in another shape; and names that it does not have.
    """
    wanted = module.state_dict()
    counters = {name for name in wanted if name.endswith("num_batches_tracked")}
    missing = [
        name if name not in tensors else f"{name} of shape {tuple(wanted[name].shape)}"
        for name in wanted
        if name not in counters and (name not in tensors or tensors[name].shape != wanted[name].shape)
    ]
    unexpected = [name for name in tensors if name not in wanted]
    if not missing:
        numbers = {
            # A copy of its own: that of a safetensors file is a view of the file, which may change.
            name: tensors[name].to(torch.float32, copy=True, memory_format=torch.contiguous_format)
            for name in wanted
            if name not in counters
        }
        numbers |= {name: torch.zeros((), dtype=torch.long) for name in counters}  # of no use after training
        module.load_state_dict(numbers, assign=True)
    return missing, unexpected
