"""The weights and the plain values in what a checkpoint holds, a mapping of mappings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gca_viz.encoders.words import words
from gca_viz.errors import InputError
from gca_viz.limits import TENSORS, UNPACKED_BYTES

#: parts with values of a training run that are worth telling
_RECORDS = ("hyper_parameters", "hparams", "args", "config", "cfg", "opt", "options")
#: words of parts whose tensors belong to the training run, not to the network
_NOT_WEIGHTS = frozenset(
    {"optimizer", "optimizers", "optim", "scheduler", "schedulers", "sched", "scaler", "amp", "callbacks", "loops"}
    | {"rng", "loss", "losses", "criterion"}
)
_DEEPEST = 6
_MOST_RECORDED = 200
_LONGEST = 200


@dataclass
class Contents:
    """What was found in a checkpoint.

    Attributes:
        tensors: name → tensor, with the names of the parts that hold it in front where there are several parts.
        recorded: plain values: those beside the weights, and hyper-parameters with dots for what is nested.
        skipped: names of parts that are neither.
    """

    tensors: dict[str, Tensor] = field(default_factory=dict)
    recorded: dict[str, object] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def contents_of(content: object) -> Contents:
    """Sort what ``torch.load`` returned.

    Raises:
        InputError: no tensors, or too many or too large ones.
    """
    found = Contents()
    parts: dict[tuple[str, ...], dict[str, Tensor]] = {}
    _walk(content, (), found, parts, set())
    for path, tensors in parts.items():
        prefix = ".".join((*path, "")) if len(parts) > 1 else ""
        found.tensors.update({prefix + key: tensor for key, tensor in tensors.items()})
    if not found.tensors:
        raise InputError(
            f"a checkpoint that holds no tensors but {type(content).__name__}"
            + (f" with {', '.join(map(str, list(content)[:5]))}" if isinstance(content, Mapping) else ""),
            "a state dict is needed: names and tensors",
            "Save it with torch.save(model.state_dict(), 'model.pt')",
            parameter="encoder",
        )
    TENSORS.check(len(found.tensors), "a checkpoint")
    # A tensor may claim more than its storage holds (stride 0): counted before anything is copied.
    claimed = sum(tensor.numel() * tensor.element_size() for tensor in found.tensors.values())
    UNPACKED_BYTES.check(claimed, "a checkpoint")
    return found


def _walk(content: object, path: tuple[str, ...], found: Contents, parts: dict, seen: set[int]) -> None:
    seen.add(id(content))  # a mapping may hold itself, many times over
    for key, value in content.items() if isinstance(content, Mapping) else ():
        name = str(key)
        if isinstance(value, Tensor):
            # Sparse, quantised and meta tensors have no numbers that a network here could use.
            if value.layout is torch.strided and value.device.type == "cpu" and not value.is_quantized:
                parts.setdefault(path, {})[name] = value.detach()
            else:
                found.skipped.append(name)
        elif name in _RECORDS:
            found.recorded.update(plain_values(value))
        elif (found_words := words(name)) and _NOT_WEIGHTS & {found_words[0], found_words[-1], *found_words[:2]}:
            found.skipped.append(name)
        elif isinstance(value, Mapping) and len(path) < _DEEPEST:
            if id(value) not in seen:
                _walk(value, (*path, name), found, parts, seen)
        elif not path and (text := plain_values({name: value})):
            found.recorded.update(text)
        elif not path:
            found.skipped.append(name)


def plain_values(values: object) -> dict[str, object]:
    """The numbers and texts in nested mappings and objects like ``argparse.Namespace``, flat and fit for JSON."""
    plain: dict[str, object] = {}
    _flatten(values, "", plain, set())
    return dict(list(plain.items())[:_MOST_RECORDED])


def _flatten(values: object, prefix: str, plain: dict[str, object], seen: set[int]) -> None:
    if not isinstance(values, Mapping):
        values = getattr(values, "__dict__", {})
    if prefix.count(".") > _DEEPEST or len(plain) > _MOST_RECORDED or id(values) in seen:
        return
    seen.add(id(values))
    for key, value in values.items():
        name = f"{prefix}{key}"[:_LONGEST]
        if isinstance(value, float) and not math.isfinite(value):
            plain[name] = str(value)
        elif value is None or isinstance(value, (bool, int, float)):
            plain[name] = value
        elif isinstance(value, str):
            plain[name] = value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
        elif isinstance(value, (list, tuple)) and all(isinstance(x, (bool, int, float, str)) for x in value):
            plain[name] = str(list(value))[:_LONGEST]
        elif isinstance(value, Mapping) or type(value).__name__ in (
            "Namespace",
            "AttributeDict",
            "SimpleNamespace",
        ):
            _flatten(value, f"{name}.", plain, seen)
