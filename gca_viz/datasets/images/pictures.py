"""Pictures in folders: class, domain and split of each by folders, names and lists; and the pairs among them."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath

import numpy as np

from gca_viz.datasets.images.bare import looks_like_picture
from gca_viz.datasets.images.decode import SUFFIXES, header_size, why
from gca_viz.datasets.images.found import (
    NO_CLASS,
    ONE_DOMAIN,
    Block,
    Found,
    categories,
    decoded,
    no_readable_picture,
    tidy,
)
from gca_viz.datasets.images.layout import Place, one_spelling, usual_depth
from gca_viz.datasets.images.lists import Lists, meanings, read_lists
from gca_viz.datasets.images.reading import (
    LIST,
    NAMES,
    Reading,
    by_folder,
    from_folders,
    from_names_or_lists,
    grouped,
    held_out,
    placed_pictures,
    shape,
    ways_without_folders,
)
from gca_viz.datasets.images.words import TEST
from gca_viz.files.folder import Files, Opener, cut_short
from gca_viz.settings.limits import SAMPLES

_MOST_HEADERS = 1_000  # more would keep a user waiting, and hardly change the median
_MOST_SNIFFED = 1_000  # files of one unknown ending that are opened to see whether they are pictures
_HALF = re.compile(r"(.+)[_\- ]([a-z]|\d+)")
_HALVES = ({"a", "b"}, {"1", "2"})


def find_pictures(files: Files, layout: str | None = None) -> Found | None:
    """Pictures with what folders, names and lists say of them; None if there are none at all.

    Args:
        files: where they are.
        layout: what the named folders above a picture mean, e.g. ``"domain/class"``; or, where there are none,
            ``"name"`` or ``"list"`` for where classes are read from, or ``"-"`` for none. By default the usual one.

    Raises:
        InputError: too many, none that is readable, or another layout than there can be.
    """
    pictures = _pictures(files)
    if not pictures:
        return None
    placed, left_out = placed_pictures(pictures)
    depth = usual_depth(*by_folder(placed))
    chosen = {path: place for path, place in placed.items() if len(place.named) == depth}
    flat = [path for path, place in placed.items() if depth and not place.named]
    spelling = one_spelling({tuple(path.split("/")[:-1]) for path in placed})
    known = {spelling(name) for place in chosen.values() for name in place.named}
    one_folder = depth == 1 and len(known) == 1  # which says little, where lists or names say more
    lists = Lists()
    if len(placed) > 1 and (depth == 0 or flat or one_folder or not _have_tests(placed.values())):
        lists = read_lists(
            files, list(placed), flat if depth and not one_folder else list(placed), () if one_folder else known
        )
    if depth == 0 or (one_folder and layout in (None, NAMES, LIST) and ways_without_folders(chosen, lists)):
        read = from_names_or_lists(chosen, layout, lists)
    else:
        read = from_folders(chosen, depth, layout, spelling)
    for path in flat:
        if read.takes_lists and path in lists.classes:
            read.said[path] = (spelling(lists.classes[path]), ONE_DOMAIN)
    for path, place in placed.items():
        if path not in read.said:
            flat_split = place.split and not place.named
            left_out.append(
                (path, "no class is known" if flat_split or not depth else f"not {read.kind} like most others")
            )
    if depth and any(path in read.said for path in flat):
        read.notes.append(f"Classes of pictures without a folder of their own come from {lists.class_files[0]}.")
    return _found(files, pictures, placed, read, lists, left_out)


def _have_tests(places: Iterable[Place]) -> bool:
    return any(place.split == TEST for place in places)


def _found(
    files: Files,
    pictures: Sequence[str],
    placed: Mapping[str, Place],
    read: Reading,
    lists: Lists,
    left_out: Sequence[tuple[str, str]],
) -> Found:
    chosen = [path for path in placed if path in read.said]
    samples = [(path,) for path in chosen]
    labels, class_names = categories([read.said[path][0] for path in chosen])
    domains, domain_names = categories([read.said[path][1] for path in chosen])
    tests, notes, facts = held_out(chosen, placed, lists)
    folders = shape(chosen, placed, read.layout)
    facts = ({"Folders": folders} if folders else {}) | facts
    sizes, unreadable = _sizes(files, samples)
    words = meanings(files, class_names)
    return Found(
        kind=f"pictures: {read.kind}" if read.kind else "pictures without folders",
        sizes=sizes,
        class_names=class_names,
        held_out=tests,
        blocks=lambda side: _blocks(files, samples, side),
        labels=labels,
        domains=domains,
        domain_names=domain_names,
        names=tuple(tidy(posixpath.splitext(posixpath.basename(path))[0]) for path in chosen),
        texts=tuple(tidy(words.get(class_names[label], class_names[label])) for label in labels) if words else (),
        facts=facts
        | _others(files, len(pictures) + len({*lists.class_files, *lists.split_files} & files.sizes.keys())),
        skipped=(*files.skipped, *grouped(left_out)),
        unreadable=unreadable,
        notes=(*read.notes, *notes),
        layout=read.layout,
        layouts=read.layouts,
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
    """The files that are pictures: by their ending, or, where that says nothing, as some of that ending are."""
    endings = {path: _ending(path) for path in files.sizes}
    unknown = defaultdict(list)
    for path, ending in endings.items():
        if ending not in SUFFIXES and ending not in _OTHER_ENDINGS:
            unknown[ending].append(path)
    found = {path for paths in unknown.values() for path in _those_that_start_as_pictures(files, paths)}
    paths = [path for path, ending in endings.items() if ending in SUFFIXES or path in found]
    SAMPLES.check(len(paths), files.what)
    return paths


_OTHER_ENDINGS = (
    *(".txt", ".csv", ".tsv", ".json", ".xml", ".mat", ".npy", ".npz", ".parquet", ".md", ".html", ".py", ".yaml"),
    *(".pdf", ".zip", ".tar", ".gz", ".pt", ".pth", ".bin", ".pkl", ".db", ".log", ".doc", ".docx", ".svg"),
)


def _ending(path: str) -> str:
    """The ending of a name in small letters; nothing where it is a number or as long as a word."""
    suffix = posixpath.splitext(path)[1].lower()
    return suffix if re.fullmatch(r"\.[a-z][a-z0-9]{0,6}", suffix) else ""


def _those_that_start_as_pictures(files: Files, paths: Sequence[str]) -> Sequence[str]:
    """Those of some files that start as pictures do; where there are very many, all or none, as most do."""
    each = max(1, len(paths) // _MOST_SNIFFED)
    with files.opened() as open_file:
        hits = [path for path in paths[::each] if _starts_as_picture(open_file, path)]
    if each == 1:
        return hits
    return paths if len(hits) > len(paths[::each]) / 2 else ()


def _starts_as_picture(open_file: Opener, path: str) -> bool:
    try:
        with open_file(path) as file:
            return looks_like_picture(file.read(32))
    except Exception:  # a damaged archive raises whatever its format's reader stumbles on
        return False


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
            ((row, paths[0], partial(_read_all, files, open_file, paths)) for row, paths in enumerate(samples)),
            side,
        )


def _read_all(files: Files, open_file: Opener, paths: Sequence[str]) -> list[bytes]:
    return [_read(files, open_file, path) for path in paths]


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
