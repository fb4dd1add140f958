"""What pictures show and where they belong, of what their folders, their names and lists beside them say."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gca_viz.datasets.images.found import NO_CLASS, ONE_DOMAIN
from gca_viz.datasets.images.layout import (
    CLASS,
    DOMAIN,
    NOTHING,
    Place,
    chosen_layout,
    classes_recur,
    layouts,
    places,
    usual_layout,
    without_shared,
)
from gca_viz.datasets.images.lists import Lists
from gca_viz.datasets.images.words import TEST, class_in, mask_of

_MOST_LISTED = 3  # pictures of one folder that are left out one by one
NAMES, LIST = "name", "list"  # where classes may be read from, where folders do not say them
_ENOUGH = 0.98  # of the pictures must be named by their class, where names are to say it


@dataclass
class Reading:
    """How pictures were read: path → class and domain, and what is told of it."""

    said: dict[str, tuple[str, str]]
    kind: str
    layout: str
    layouts: tuple[str, ...]
    notes: list[str]

    @property
    def takes_lists(self) -> bool:
        """Whether a class that a list names can stand beside those of the folders."""
        return self.layout.endswith(CLASS) and DOMAIN not in self.layout


def placed_pictures(pictures: Sequence[str]) -> tuple[dict[str, Place], list[tuple[str, str]]]:
    """What the folders above each picture say, and masks that are left out."""
    stems = {path.rsplit(".", 1)[0] for path in pictures}
    of_others = {path for path in pictures if _masked(path) in stems}
    folders = {path: tuple(path.split("/")[:-1]) for path in pictures}
    found, masks = places(set(folders.values()))
    left_out = [
        (path, "masks beside the pictures") for path in pictures if folders[path] in masks or path in of_others
    ]
    kept = {path: found[folders[path]] for path in pictures if folders[path] in found and path not in of_others}
    found, counts = by_folder(kept)
    shortened = without_shared(found, counts)
    return {path: shortened[folders[path]] for path in kept}, left_out


def by_folder(placed: Mapping[str, Place]) -> tuple[dict[tuple[str, ...], Place], Counter[tuple[str, ...]]]:
    folders = {path: tuple(path.split("/")[:-1]) for path in placed}
    return {folders[path]: place for path, place in placed.items()}, Counter(folders.values())


def _masked(path: str) -> str:
    """The path, without its ending, of what a picture is a mask of; nothing if it is none."""
    folder, mark, name = path.rpartition("/")
    stem = mask_of(name.rsplit(".", 1)[0])
    return f"{folder}{mark}{stem}" if stem else ""


def from_folders(
    chosen: Mapping[str, Place], depth: int, layout: str | None, spelling: Callable[[str], str]
) -> Reading:
    named = sorted({place.named for place in chosen.values()})
    usual, allowed = usual_layout(named), layouts(depth)
    layout = chosen_layout(layout, usual, allowed)
    parts = layout.split("/")
    said = {}
    for path, place in chosen.items():
        word = dict(zip(parts, place.named, strict=True))
        said[path] = (
            spelling(word[CLASS]) if CLASS in parts else NO_CLASS,
            spelling(word[DOMAIN]) if DOMAIN in parts else ONE_DOMAIN,
        )
    notes = []
    if layout == f"{DOMAIN}/{CLASS}" and len(named) > 1 and not classes_recur(named):
        notes.append("No class lies in two of the outer folders: if these group classes, read them as -/class.")
    if depth > 2 and layout == usual:
        notes.append(f"Folders are nested deeper than domain/class; they are read as {layout}.")
    return Reading(
        said, f"{layout}/image", layout, (layout, *(other for other in allowed if other != layout)), notes
    )


def ways_without_folders(chosen: Mapping[str, Place], lists: Lists) -> dict[str, dict[str, str]]:
    """Where classes may be read from instead of folders → path → class; the best first, empty where nowhere."""
    named = _classes_in_names(chosen)
    listed = lists.classes if 2 * len(lists.classes) >= len(chosen) else {}
    in_words = any(not name.isdigit() for name in listed.values())
    ways = {LIST: listed, NAMES: named} if in_words else {NAMES: named, LIST: listed}
    return {way: classes for way, classes in ways.items() if classes}


def from_names_or_lists(chosen: Mapping[str, Place], layout: str | None, lists: Lists) -> Reading:
    """Pictures whose folders say nothing: their classes in a list or in their names, if anywhere."""
    ways = ways_without_folders(chosen, lists) | {NOTHING: dict.fromkeys(chosen, NO_CLASS)}
    layout = chosen_layout(layout, next(iter(ways)), tuple(ways))
    said = {path: (name, ONE_DOMAIN) for path, name in ways[layout].items()}
    kind = {LIST: f"classes in {', '.join(lists.class_files)}", NAMES: "classes in the names of files"}.get(
        layout, ""
    )
    return Reading(said, kind, layout, (layout, *(other for other in ways if other != layout)), [])


def _classes_in_names(chosen: Mapping[str, Place]) -> dict[str, str]:
    """The class of each picture of the splits in which all are named by class and number; nothing if none is."""
    found: dict[str, str] = {}
    by_split = defaultdict(list)
    for path, place in chosen.items():
        by_split[place.split].append(path)
    for paths in by_split.values():
        named = {
            path: name for path in paths if (name := class_in(posixpath.splitext(posixpath.basename(path))[0]))
        }
        counts = Counter(named.values())
        several = sum(count for count in counts.values() if count > 1)
        if len(counts) > 1 and len(named) >= _ENOUGH * len(paths) and several >= 0.9 * len(paths):
            found |= named
    return found


def held_out(
    chosen: Sequence[str], placed: Mapping[str, Place], lists: Lists
) -> tuple[np.ndarray, list[str], dict[str, str]]:
    """Which pictures are held out, and what is told of it."""
    splits = [placed[path].split for path in chosen]
    names = sorted({name for path in chosen for name in _split_folders(path, placed[path])})
    notes = [f"Taken for splits: {', '.join(names)}."] if names else []
    if TEST not in splits and TEST in lists.splits.values():
        splits = [lists.splits.get(path, "") for path in chosen]
        notes.append(f"Splits come from {', '.join(lists.split_files)}.")
    counts = Counter(filter(None, splits))
    facts = {"Splits": ", ".join(f"{kind} {count:,}" for kind, count in counts.most_common())} if counts else {}
    return np.array([split == TEST for split in splits]), notes, facts


def _split_folders(path: str, place: Place) -> Iterator[str]:
    return (name for name, word in zip(path.split("/"), place.shape, strict=False) if word == "split")


def shape(chosen: Sequence[str], placed: Mapping[str, Place], layout: str) -> str:
    """The folders above most pictures as a pattern, e.g. ``"split/class/images/image"``; empty if all named."""
    depth = len(layout.split("/")) if CLASS in layout or DOMAIN in layout else 0
    shapes = Counter(placed[path].shape for path in chosen if len(placed[path].named) == depth)
    usual = shapes.most_common(1)[0][0] if shapes else ()
    if not any(usual):
        return ""
    parts = iter(layout.split("/"))
    return "/".join((*(word or next(parts, NOTHING) for word in usual), "image"))


def grouped(left_out: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """What is left out, many of one folder for one reason as one line."""
    groups = defaultdict(list)
    for path, reason in left_out:
        groups[path.rpartition("/")[0], reason].append(path)
    for (folder, reason), paths in groups.items():
        if len(paths) > _MOST_LISTED:
            yield folder or "the outermost folder", f"{len(paths):,} pictures: {reason}"
        else:
            yield from ((path, reason) for path in paths)
