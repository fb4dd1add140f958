"""What the folders above pictures mean: splits, domains, classes, masks beside pictures, or nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from gca_viz.datasets.images.words import canonical, is_domain, masks_among, means_nothing, splits_among
from gca_viz.errors import InputError

CLASS, DOMAIN, NOTHING = "class", "domain", "-"
#: folders from a root to a picture
Folders = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """What the folders above a picture say.

    Attributes:
        named: the folders that have a meaning, the outer first.
        split: train, test or unlabelled; nothing where no folder says so.
        shape: all folders as a pattern, in which what is named is an empty text: ``("split", "", "images")``.
    """

    named: tuple[str, ...]
    split: str
    shape: tuple[str, ...]


def places(folders: Collection[Folders]) -> tuple[dict[Folders, Place], set[Folders]]:
    """Folders that hold pictures → what each says, and those of them that hold masks of other pictures."""
    masks = _below(folders, lambda names: dict.fromkeys(masks_among(names), "masks"))
    left_out = {path for path in folders if any(path[: k + 1] in masks for k in range(len(path)))}
    rest = [path for path in folders if path not in left_out]
    splits = _below(rest, splits_among)
    plain = _below(rest, _plain_among) | dict.fromkeys(_shared(rest), "shared")
    found = {}
    for path in rest:
        steps = [path[: k + 1] for k in range(len(path))]
        kinds = [splits[step] for step in steps if step in splits]
        shape = tuple("split" if step in splits else step[-1] if step in plain else "" for step in steps)
        named = tuple(step[-1] for step, word in zip(steps, shape, strict=True) if not word)
        found[path] = Place(named, kinds[-1] if kinds else "", shape)
    return found, left_out


def without_shared(found: Mapping[Folders, Place], counts: Mapping[Folders, int]) -> dict[Folders, Place]:
    """The same without the named folders that are the same for all pictures as deep as most, if others are left."""
    depth = usual_depth(found, counts)
    for position in reversed(range(depth)):
        chosen = [place.named for place in found.values() if len(place.named) == depth]
        last_of_two = depth == 2 and position == 1  # domains of one class
        if depth > 1 and not last_of_two and len({named[position] for named in chosen}) == 1:
            shared = chosen[0][position]
            found = {path: _without(place, position, shared) for path, place in found.items()}
            depth -= 1
    return dict(found)


def usual_depth(found: Mapping[Folders, Place], counts: Mapping[Folders, int]) -> int:
    """How many named folders lie above most pictures; those without any in a split do not count beside others."""
    depths: Counter[int] = Counter()
    flat_splits = 0
    for path, place in found.items():
        if place.split and not place.named:
            flat_splits += counts[path]
        else:
            depths[len(place.named)] += counts[path]
    if not depths:
        return 0
    usual = max(depths, key=lambda depth: (depths[depth], depth))
    return 0 if usual == 1 and flat_splits and len(_names_at(found, 1)) < 2 else usual


def one_spelling(named: Iterable[Folders]) -> Callable[[str], str]:
    """A function that gives names that differ in case alone one spelling, unless they lie in one folder.

    On the disks of most people *Cat* and *cat* are one folder, so that they are one class in two splits; beside
    each other, like the letters *A* and *a*, they are two.
    """
    together: dict[Folders, set[str]] = defaultdict(set)
    for path in named:
        for k, name in enumerate(path):
            together[path[:k]].add(canonical(name))
    apart = {
        name.casefold()
        for names in together.values()
        for name, count in Counter(name.casefold() for name in names).items()
        if count > 1
    }
    first: dict[str, str] = {}
    for names in together.values():
        for name in sorted(names):
            first.setdefault(name.casefold(), name)

    def spelling(name: str) -> str:
        name = canonical(name)
        return name if name.casefold() in apart else first.get(name.casefold(), name)

    return spelling


def layouts(depth: int) -> tuple[str, ...]:
    """What folders as deep may mean: one word for each, class, domain, or ``-`` for a folder that says nothing."""
    one = [[*(NOTHING,) * k, CLASS, *(NOTHING,) * (depth - k - 1)] for k in reversed(range(depth))]
    two = [
        [DOMAIN if k == outer else CLASS if k == inner else NOTHING for k in range(depth)]
        for inner in reversed(range(depth))
        for outer in range(depth)
        if inner != outer
    ]
    ways = [*two, *one, *([[DOMAIN]] if depth == 1 else []), [NOTHING] * depth]
    return tuple("/".join(way) for way in ways)


def usual_layout(named: Sequence[tuple[str, ...]]) -> str:
    """What folders of one depth most likely mean."""
    depth = len(named[0])
    if depth == 1:
        return CLASS
    if depth == 2:
        outer, inner = ({path[k] for path in named} for k in range(2))
        swapped = len(inner) > 1 and all(map(is_domain, inner)) and not all(map(is_domain, outer))
        return f"{CLASS}/{DOMAIN}" if swapped else f"{DOMAIN}/{CLASS}"
    above = DOMAIN if classes_recur(named) else NOTHING
    return "/".join((above, *(NOTHING,) * (depth - 2), CLASS))


def classes_recur(named: Sequence[tuple[str, ...]]) -> bool:
    """Whether an innermost folder of one name lies in two outermost ones, as a class does in two domains."""
    within: dict[str, set[str]] = defaultdict(set)
    for path in named:
        within[path[-1]].add(path[0])
    return any(len(outer) > 1 for outer in within.values())


def chosen_layout(given: str | None, usual: str, allowed: Sequence[str]) -> str:
    """The layout that a user gave, checked, or the usual one.

    Raises:
        InputError: one that does not fit these folders.
    """
    if given is None:
        return usual
    if given not in allowed:
        raise InputError(
            f"layout = {given!r}",
            f"what lies above these pictures may be read as {', '.join(allowed)}",
            "Use one of these, or None for the usual one",
            parameter="layout",
        )
    return given


def _shared(folders: Sequence[Folders]) -> list[Folders]:
    """The folders that hold all of the others."""
    if len(set(folders)) < 2:
        return []
    least, most = min(folders), max(folders)
    same = list(takewhile(lambda pair: pair[0] == pair[1], zip(least, most, strict=False)))
    return [least[: k + 1] for k in range(len(same))]


def _below(folders: Iterable[Folders], among: Callable[[Collection[str]], Mapping[str, str]]) -> dict[Folders, str]:
    """What is found among the names of folders that lie in one folder, for each of these."""
    children: dict[Folders, set[str]] = defaultdict(set)
    for path in folders:
        for k, name in enumerate(path):
            children[path[:k]].add(name)
    return {(*above, name): kind for above, names in children.items() for name, kind in among(names).items()}


def _plain_among(names: Collection[str]) -> dict[str, str]:
    others = set(names) - set(splits_among(names))
    return dict.fromkeys(others, "plain") if len(others) == 1 and all(map(means_nothing, others)) else {}


def _without(place: Place, position: int, name: str) -> Place:
    if len(place.named) <= position or place.named[position] != name:
        return place
    places_of_named = [k for k, word in enumerate(place.shape) if not word]
    at = places_of_named[position]
    shape = (*place.shape[:at], name, *place.shape[at + 1 :])
    return Place((*place.named[:position], *place.named[position + 1 :]), place.split, shape)


def _names_at(found: Mapping[Folders, Place], depth: int) -> set[str]:
    return {place.named[-1] for place in found.values() if len(place.named) == depth}
