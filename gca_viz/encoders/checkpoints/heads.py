"""Which modules beside a backbone are its projector, whatever they are called, and which only look like one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from gca_viz.encoders.checkpoints.prototypes import are_prototypes, is_last_layer
from gca_viz.encoders.checkpoints.words import is_copy, words

#: words that name a projector, the surest first
_NAMES = (
    *("projector", "projection", "projections", "projetion", "project", "proj"),
    *("contrastive", "contrast", "simclr", "ssl", "nce", "neck", "necks", "head", "heads", "mlp", "g", "fc"),
)
#: words that may stand beside these, and change nothing
_BESIDE = frozenset(
    {"head", "heads", "layer", "layers", "net", "network", "module", "mlp", "nonlinear", "linear", "embedding"}
    | {"emb", "instance", "student", "teacher", "online", "target", "momentum", "ema", "main", "base", "query"}
    | {"key", "q", "k", "feature", "features", "feat", "encoder", "image", "visual"}
)
#: of one linear layer: words by which it is a classifier, as most networks have it
_CLASSIFIERS = frozenset({"fc", "head", "heads", "linear", "classifier", "classification", "clf", "cls", "logits"})
#: in MoCo of 2019, one linear layer in place of the classifier is the projector
_SINGLE_LAYER_PROJECTS = "encoder_q"
#: below a head, beside prototypes: what the loss sees behind the projector, or beside it
_BEHIND = frozenset({"predictor", "prediction", "predict"})


@dataclass(frozen=True)
class Head:
    """A module that may be the projector of a backbone.

    Attributes:
        name: in the file, without modules that only wrap.
        layers: name as in an ``nn.Sequential``, e.g. ``"0.weight"`` → name of the tensor.
        activation: what usually stands where nothing is stored.
        doubt: why it is not taken by itself; empty where it is.
        left: modules below it that are none of its layers.
    """

    name: str
    layers: Mapping[str, str]
    activation: str = "relu"
    doubt: str = ""
    left: tuple[str, ...] = ()


def heads_of(tensors: Mapping[str, Tensor], prefix: str, backbones: tuple[str, ...]) -> list[Head]:
    """What may be the projector of a backbone, the best first: the nearest to it, and the surest by name.

    Args:
        tensors: name → tensor, of the whole file.
        prefix: in front of the backbone's names.
        backbones: prefixes of all backbones in the file.
    """
    parents, found = prefix.split(".")[:-1], []
    copied = any(map(is_copy, parents))
    modules = _modules(tensors, {tuple(parents[:depth]) for depth in range(len(parents) + 1)})
    for depth in range(len(parents), -1, -1):
        base = tuple(parents[:depth])
        here = []
        for name in modules.get(base, ()):
            path = ".".join((*base, name))
            if prefix.startswith(f"{path}.") or any(other.startswith(f"{path}.") for other in backbones):
                continue
            rank = _rank(name)
            if rank is None and depth == len(parents) - 1 and _follows(name, parents[depth], modules[base]):
                rank = len(_NAMES)
            is_copied = any(map(is_copy, path.split(".")))
            if rank is None or is_copied > copied:  # a copy goes with its own projector
                continue
            head = head_at(tensors, path, modules[base][name])
            if copied > is_copied:
                head = replace(head, doubt=f"{path} was trained with other weights than the copy of the backbone")
            here += [(rank, head)] if head.layers else []
        found += [head for _, head in sorted(here, key=lambda item: item[0])]
    return sorted(found, key=lambda head: bool(head.doubt))


def head_at(tensors: Mapping[str, Tensor], name: str, keys: list[str] | None = None) -> Head:
    """The head in a module of the file, whatever it is called; without layers where there is no such module."""
    start = f"{name}."
    keys = [key for key in tensors if key.startswith(start)] if keys is None else keys
    behind = {key: _behind(key[len(start) :].split(".")) for key in keys}
    left = set(filter(None, behind.values()))
    kept = {key[len(start) :]: key for key in keys if not behind[key]}
    inner, kept = _without_shared_parts(kept)
    layers = _in_sequence(kept, tensors)
    parts = [word for part in (*name.split(".")[-1:], *inner) for word in words(part)]
    linear = [own for own, key in layers.items() if own.endswith("weight") and tensors[key].ndim == 2]
    is_single = len(linear) == 1 and len({own.rpartition(".")[0] for own in layers}) == 1
    doubt = ""
    is_numbered = name.rpartition(".")[2].isdecimal()
    if is_single and (is_numbered or _CLASSIFIERS & set(parts)) and not _projects_alone(name, parts):
        width = len(tensors[layers[linear[0]]])
        doubt = f"{name}, one linear layer to {width:,} numbers, is taken for a classifier"
    # DINO's head ends in a layer of prototypes, and has GELU where others have ReLU.
    is_dino = any(is_last_layer(path.rpartition(".")[2]) for path in left)
    return Head(name, layers, "gelu" if is_dino else "relu", doubt, tuple(sorted(left)))


def _modules(
    tensors: Mapping[str, Tensor], bases: set[tuple[str, ...]]
) -> dict[tuple[str, ...], dict[str, list[str]]]:
    """Base → the modules in it, each with the names of its tensors."""
    depths = sorted({len(base) for base in bases})
    found: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for key in tensors:
        parts = key.split(".")
        for depth in depths:
            base = tuple(parts[:depth])
            if len(parts) < depth + 2 or base not in bases:
                break
            found.setdefault(base, {}).setdefault(parts[depth], []).append(key)
    return found


def _rank(name: str) -> int | None:
    """How surely a module is a projector by its name, small for sure; None where it is none."""
    found = [word for word in words(name) if not word.isdecimal()]
    core = [word for word in found if word in _NAMES]
    if not core or not set(found) <= {*_NAMES, *_BESIDE}:
        return None
    return min(map(_NAMES.index, core))


def _follows(name: str, backbone: str, siblings: Mapping[str, object]) -> bool:
    """Whether a numbered child is the next one behind the backbone, as in ``nn.Sequential(backbone, neck)``."""
    if not (name.isdecimal() and backbone.isdecimal()):
        return False
    later = [int(other) for other in siblings if other.isdecimal() and int(other) > int(backbone)]
    return bool(later) and int(name) == min(later)


def _behind(parts: list[str]) -> str:
    """The prototypes or the predictor below a head to which a tensor belongs; empty for one of its own."""
    for depth, part in enumerate(parts[:-1], 1):
        if _BEHIND & set(words(part)) or are_prototypes(part):
            return ".".join(parts[:depth])
    return ""


def _projects_alone(name: str, parts: list[str]) -> bool:
    """Whether even one linear layer of this name is a projector."""
    surely = any(word in _NAMES[: _NAMES.index("head")] for word in parts)
    return surely or _SINGLE_LAYER_PROJECTS in name.split(".")


def _without_shared_parts(below: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Parts that all names begin with (``layers.0.weight``, ``0.clf.0.weight``), and the names without them.

    A number that is the last module before a tensor stays: it is the layer of an ``nn.Sequential``.
    """
    shared: list[str] = []
    while below:
        first = {key.split(".")[0] for key in below}
        inner = all(key.count(".") >= (2 if key.split(".")[0].isdecimal() else 1) for key in below)
        if len(first) != 1 or not inner:
            break
        part = first.pop()
        shared.append(part)
        below = {key[len(part) + 1 :]: value for key, value in below.items()}
    return shared, below


def _in_sequence(below: dict[str, str], tensors: Mapping[str, Tensor]) -> dict[str, str]:
    """The names as those of an ``nn.Sequential``, or as they are where they are no chain of layers.

    Layers may be numbered (0, 1, 3), named with numbers (fc0, bn0, fc1) or in numbered blocks (layer1.0, layer1.1,
    layer2.0). In a sequence a number without tensors is an activation; between named layers or blocks there is one
    in front of each linear layer but the first.
    """
    layers: dict[tuple[str, ...], dict[str, str]] = {}
    for own, key in below.items():
        *modules, last = own.split(".")
        layers.setdefault(tuple(modules), {})[last] = key
    if len({len(path) for path in layers}) > 1:
        return below
    if () in layers:
        return {f"0.{last}": key for last, key in layers[()].items()}
    if all(len(path) == 1 and path[0].isdecimal() for path in layers):
        return below
    if any(len({_stem(path[depth]) for path in layers}) > 1 for path in layers for depth in range(len(path) - 1)):
        return below
    place = {path: (*map(_number, path), "running_mean" in parts) for path, parts in layers.items()}
    if len(set(place.values())) < len(layers):  # names without numbers do not tell which comes first
        return below
    order = sorted(layers, key=place.__getitem__)
    chain: dict[str, str] = {}
    index, previous = 0, None
    for path in order:
        parts = layers[path]
        is_linear = "weight" in parts and tensors[parts["weight"]].ndim == 2
        if previous is not None:
            block, number = path[:-1], _number(path[-1])
            if block and block == previous[:-1] and path[-1].isdecimal():
                index += number - _number(previous[-1])  # within a block, numbers tell
            else:
                index += 2 if is_linear else 1
        chain |= {f"{index}.{last}": key for last, key in parts.items()}
        previous = path
    return chain


def _stem(part: str) -> str:
    return part.rstrip("0123456789")


def _number(part: str) -> int:
    digits = part[len(_stem(part)) :]
    return int(digits) if digits and len(digits) < 5 else -1
