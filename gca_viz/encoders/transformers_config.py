"""What the configuration of a transformers model may ask for: no code, no other model, no more than its weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gca_viz.encoders.model import check_preprocessing
from gca_viz.errors import InputError

# a key → what a model with it is, where its value is none of these
_FOREIGN: Mapping[str, tuple[str, tuple[object, ...]]] = {
    "auto_map": ("with Python code of its own", (None,)),
    "backbone": ("that is built on another model", (None,)),  # which transformers would look up on its hub
    "quantization_config": ("with quantised weights", (None,)),
    # Other kinds of attention are programs from the hub.
    "attn_implementation": ("with attention of its own", (None, "eager", "sdpa")),
    "_attn_implementation": ("with attention of its own", (None, "eager", "sdpa")),
}
_LABELS = ("id2label", "label2id")  # whose keys may be any word
_LAYERS = re.compile(r"layer|depth|block|stage|repeat")
_ALWAYS_ALLOWED = 1_000  # layers, which are built in seconds
_SLACK = 10_000_000  # numbers that a network may have beyond twice its weights, as for a pooler that is missing


def check_config(config: Mapping[str, object], what: str, tensors: int) -> None:
    """Raise :class:`InputError` where a model needs code, another model, or more layers than it has tensors.

    Args:
        config: as transformers reads it.
        what: what the user knows the model by, for messages.
        tensors: how many its weights are.
    """
    for key, value in _entries(config):
        kind, allowed = _FOREIGN.get(key, ("", (value,)))
        if value not in allowed:
            raise InputError(
                f"{what} {kind} ({', '.join(value) if isinstance(value, Mapping) else value})",
                "only models whose code is part of transformers, and whose weights are all there, are loaded",
                "Embed your images where it runs, and bring the embeddings",
                parameter="encoder",
            )
        if _LAYERS.search(key) and _total(value) > max(tensors, _ALWAYS_ALLOWED):
            raise _too_large(what, f"{key} = {value}", f"{tensors:,} tensors")


def check_numbers(built: int, stored: int, what: str) -> None:
    """Raise :class:`InputError` where a network of ``built`` numbers is far larger than its ``stored`` weights."""
    if built > 2 * stored + _SLACK:
        raise _too_large(what, f"a network of {built:,} numbers", f"{stored:,} numbers")


def check_sizes(settings: Mapping[str, object]) -> None:
    """Raise :class:`InputError` where an image processor makes images of a size that is not allowed."""
    for key, value in settings.items():
        if "size" in key:
            for side in value.values() if isinstance(value, Mapping) else (value,):
                if isinstance(side, (int, float)) and side > 1:
                    check_preprocessing(None, None, side)


def _entries(config: object) -> Iterator[tuple[str, object]]:
    """Every key and value, those of configurations inside it too."""
    if isinstance(config, Mapping):
        for key, value in config.items():
            yield key, value
            if key not in _LABELS:
                yield from _entries(value)
    elif isinstance(config, list):
        for value in config:
            yield from _entries(value)


def _total(value: object) -> float:
    """The sum of the numbers in a value; 0 if there are none."""
    if isinstance(value, list):
        return sum(map(_total, value))
    return value if isinstance(value, (int, float)) else 0


def _too_large(what: str, asked: str, stored: str) -> InputError:
    return InputError(
        f"{what} whose configuration asks for {asked}",
        f"its weights are {stored}",
        "Bring the configuration that was saved with these weights",
        parameter="encoder",
    )
