"""Pictures in folders: what the folders mean, and the pairs in a flat one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from gca_viz.datasets.images.decode import SUFFIXES, header_size, why
from gca_viz.datasets.images.folder import Files, Opener, cut_short
from gca_viz.datasets.images.found import (
    NO_CLASS,
    ONE_DOMAIN,
    Block,
    Found,
    categories,
    decoded,
    is_test,
    no_readable_picture,
    tidy,
)
from gca_viz.errors import InputError
from gca_viz.limits import SAMPLES

_MOST_HEADERS = 1_000  # more would keep a user waiting, and hardly change the median
_LAYOUTS = ("image", "class/image", "domain/class/image")  # by the number of folders above an image
_SPLIT = r"train(ing)?|test(ing)?|val(id(ation)?)?"
_HALF = re.compile(r"(.+)[_\- ]([a-z]|\d+)")
_HALVES = ({"a", "b"}, {"1", "2"})


def find_pictures(files: Files) -> Found | None:
    """Pictures in folders that mean classes and domains, or in none; None if there are none at all.

    Raises:
        InputError: too many, too deep, or none that is readable.
    """
    inner = _below_shared_folders(_pictures(files))
    if not inner:
        return None
    depth = _usual_depth(inner, files.what)
    chosen = {path: inside for path, inside in inner.items() if len(inside.parts) - 1 == depth}
    skipped = [(path, f"not {_LAYOUTS[depth]} like most others") for path in inner if path not in chosen]
    above = [inside.parts[:-1] for inside in chosen.values()]
    labels, class_names = categories([folders[-1] if folders else NO_CLASS for folders in above])
    tops = [folders[0] if depth == 2 else ONE_DOMAIN for folders in above]
    held_out, notes = np.zeros(len(tops), bool), ()
    if len(set(tops)) > 1 and all(re.fullmatch(_SPLIT, top, re.IGNORECASE) for top in tops):
        held_out, notes = np.array([is_test(top) for top in tops]), ("The outer folders are taken for splits.",)
        tops = [ONE_DOMAIN] * len(tops)
    domains, domain_names = categories(tops)
    samples = [(path,) for path in chosen]
    sizes, unreadable = _sizes(files, samples)
    return Found(
        kind=f"pictures: {_LAYOUTS[depth]}" if depth else "pictures without folders",
        sizes=sizes,
        class_names=class_names,
        held_out=held_out,
        blocks=lambda side: _blocks(files, samples, side),
        labels=labels,
        domains=domains,
        domain_names=domain_names,
        names=tuple(tidy(PurePosixPath(path).stem) for path in chosen),
        facts=_others(files, len(inner)),
        skipped=(*files.skipped, *skipped),
        unreadable=unreadable,
        notes=notes,
    )


def find_pairs(files: Files) -> Found | None:
    """Pictures whose names pair them, ``x_a`` and ``x_b`` or ``x_1`` and ``x_2``; None if most are not so named.

    Raises:
        InputError: too many, or none that is readable.
    """
    halves: dict[str, dict[str, str]] = defaultdict(dict)
    for path in _pictures(files):
        match = _HALF.fullmatch(PurePosixPath(path).stem.lower())
        if match:
            halves[match[1]].setdefault(match[2], path)
    # x_1, x_2, x_3 is a series, not a pair
    pairs = {stem: half for stem, half in halves.items() if set(half) in _HALVES}
    if not 0 < len(_pictures(files)) <= 4 * len(pairs):
        return None
    samples = [tuple(half[key] for key in sorted(half)) for half in pairs.values()]
    used = {path for sample in samples for path in sample}
    skipped = [(path, "without its other half") for path in _pictures(files) if path not in used]
    sizes, unreadable = _sizes(files, samples)
    return Found(
        kind="pairs of pictures: x_a and x_b are the two views of x",
        sizes=sizes,
        class_names=(NO_CLASS,),
        held_out=np.zeros(len(samples), bool),
        blocks=lambda side: _blocks(files, samples, side),
        labels=np.zeros(len(samples), np.int64),
        domains=np.zeros(len(samples), np.int64),
        names=tuple(tidy(PurePosixPath(first).stem[:-2]) for first, _ in samples),
        paired=True,
        facts=_others(files, len(used) + len(skipped)),
        skipped=(*files.skipped, *skipped),
        unreadable=unreadable,
    )


def _pictures(files: Files) -> list[str]:
    paths = [path for path in files.sizes if PurePosixPath(path).suffix.lower() in SUFFIXES]
    SAMPLES.check(len(paths), files.what)
    return paths


def _below_shared_folders(paths: Sequence[str]) -> dict[str, PurePosixPath]:
    """Paths, and what they are below the folders that hold all of them, if there are more than mean something."""
    inside = {path: PurePosixPath(path) for path in paths}
    while inside:
        lengths, tops = zip(*((len(path.parts), path.parts[0]) for path in inside.values()), strict=True)
        if max(lengths) <= len(_LAYOUTS) or min(lengths) == 1 or len(set(tops)) > 1:
            break
        inside = {path: PurePosixPath(*short.parts[1:]) for path, short in inside.items()}
    return inside


def _usual_depth(inner: Mapping[str, PurePosixPath], what: str) -> int:
    """How many folders mean something above most pictures."""
    depths = Counter(len(inside.parts) - 1 for inside in inner.values())
    usual = max(range(len(_LAYOUTS)), key=lambda depth: (depths[depth], depth))
    if not depths[usual]:
        raise InputError(
            f"{what} with pictures as deep as {next(iter(inner.values()))}",
            f"pictures lie as {', '.join(_LAYOUTS)}",
            "Bring a folder further inside",
        )
    return usual


def _sizes(files: Files, samples: Sequence[tuple[str, ...]]) -> tuple[np.ndarray, tuple[tuple[str, str], ...]]:
    """Widths and heights of evenly chosen pictures, (K, 2), and why others of these cannot be read."""
    paths = [path for sample in samples for path in sample]
    sizes, unreadable = [], []
    with files.opened() as open_file:
        for k in np.unique(np.linspace(0, len(paths) - 1, min(len(paths), _MOST_HEADERS)).astype(int)):
            try:
                with open_file(paths[k]) as file:
                    sizes.append(header_size(file))
            except Exception as error:  # a damaged picture raises whatever its format's reader stumbles on
                unreadable.append((paths[k], why(error)))
    if not sizes:
        raise no_readable_picture(files.what, unreadable)
    return np.array(sizes), tuple(unreadable)


def _blocks(files: Files, samples: Sequence[tuple[str, ...]], side: int) -> Iterator[Block]:
    with files.opened() as open_file:
        yield from decoded(
            (
                (row, paths[0], lambda paths=paths: [_read(files, open_file, path) for path in paths])
                for row, paths in enumerate(samples)
            ),
            side,
        )


def _read(files: Files, open_file: Opener, path: str) -> bytes:
    """All of a file, never more than it declares."""
    with open_file(path) as file:
        content = file.read(files.sizes[path])
    if len(content) < files.sizes[path]:
        raise cut_short(path)
    return content


def _others(files: Files, pictures: int) -> dict[str, str]:
    others = len(files.sizes) - pictures
    return {"Other files": f"{others:,}, not read"} if others else {}
