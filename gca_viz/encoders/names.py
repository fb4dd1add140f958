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

from gca_viz.encoders.report import first_few

#: modules that wrap another one and add nothing: DistributedDataParallel, torch.compile
_WRAPPERS = ("module", "_orig_mod")
#: how the names of copies begin or end that were averaged, or held back, while the network was trained
_COPIES_BEGIN = ("momentum", "target", "teacher", "ema", "key_encoder", "swa")
_COPIES_END = ("_momentum", "_ema", "_k")
#: what the projector is called, beside the backbone or (``fc``) in place of its classifier
_PROJECTORS = (
    *("projector", "projection_head", "projection", "projetion", "proj_head", "proj", "head", "mlp", "g", "fc"),
    "contrastive_head",
)
#: in MoCo of 2019, one linear layer in place of the classifier is the projector
_SINGLE_LAYER_PROJECTS = "encoder_q"
#: in front of the names of a projector's tensors
PROJECTOR = "projector."
#: the architectures
RESNET, SMALL = "ResNet", "SmallResNet"
# architecture → names of tensors that only its backbone has, both of them
_MARKS = {RESNET: ("conv1.weight", "layer1.0.conv1.weight"), SMALL: ("stem.0.weight", "blocks.0.conv1.weight")}
_BLOCK = ".0.conv1.weight"
_MOST_PLACES = 16  # no trainer stores more; looking for projectors beside thousands would take long
# other spellings within a backbone (ResNets written for CIFAR call the downsample "shortcut")
_SPELLINGS = {RESNET: {"shortcut": "downsample"}, SMALL: {}}


@dataclass(frozen=True)
class Named:
    """The tensors of a checkpoint under the names of the architecture.

    Attributes:
        architecture: ``"ResNet"``, ``"SmallResNet"``, or empty where no known backbone was found.
        backbone: name in the architecture → tensor.
        projector: name within it, e.g. ``"0.weight"`` → tensor.
        sources: name in the architecture (``"projector."`` in front of a projector's) → name in the file.
        ignored: names in the file of all other tensors.
        notes: sentences on what was chosen among several.
    """

    architecture: str
    backbone: dict[str, Tensor] = field(default_factory=dict)
    projector: dict[str, Tensor] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Name in the architecture → tensor, of backbone and projector."""
        projector = {f"{PROJECTOR}{own}": tensor for own, tensor in self.projector.items()}
        return self.backbone | projector

    def without_projector(self) -> Named:
        """The backbone alone; the projector's tensors are among those that are ignored."""
        sources = {own: key for own, key in self.sources.items() if not own.startswith(PROJECTOR)}
        left = [key for own, key in self.sources.items() if own.startswith(PROJECTOR)]
        return replace(self, projector={}, sources=sources, ignored=(*left, *self.ignored))


@dataclass(frozen=True)
class _Place:
    """A backbone that was found: its architecture, the prefix of its names, and numbers that stand for children."""

    architecture: str
    prefix: str
    children: Mapping[str, str]

    @property
    def is_copy(self) -> bool:
        return any(
            part.startswith(_COPIES_BEGIN) or part.endswith(_COPIES_END) for part in self.prefix.split(".") if part
        )


def name_tensors(tensors: Mapping[str, Tensor]) -> Named:
    """Find the backbone and the projector among the tensors of a checkpoint.

    Where there are several backbones, one that has a projector beside it goes before one that has not, and one that
    was trained before its averaged copy.
    """
    keys = _unwrapped(tensors)
    places = [*islice(_places(keys), _MOST_PLACES)]
    if not places:
        return Named("", ignored=tuple(tensors))
    projectors = {place.prefix: _projector(keys, place) for place in places}
    place = min(places, key=lambda place: (place.is_copy, not projectors[place.prefix]))
    backbone = _backbone(keys, place)
    projector = projectors[place.prefix]
    sources = {own: keys[key] for own, key in backbone.items()}
    sources |= {f"{PROJECTOR}{own}": keys[key] for own, key in projector.items()}
    used = set(sources.values())
    return Named(
        place.architecture,
        {own: tensors[keys[key]] for own, key in backbone.items()},
        {own: tensors[keys[key]] for own, key in projector.items()},
        sources,
        tuple(key for key in tensors if key not in used),
        tuple(_others(tensors, keys, backbone, place, [other for other in places if other != place])),
    )


def _unwrapped(tensors: Iterable[str]) -> dict[str, str]:
    """Names without modules that only wrap → names in the file."""
    short = {".".join(part for part in key.split(".") if part not in _WRAPPERS): key for key in tensors}
    names = list(tensors)
    return short if len(short) == len(names) else dict(zip(names, names, strict=True))


def _places(keys: Mapping[str, str]) -> Iterator[_Place]:
    """Every backbone among the names."""
    numbers: dict[str, list[str]] = {}
    for key in keys:
        for architecture, (first, second) in _MARKS.items():
            prefix = key.removesuffix(first)
            if prefix != key and prefix[-1:] in ("", ".") and prefix + second in keys:
                yield _Place(architecture, prefix, {})
        if key.endswith(_BLOCK):
            prefix, dot, number = key.removesuffix(_BLOCK).rpartition(".")
            if number.isdecimal():
                numbers.setdefault(prefix + dot, []).append(number)
    # Children of a ResNet in an nn.Sequential: which numbers they have depends on whether ReLU and max-pool were
    # among them, but not their order.
    for prefix, found in numbers.items():
        if f"{prefix}0.weight" in keys and f"{prefix}1.running_mean" in keys:
            layers = {number: f"layer{k + 1}" for k, number in enumerate(sorted(found, key=int))}
            yield _Place(RESNET, prefix, {"0": "conv1", "1": "bn1"} | layers)


def _backbone(keys: Mapping[str, str], place: _Place) -> dict[str, str]:
    """Own name → unwrapped name of a backbone's tensors; a classifier and whatever else stands there stay out."""
    found = {}
    for key in keys:
        if not key.startswith(place.prefix):
            continue
        first, *rest = key[len(place.prefix) :].split(".")
        first = place.children.get(first, first)
        if first.rstrip("0123456789") in ("conv", "bn", "layer", "stem", "blocks"):
            spelling = _SPELLINGS[place.architecture]
            found[".".join([first, *(spelling.get(part, part) for part in rest)])] = key
    return found


def _projector(keys: Mapping[str, str], place: _Place) -> dict[str, str]:
    """Name within the projector → unwrapped name of the tensors of the projector that is nearest to a backbone."""
    parents = place.prefix.split(".")[:-1]
    for depth in range(len(parents), -1, -1):
        base = ".".join([*parents[:depth], ""]) if depth else ""
        for name in _PROJECTORS:
            below = {key[len(base) + len(name) + 1 :]: key for key in keys if key.startswith(f"{base}{name}.")}
            below = _without_shared_part(below)
            layers = sum(own.endswith("weight") for own in below)
            if below and not (name == "fc" and layers == 1 and _SINGLE_LAYER_PROJECTS not in parents):
                return {f"0.{own}": key for own, key in below.items()} if "weight" in below else below
    return {}


def _without_shared_part(below: dict[str, str]) -> dict[str, str]:
    """Names without modules in front that all of them share (``layers.0.weight``, ``net.0.weight``)."""
    while below:
        first = {key.split(".")[0] for key in below if "." in key}
        if len(first) != 1 or any("." not in key for key in below) or (part := first.pop()).isdecimal():
            return below
        below = {key[len(part) + 1 :]: value for key, value in below.items()}
    return below


def _others(
    tensors: Mapping[str, Tensor],
    keys: Mapping[str, str],
    backbone: Mapping[str, str],
    place: _Place,
    others: list[_Place],
) -> Iterator[str]:
    """A sentence on the backbones that are not used."""
    same, differ = [], []
    for other in others:
        theirs = _backbone(keys, other)
        equal = theirs.keys() == backbone.keys() and all(
            torch.equal(tensors[keys[theirs[own]]].double(), tensors[keys[key]].double())
            for own, key in backbone.items()
        )
        (same if equal else differ).append(f"{other.prefix}*")
    here = f"{place.prefix}*"
    if same:
        yield f"The backbone is stored more than once, at {here} and with the same numbers at {first_few(same)}."
    if differ:
        yield f"The backbone at {here} is used, and not that with other numbers at {first_few(differ)}."
    if place.is_copy:
        yield f"Only an averaged copy of the backbone was found, at {here}."
