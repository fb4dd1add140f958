"""The weights and the plain values in what a checkpoint holds, a mapping of mappings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch import Tensor

from gca_viz.encoders.checkpoints.words import words
from gca_viz.errors import InputError
from gca_viz.settings.limits import TENSORS, UNPACKED_BYTES

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
_LONGEST_NAME = 1000  # of a tensor; those of real networks have some dozens of characters


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
        InputError: no tensors, or too many, too large ones or such with endless names.
    """
    found = Contents()
    parts: dict[tuple[str, ...], dict[str, Tensor]] = {}
    if isinstance(content, (list, tuple)):  # torch.save((model, optimizer))
        content = dict(enumerate(content))
    _walk(content, (), found, parts, set())
    for path, tensors in parts.items():
        prefix = ".".join((*path, "")) if len(parts) > 1 else ""
        found.tensors.update({prefix + key: tensor for key, tensor in tensors.items()})
    if not found.tensors:
        names = [str(name)[:_LONGEST] for name in islice(content, 5)] if isinstance(content, Mapping) else []
        raise InputError(
            f"a checkpoint that holds no tensors but {type(content).__name__}"
            + (f" with {', '.join(names)}" if names else ""),
            "a state dict is needed: names and tensors",
            "Save it with torch.save(model.state_dict(), 'model.pt')",
            parameter="encoder",
        )
    TENSORS.check(len(found.tensors), "a checkpoint")
    check_names(found.tensors)
    # A tensor may claim more than its storage holds (stride 0): counted before anything is copied.
    claimed = sum(tensor.numel() * tensor.element_size() for tensor in found.tensors.values())
    UNPACKED_BYTES.check(claimed, "a checkpoint")
    return found


def check_names(names: Iterable[str]) -> None:
    """Raise :class:`InputError` where a tensor has a name that no network gives it."""
    longest = max(map(len, names), default=0)
    if longest > _LONGEST_NAME:
        raise InputError(
            f"a checkpoint with a tensor whose name has {longest:,} characters",
            f"names of tensors have at most {_LONGEST_NAME:,}",
            "Save the network's own state dict with torch.save(model.state_dict(), 'model.pt')",
            parameter="encoder",
        )


def _walk(
    content: object,
    path: tuple[str, ...],
    found: Contents,
    parts: dict[tuple[str, ...], dict[str, Tensor]],
    seen: set[int],
) -> None:
    seen.add(id(content))  # a mapping may hold itself, many times over
    for key, value in content.items() if isinstance(content, Mapping) else ():
        if not isinstance(key, (str, int)):
            continue
        name = str(key)
        if len(name) > _LONGEST_NAME:
            check_names([name])
        if isinstance(value, Tensor):
            # Sparse, quantised and meta tensors have no numbers that a network here could use.
            if value.layout is torch.strided and value.device.type == "cpu" and not value.is_quantized:
                parts.setdefault(path, {})[name] = value.detach()
            else:
                found.skipped.append(name)
        elif name in _RECORDS:
            found.recorded.update(plain_values(value))
        elif _is_no_weight(name):
            found.skipped.append(name)
        elif isinstance(value, Mapping) and len(path) < _DEEPEST:
            if id(value) not in seen:
                _walk(value, (*path, name), found, parts, seen)
        elif not path and (text := plain_values({name: value})):
            found.recorded.update(text)
        elif not path:
            found.skipped.append(name)


def _is_no_weight(name: str) -> bool:
    """Whether a part is of the training run, by the first words of its name or the last."""
    found = words(name)
    return bool(found) and bool(_NOT_WEIGHTS & {*found[:2], found[-1]})


def plain_values(values: object) -> dict[str, object]:
    """The numbers and texts in nested mappings and objects like ``argparse.Namespace``, flat and fit for JSON.

    Nothing is written longer than it is kept, however often one text stands in it.
    """
    plain: dict[str, object] = {}
    _flatten(values, "", plain, set())
    return dict(list(plain.items())[:_MOST_RECORDED])


def _flatten(values: object, prefix: str, plain: dict[str, object], seen: set[int]) -> None:
    if not isinstance(values, Mapping):
        values = getattr(values, "__dict__", {})
    if prefix.count(".") > _DEEPEST or id(values) in seen:
        return
    seen.add(id(values))
    for key, value in values.items():
        if len(plain) > _MOST_RECORDED:
            return
        if not isinstance(key, (str, int, float, bool)):
            continue
        name = f"{prefix}{_text(key)}"[:_LONGEST]
        if value is None or isinstance(value, (bool, int, float, str)):
            plain[name] = _value(value)
        elif isinstance(value, (list, tuple)):
            if (text := _list_text(value)) is not None:
                plain[name] = text
        elif isinstance(value, Mapping) or type(value).__name__ in (
            "Namespace",
            "AttributeDict",
            "SimpleNamespace",
        ):
            _flatten(value, f"{name}.", plain, seen)


def _value(value: float | str | bool | None) -> object:
    """A plain value as JSON can have it."""
    if isinstance(value, str) or (isinstance(value, float) and not math.isfinite(value)):
        return _text(value)
    is_long = isinstance(value, int) and value.bit_length() > 64
    return _text(value) if is_long else value


def _text(value: object) -> str:
    """A plain value as a text of bounded length."""
    if isinstance(value, int) and value.bit_length() > 4 * _LONGEST:  # Python writes no number of any length
        return f"a number of {value.bit_length():,} bits"
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _list_text(values: list[object] | tuple[object, ...]) -> str | None:
    """A list of plain values as far as it is kept; None for one of other things."""
    text = ""
    for value in values:
        if not isinstance(value, (bool, int, float, str)):
            return None
        text += (", " if text else "") + repr(_text(value) if isinstance(value, str) else _value(value))
        if len(text) > _LONGEST:
            return f"[{text}"[: _LONGEST - 1] + "…"
    return f"[{text}]"
