"""Lists beside pictures: which class each has, and to which split it belongs, as benchmarks write them."""

from __future__ import annotations

import csv
import io
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from gca_viz.datasets.images.words import TEST, TRAIN, canonical, split_named, split_of, words
from gca_viz.files.folder import Files

_ENDINGS = (".txt", ".csv", ".tsv", ".lst", ".list")
_LONGEST, _ALL = 20_000_000, 40_000_000  # bytes of one list, of all
_MOST_ROWS = 300_000
_MOST_LISTS = 50
_LOOKED_AT = 200  # rows that tell what a list is
_CLASS_COLUMNS = (
    *("label", "labels", "class", "classname", "category", "breed", "species", "dx", "diagnosis", "disease"),
    *("emotion", "target", "wnid", "tag", "classid", "labelid", "y", "predictionstring"),
)
_SPLIT_COLUMNS = ("split", "subset", "partition", "usage", "phase", "set")
#: words in the names of lists that say something else
_OTHERS = {
    "bbox",
    "boxes",
    "box",
    "landmarks",
    "attr",
    "attribute",
    "attributes",
    "identity",
    "pairs",
    "parts",
    "submission",
}
_PARTITION = {"0": TRAIN, "1": TEST, "2": TEST}  # CelebA's list_eval_partition.txt


@dataclass
class Lists:
    """What lists say of pictures, by their paths.

    Attributes:
        classes: of pictures that a list of classes names.
        splits: train or test, of pictures that lists of splits name.
        class_files, split_files: the lists that say so.
    """

    classes: dict[str, str] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    class_files: list[str] = field(default_factory=list)
    split_files: list[str] = field(default_factory=list)


def read_lists(files: Files, pictures: Sequence[str], unlabelled: Sequence[str], known: Iterable[str]) -> Lists:
    """What the lists beside pictures say.

    Args:
        files: where pictures and lists are.
        pictures: paths of all pictures.
        unlabelled: those of which no folder tells the class.
        known: classes of the others.
    """
    found, total = Lists(), 0
    candidates = _candidates(files)
    if not candidates:
        return found
    of_all, of_unlabelled = _Names(pictures), _Names(unlabelled)
    known = {name.casefold() for name in known}
    with files.opened() as open_file:
        for path in candidates:
            size = files.sizes.get(path) or files.beside[path]
            total += size
            if total > _ALL:
                break
            with open_file(path) as file:
                text = file.read(size).decode("utf-8-sig", "replace")
            name = PurePosixPath(path).stem
            rows = _rows(text, _LOOKED_AT)
            if _key_column(rows, of_all) is None and not split_named(name):
                continue
            rows = _rows(text, _MOST_ROWS)
            said = _classes(rows, of_unlabelled, known) if not set(words(name)) & _OTHERS else {}
            if len(said) > len(found.classes):
                found.classes, found.class_files = said, [path]
            if said := _splits(name, text, rows, of_all):
                for (
                    picture,
                    kind,
                ) in said.items():  # PACS lists the pictures for training among those for tests, too
                    if found.splits.get(picture) != TRAIN:
                        found.splits[picture] = kind
                found.split_files.append(path)
    return found


def _candidates(files: Files) -> list[str]:
    """Files that may be lists, in the order in which they are read best; of very many, the outermost alone."""
    all_files = {**files.sizes, **files.beside}
    found = [
        path
        for path, size in all_files.items()
        if posixpath.splitext(path)[1].lower() in _ENDINGS and 0 < size <= _LONGEST
    ]
    outermost = set(sorted(found, key=lambda path: (path.count("/"), path))[:_MOST_LISTS])
    return [path for path in found if path in outermost]


class _Names:
    """Pictures by what lists call them: their path or its end, with ending or without."""

    def __init__(self, paths: Sequence[str]):
        self.count = len(paths)
        self._paths: dict[str, str] = {}
        for path in paths:
            parts = path.split("/")
            for k in range(1, min(len(parts), 4) + 1):
                end = "/".join(parts[-k:])
                for name in {end, end.rsplit(".", 1)[0]}:
                    self._paths[name] = path if self._paths.setdefault(name, path) == path else ""

    def find(self, name: str) -> str:
        """The path of a picture, or nothing where there is none or several."""
        return self._paths.get(name.strip().removeprefix("./"), "")


def _rows(text: str, most: int) -> list[list[str]]:
    """The cells of the first lines of a text that are not empty, and no comment."""
    lines = list(islice((line for line in io.StringIO(text) if line.strip() and not line.startswith("#")), most))
    some = lines[:_LOOKED_AT]
    mark = next((mark for mark in "\t,;" if some and sum(mark in line for line in some) > len(some) / 2), None)
    if mark is None:
        return [line.split() for line in lines]
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    except csv.Error:
        return [line.strip().split(mark) for line in lines]


def _classes(rows: list[list[str]], names: _Names, known: set[str]) -> dict[str, str]:
    """The class of each picture that a list names; nothing where it is no list of classes."""
    key = _key_column(rows, names)
    if key is None:
        return {}
    header = rows[0] if not (len(rows[0]) > key and names.find(rows[0][key])) else []
    data = [row for row in (rows[1:] if header else rows) if len(row) > key and names.find(row[key])]
    if not data:
        return {}
    column = _class_column(header, data, key, known)
    if column is not None:
        cells = {names.find(row[key]): row[column] for row in data if len(row) > column and row[column]}
        if known:
            cells = {path: _known(cell, known) for path, cell in cells.items()}
        return {path: canonical(cell) for path, cell in cells.items() if cell}
    return _one_hot(header, data, key, names)


def _key_column(rows: list[list[str]], names: _Names) -> int | None:
    some = rows[: _LOOKED_AT + 1]
    hits = [
        (sum(len(row) > column and bool(names.find(row[column])) for row in some), -column)
        for column in range(min(8, max(map(len, some), default=0)))
    ]
    best = max(hits, default=(0, 0))
    return -best[1] if best[0] and best[0] >= min(len(some) - 1, names.count) / 2 else None


def _class_column(header: list[str], data: list[list[str]], key: int, known: set[str]) -> int | None:
    columns = [column for column in range(len(data[0])) if column != key]
    if known:
        for column in columns:
            some = [row[column] for row in data[:_LOOKED_AT] if len(row) > column]
            if some and all(_known(cell, known) for cell in some):
                return column
        return None
    titles = ["".join(words(title)) for title in header]
    for wanted in _CLASS_COLUMNS:
        if wanted in titles and titles.index(wanted) != key and titles.index(wanted) < len(data[0]):
            return titles.index(wanted)
    single = len(columns) == 1 and "".join(titles[columns[0] : columns[0] + 1]) not in _SPLIT_COLUMNS
    return columns[0] if single and len({row[columns[0]] for row in data if len(row) > 1}) > 1 else None


def _known(cell: str, known: set[str]) -> str:
    """The class that a cell names, alone or as its first word; nothing if it is none of those."""
    for name in (cell, cell.split(" ", 1)[0]):
        if canonical(name).casefold() in known:
            return name
    return ""


def _one_hot(header: list[str], data: list[list[str]], key: int, names: _Names) -> dict[str, str]:
    """The classes of a list with a column of 0 and 1 for each."""
    found = {}
    for row in data:
        ones = [column for column, cell in enumerate(row) if column != key and cell in ("1", "1.0")]
        if len(row) != len(header) or len(row) < 3 or len(ones) != 1:
            return {}
        if not all(cell in ("0", "0.0", "1", "1.0") for column, cell in enumerate(row) if column != key):
            return {}
        found[names.find(row[key])] = header[ones[0]]
    return found


def _splits(name: str, text: str, rows: list[list[str]], names: _Names) -> dict[str, str]:
    """The split of each picture that a list names; nothing where it is no list of splits."""
    key = _key_column(rows, names)
    if key is not None:
        titles = ["".join(words(title)) for title in rows[0]]
        column = next((titles.index(title) for title in _SPLIT_COLUMNS if title in titles), None)
        values = (
            {} if column is None else {row[column]: split_of(row[column]) for row in rows[1:] if len(row) > column}
        )
        if column is None and "partition" in words(name):
            column, values = 1, _PARTITION
        if column is not None and any(values.values()):
            pairs = ((names.find(row[key]), values.get(row[column])) for row in rows if len(row) > max(key, column))
            return {path: kind for path, kind in pairs if path and kind}
    kind = split_named(name)
    return _listed(text, kind, names) if kind else {}


def _listed(text: str, kind: str, names: _Names) -> dict[str, str]:
    """The pictures that the lines of a list name, by path, or by path and a number."""
    lines = [line.strip() for line in text.splitlines()[:_MOST_ROWS] if line.strip()]
    paths = [
        names.find(line) or names.find(re.split(r"[\s,;]+(?=\S*$)", line)[0]) or _first(line, names)
        for line in lines
    ]
    hits = [path for path in paths if path]
    return dict.fromkeys(hits, kind) if len(hits) >= len(lines) / 2 else {}


def _first(line: str, names: _Names) -> str:
    return names.find(re.split(r"[\s,;]", line, maxsplit=1)[0])


def meanings(files: Files, known: Iterable[str]) -> Mapping[str, str]:
    """Class → what it is called in words, as WordNet's numbers are in ``words.txt``, where a list says so."""
    known = set(known)
    for path in files.named(r"words\.txt|.*synset.*\.txt|.*synset.*words.*"):
        if files.sizes[path] <= _LONGEST:
            with files.opened() as open_file, open_file(path) as file:
                lines = file.read(files.sizes[path]).decode("utf-8", "replace").splitlines()[:_MOST_ROWS]
            pairs = (re.split(r"[\t ]", line, maxsplit=1) for line in lines)
            found = {
                pair[0]: pair[1].strip()
                for pair in pairs
                if len(pair) == 2 and pair[0] in known and pair[1].strip()
            }
            if found:
                return found
    return {}
