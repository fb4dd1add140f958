"""What the configuration of a transformers model may ask for, held before anything is built.

No code, no other model, no numbers that only a bomb has, and no more than its weights.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import TypeGuard

from gca_viz.encoders.preprocessing import check_size
from gca_viz.errors import InputError
from gca_viz.settings.limits import LAYERS, MODEL_WIDTH, TOKENS, VOCABULARY, Limit

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
_LAYERS = re.compile(r"layer|depth|block|stage|repeat|expert")
# Not rates, epsilons and the like, which are small.
_WIDTH = re.compile(r"hidden_size|intermediate_size|embedding_size|embed_dim|(^|_)dims?$|channels|width|heads")
_POSITIONS = re.compile(r"max_position|max_length|max_sequence|num_patches|num_positions|register_tokens")
_IMAGE, _PATCH = re.compile(r"^(image|img|input)_size$"), re.compile(r"^patch_sizes?$")
_SIDE = re.compile(r"(size|pad|crop|edge|height|width|divisor|multiple)(?!.*(_id|_token))")
#: no size, count or number of a token is larger
LARGEST_NUMBER = 10_000_000
#: how far lists and objects may lie in each other
DEEPEST = 32
_PASSES = 32  # tokens × layers that a model may have, in units of TOKENS
_SLACK = 10_000_000  # numbers that a network may have beyond twice its weights, as for a pooler that is missing


def check_config(config: Mapping[str, object], what: str, tensors: int) -> None:
    """Raise :class:`InputError` where a model needs code, another model, or more than a model has.

    Args:
        config: ``config.json`` as it was read, before transformers makes anything of it.
        what: what the user knows the model by, for messages.
        tensors: how many its weights are.
    """
    check_depth(config, what)
    for key, value in entries(config):
        kind, allowed = _FOREIGN.get(key, ("", (value,)))
        if value not in allowed:
            raise InputError(
                f"{what} {kind} ({', '.join(value) if isinstance(value, Mapping) else value})",
                "only models whose code is part of transformers, and whose weights are all there, are loaded",
                "Embed your images where it runs, and bring the embeddings",
                parameter="encoder",
            )
        if _LAYERS.search(key) and _total(value) > max(tensors, LAYERS.value):
            raise _too_large(what, f"{key} = {value}", f"{tensors:,} tensors")
        _check_number(key, value, what)
    for part in _parts(config):
        _check_tokens(part, what)


def check_kind(config: Mapping[str, object], what: str, known: Collection[str]) -> None:
    """Raise :class:`InputError` where a model is of no kind that takes images.

    Args:
        config: as in :func:`check_config`.
        what: likewise.
        known: the kinds that take images.
    """
    kind = str(config.get("model_type"))
    if kind not in known and kind.removesuffix("_model").removesuffix("_vision") not in known:
        raise InputError(
            f"{what}, whose configuration says model_type = {kind[:60]!r}",
            "an image model is needed, of a kind that is part of transformers",
            "Bring the vision model, or the embeddings",
            parameter="encoder",
        )


def check_numbers(built: int, stored: int, what: str) -> None:
    """Raise :class:`InputError` where a network of ``built`` numbers is far larger than its ``stored`` weights."""
    if built > 2 * stored + _SLACK:
        raise _too_large(what, f"a network of {built:,} numbers", f"{stored:,} numbers")


def check_sizes(settings: Mapping[str, object]) -> None:
    """Raise :class:`InputError` where an image processor makes images of a size that is not allowed."""
    for key, value in entries(settings):
        if _SIDE.search(key):
            for side in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(side, (int, float)) and side > 1:
                    check_size(side)


def check_depth(value: object, what: str, left: int = DEEPEST) -> None:
    """Raise :class:`InputError` where lists and objects lie in each other deeper than in any model."""
    if not left:
        raise InputError(
            f"{what} with settings nested in {DEEPEST} others",
            f"they are nested at most {DEEPEST - 1} times",
            "Save the model again with save_pretrained",
            parameter="encoder",
        )
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        if isinstance(inner, (Mapping, list)):
            check_depth(inner, what, left - 1)


def entries(config: object) -> Iterator[tuple[str, object]]:
    """Every key and value, those of configurations inside it too."""
    if isinstance(config, Mapping):
        for key, value in config.items():
            yield key, value
            if key not in _LABELS:
                yield from entries(value)
    elif isinstance(config, list):
        for value in config:
            yield from entries(value)


def _parts(config: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The configuration and those inside it."""
    yield config
    for value in config.values():
        if isinstance(value, Mapping):
            yield from _parts(value)


def _check_number(key: str, value: object, what: str) -> None:
    """Hold one entry to its bound; what has none of its own is at least no number that only a bomb has."""
    limit = _limit_of(key)
    count = len(value) if key in _LABELS and isinstance(value, Mapping) else _largest(value)
    if limit is not None:
        _bounded(limit, count, f"{what} whose configuration asks for {key} = {count:,}")
    elif count > LARGEST_NUMBER:
        raise _too_large(what, f"{key} = {count:,}", f"no number of a configuration is above {LARGEST_NUMBER:,}")


def _bounded(limit: Limit, count: float, got: str) -> None:
    if count > limit.value:
        raise InputError(
            got,
            f"a model has at most {limit.text(limit.value)}",
            "Bring the configuration that was saved with these weights, or start the app with "
            f"{limit.variable}={count:.0f} in its environment",
            parameter="encoder",
        )


def _limit_of(key: str) -> Limit | None:
    if key == "num_labels" or key in _LABELS or key.endswith("vocab_size"):
        return VOCABULARY
    if _POSITIONS.search(key):
        return TOKENS
    return MODEL_WIDTH if _WIDTH.search(key) else None


def _check_tokens(config: Mapping[str, object], what: str) -> None:
    """Hold the patches that an image is cut into, and those times the layers that they go through."""
    patches = [_sides(value) for key, value in config.items() if _PATCH.search(key)]
    images = [_sides(value) for key, value in config.items() if _IMAGE.search(key)]
    if not patches or not images:
        return
    tokens = math.prod(math.ceil(side / max(1, patch)) for side, patch in zip(images[0], patches[0], strict=True))
    _bounded(TOKENS, tokens, f"{what} whose configuration cuts an image into {tokens:,} patches")
    layers = max((_total(value) for key, value in config.items() if _LAYERS.search(key)), default=0)
    if tokens * layers > _PASSES * TOKENS.value:
        raise _too_large(
            what, f"{tokens:,} patches in each of {layers:,} layers", f"together at most {_PASSES * TOKENS.value:,}"
        )


def _sides(value: object) -> tuple[float, float]:
    """Height and width that a number, a pair or a list of numbers means; of several, the first."""
    numbers = list(_numbers(value)) or [1]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (numbers[0], numbers[0])


def _numbers(value: object) -> Iterator[float]:
    """The numbers in a value, through lists and objects."""
    if is_number(value):
        yield value
    elif isinstance(value, (list, Mapping)):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _numbers(inner)


def _largest(value: object) -> float:
    """The largest number of a value, or of a list; objects inside have keys of their own."""
    values: list[object] = value if isinstance(value, list) else [value]
    return max((abs(number) for number in values if is_number(number)), default=0)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value of a JSON file is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _total(value: object) -> float:
    """The sum of the numbers in a value; 0 if there are none."""
    if isinstance(value, list):
        return sum(map(_total, value))
    return value if isinstance(value, (int, float)) else 0


def _too_large(what: str, asked: str, stored: str) -> InputError:
    return InputError(
        f"{what} whose configuration asks for {asked}",
        f"its weights are {stored}" if stored.endswith(("tensors", "numbers")) else stored,
        "Bring the configuration that was saved with these weights",
        parameter="encoder",
    )
