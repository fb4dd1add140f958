"""Whatever a trainer called them: which tensors are the backbone's, which the projector's, and their own names.

Trainers wrap the same network in other modules, so that ``conv1.weight`` becomes ``module.encoder_q.conv1.weight``
(MoCo), ``model.enc.conv1.weight`` (the paper's repository), ``backbone.0.weight`` (lightly) and so on. A backbone
is found where its first layers are, whatever stands in front of their names; its projector is found beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import torch
from torch import Tensor

from gca_viz.encoders.checkpoints.architectures import ARCHITECTURES, Architecture
from gca_viz.encoders.checkpoints.assumptions import Answers, Question
from gca_viz.encoders.checkpoints.heads import Head, head_at, heads_of
from gca_viz.encoders.checkpoints.load_report import first_few
from gca_viz.encoders.checkpoints.words import is_copy, words
from gca_viz.errors import InputError

#: modules that wrap another one and add nothing: DistributedDataParallel, FSDP, torch.compile, Fabric
_WRAPPERS = ("module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module")
#: in front of the names of a projector's tensors
PROJECTOR = "projector."
#: what the place of a backbone without a prefix is called
TOP = "top"
_MOST_PLACES = 16  # no trainer stores more; looking for projectors beside thousands would take long
_AT_ONCE = 1 << 22  # numbers that are compared in one step, so that copies of large tensors take no memory


@dataclass(frozen=True)
class Named:
    """The tensors of a checkpoint under the names of the architecture.

    Attributes:
        architecture: which one; None where no known backbone was found.
        backbone: name in the architecture → tensor.
        sources: the same name (``"projector."`` in front of a projector's) → name in the file.
        ignored: names in the file of all other tensors.
        heads: what may be its projector, the best first.
        projector: name within it, e.g. ``"0.weight"`` → tensor; empty until :meth:`with_projector`.
        questions: which of several backbones was taken.
        notes: sentences on what was chosen among several.
    """

    architecture: Architecture | None
    backbone: dict[str, Tensor] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    heads: tuple[Head, ...] = ()
    projector: dict[str, Tensor] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Name in the architecture → tensor, of backbone and projector."""
        projector = {f"{PROJECTOR}{own}": tensor for own, tensor in self.projector.items()}
        return self.backbone | projector

    def with_projector(self, head: Head, tensors: Mapping[str, Tensor]) -> Named:
        """The same with the tensors of one of its heads as its projector."""
        keys = _unwrapped(tensors)
        sources = self.sources | {f"{PROJECTOR}{own}": keys[key] for own, key in head.layers.items()}
        used = set(sources.values())
        return replace(
            self,
            projector={own: tensors[keys[key]] for own, key in head.layers.items()},
            sources=sources,
            ignored=tuple(key for key in self.ignored if key not in used),
        )


@dataclass(frozen=True)
class _Place:
    """A backbone that was found: its architecture, the prefix of its names, and numbers that stand for children."""

    architecture: Architecture
    prefix: str
    children: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.prefix[:-1] or TOP

    @property
    def is_copy(self) -> bool:
        return any(map(is_copy, self.prefix.split(".")))


def name_tensors(tensors: Mapping[str, Tensor], answers: Answers) -> Named:
    """Find the backbone, and what may be its projector, among the tensors of a checkpoint.

    Where there are several backbones, one that has a projector beside it goes before one that has not, and one that
    was trained before its averaged copy.

    Args:
        tensors: of the file.
        answers: to what they leave open.

    Raises:
        InputError: ``answers`` name weights or a projector that the file does not have.
    """
    keys = _unwrapped(tensors)
    places = [*islice(_places(keys), _MOST_PLACES)]
    if not places:
        return Named(None, ignored=tuple(tensors))
    short = {key: tensors[full] for key, full in keys.items()}
    prefixes = tuple(place.prefix for place in places)
    heads = {place.prefix: heads_of(short, place.prefix, prefixes) for place in places}
    wanted = answers.of("weights")
    place = (
        _asked(places, wanted)
        if wanted
        else min(places, key=lambda place: (place.is_copy, all(head.doubt for head in heads[place.prefix])))
    )
    backbone = _backbone(keys, place)
    sources = {own: keys[key] for own, key in backbone.items()}
    used = set(sources.values())
    others = [other for other in places if other != place]
    names = tuple(other.name for other in places)
    return Named(
        place.architecture,
        {own: tensors[keys[key]] for own, key in backbone.items()},
        sources,
        tuple(key for key in tensors if key not in used),
        tuple(_with_asked(heads[place.prefix], answers.of("projector"), short)),
        questions=(Question("weights", place.name, names, answers.source("weights")),),
        notes=tuple(_others(tensors, keys, backbone, place, others, bool(wanted))),
    )


def _asked(places: list[_Place], name: str) -> _Place:
    """The backbone of that name, or with these words in its name; raises :class:`InputError`."""
    exact = [place for place in places if place.name == name or place.prefix == f"{name}."]
    asked = words(name)
    alike = exact or [place for place in places if _has_run(place.prefix.split("."), name.split("."))]
    alike = alike or [place for place in places if asked and set(asked) <= set(words(place.prefix))]
    if len(alike) != 1:
        raise InputError(
            f"weights = {name!r}, which {'is several' if alike else 'is no'} backbone of the file",
            f"its backbones are {', '.join(place.name for place in places)}",
            f"Use one of these, e.g. weights={places[0].name}",
            parameter="assume",
        )
    return alike[0]


def _has_run(parts: list[str], run: list[str]) -> bool:
    """Whether whole parts of a name stand in another one after each other."""
    return any(parts[k : k + len(run)] == run for k in range(len(parts) - len(run) + 1))


def _with_asked(heads: list[Head], name: str, tensors: Mapping[str, Tensor]) -> list[Head]:
    """The head of that name first, if one is asked for."""
    if not name or name == "none":
        return heads
    known = [head for head in heads if head.name == name or _has_run(head.name.split("."), name.split("."))]
    head = known[0] if len(known) == 1 else head_at(tensors, name)
    if not head.layers:
        raise InputError(
            f"projector = {name!r}, which is no module of the file",
            f"what may be the projector is {', '.join([*(head.name for head in heads), 'none'])}",
            "Use one of these",
            parameter="assume",
        )
    return [head, *(other for other in heads if other.name != head.name)]


def _unwrapped(tensors: Iterable[str]) -> dict[str, str]:
    """Names without modules that only wrap → names in the file."""
    short = {".".join(part for part in key.split(".") if part not in _WRAPPERS): key for key in tensors}
    names = list(tensors)
    return short if len(short) == len(names) else dict(zip(names, names, strict=True))


def _places(keys: Mapping[str, str]) -> Iterator[_Place]:
    """Every backbone among the names."""
    for key in keys:
        for architecture in ARCHITECTURES:
            first, second = architecture.marks
            prefix = key.removesuffix(first)
            if prefix != key and prefix[-1:] in ("", ".") and prefix + second in keys:
                yield _Place(architecture, prefix, {})
    for architecture in ARCHITECTURES:
        if architecture.in_sequence:
            yield from _sequences(keys, architecture)


def _sequences(keys: Mapping[str, str], architecture: Architecture) -> Iterator[_Place]:
    """Every backbone whose children stand in an ``nn.Sequential``.

    Which numbers they have depends on whether ReLU and max-pool were among them, but not their order.
    """
    *first, repeated = architecture.in_sequence
    _, _, within = architecture.marks[1].partition(".")
    numbers: dict[str, list[str]] = {}
    for key in keys:
        prefix, dot, number = key.removesuffix(f".{within}").rpartition(".")
        if key.endswith(f".{within}") and number.isdecimal():
            numbers.setdefault(prefix + dot, []).append(number)
    for prefix, found in numbers.items():
        if f"{prefix}0.weight" in keys and f"{prefix}1.running_mean" in keys:
            layers = {number: f"{repeated}{k + 1}" for k, number in enumerate(sorted(found, key=int))}
            yield _Place(architecture, prefix, {str(k): name for k, name in enumerate(first)} | layers)


def _backbone(keys: Mapping[str, str], place: _Place) -> dict[str, str]:
    """Own name → unwrapped name of a backbone's tensors; a classifier and whatever else stands there stay out."""
    found = {}
    for key in keys:
        if key.startswith(place.prefix):
            first, dot, rest = key[len(place.prefix) :].partition(".")
            own = place.architecture.own_name(place.children.get(first, first) + dot + rest)
            if own:
                found[own] = key
    return found


def _others(
    tensors: Mapping[str, Tensor],
    keys: Mapping[str, str],
    backbone: Mapping[str, str],
    place: _Place,
    others: list[_Place],
    is_asked: bool,
) -> Iterator[str]:
    """A sentence on the backbones that are not used."""
    same, differ = list[str](), list[str]()
    for other in others:
        theirs = _backbone(keys, other)
        equal = theirs.keys() == backbone.keys() and all(
            _equal(tensors[keys[theirs[own]]], tensors[keys[key]]) for own, key in backbone.items()
        )
        (same if equal else differ).append(f"{other.prefix}*")
    here = f"{place.prefix}*"
    if same:
        yield f"The backbone is stored more than once, at {here} and with the same numbers at {first_few(same)}."
    if differ:
        yield f"The backbone at {here} is used, and not that with other numbers at {first_few(differ)}."
    if place.is_copy and not is_asked:
        yield f"Only an averaged copy of the backbone was found, at {here}."


def _equal(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors have the same numbers, of whatever type."""
    if first.shape != second.shape:
        return False
    pairs = zip(*(torch.split(tensor.reshape(-1), _AT_ONCE) for tensor in (first, second)), strict=True)
    return all(torch.equal(a.double(), b.double()) for a, b in pairs)
