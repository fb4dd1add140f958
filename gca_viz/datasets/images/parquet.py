"""Parquet files with a column of encoded pictures, as Hugging Face keeps data sets."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from gca_viz.datasets.content import clean_caption
from gca_viz.datasets.images.decode import header_size, why
from gca_viz.datasets.images.found import (
    NO_CLASS,
    ONE_DOMAIN,
    Block,
    Found,
    Picture,
    categories,
    decoded,
    no_readable_picture,
    tidy,
)
from gca_viz.datasets.images.parquet_columns import Columns, columns_of
from gca_viz.datasets.images.words import is_test
from gca_viz.errors import InputError
from gca_viz.files.folder import Files, Opener
from gca_viz.labels import NO_LABEL, UNLABELLED, unlabelled
from gca_viz.settings.limits import FILE_BYTES, SAMPLES, check_growth

if TYPE_CHECKING:
    import pyarrow.parquet as parquet

_NOT_GIVEN = "not given"
_AT_ONCE = 4_000_000  # bytes of labels and texts that are made at a time, as far as their column tells
_LONGEST_FOOTER = 30_000_000  # bytes of what a file says of itself; 100,000 columns take 15 MB
_MOST_HEADERS = 96  # pictures of each file that are looked at before


def find_parquet(files: Files) -> Found | None:
    """Pictures in a column of Parquet files, with label, domain and text of each where there are such columns.

    Raises:
        InputError: a damaged file, one without such a column, or too many pictures.
    """
    paths = list(files.named(r".*\.(parquet|parq|pq)"))
    if not paths:
        return None
    counts, labels, domains = list[int](), list[object](), list[object]()
    names, texts = list[str | None](), list[str]()
    sizes, unreadable = list[tuple[int, int]](), list[tuple[str, str]]()
    with files.opened() as open_file:
        for path in paths:
            with _opened(files, path, open_file) as table:
                columns = columns_of(table.schema_arrow, path)
                counts.append(table.metadata.num_rows)
                SAMPLES.check(sum(counts), files.what, so_far=path != paths[-1])
                budget = _Budget(files.sizes[path], path)
                labels += _values(table, columns.label, budget) or [NO_CLASS] * counts[-1]
                domains += _values(table, columns.domain, budget) or [ONE_DOMAIN] * counts[-1]
                texts += map(clean_caption, _values(table, columns.text, budget) or [None] * counts[-1])
                names += _names(table, columns, budget) or [None] * counts[-1]
                _look(table, columns, path, files.sizes[path], sizes, unreadable)
    if not sizes:
        raise no_readable_picture(files.what, unreadable)
    classes, class_names = _classes(labels, columns.label_names)
    where, domain_names = _numbered(domains, columns.domain_names)
    return Found(
        kind="Parquet with pictures",
        sizes=np.array(sizes),
        class_names=class_names,
        held_out=np.repeat([is_test(PurePosixPath(path).name) for path in paths], counts),
        blocks=lambda side: _blocks(files, paths, side),
        labels=classes,
        domains=where,
        domain_names=domain_names,
        names=() if None in names else tuple(map(str, names)),
        texts=tuple(texts) if all(texts) else (),
        facts={"Columns": ", ".join(filter(None, (columns.image, columns.label, columns.domain, columns.text)))},
        skipped=files.skipped,
        unreadable=tuple(unreadable),
    )


def _values(table: parquet.ParquetFile, column: str | None, budget: _Budget) -> list[object]:
    """What a column says of each row; equal texts are kept once."""
    if column is None:
        return []
    field = column.partition(".")[2]
    sizes = [_size(table, k, column) for k in range(table.metadata.num_row_groups)]
    check_growth(budget.packed, sum(sizes), budget.what)
    rows = max(1, min(4096, _AT_ONCE // max(1, *sizes, 1)))
    found, known = list[object](), dict[str, str]()
    for batch in table.iter_batches(rows, columns=[column], use_threads=False):
        values = batch.column(0).to_pylist()
        budget.spend(sum(map(_weight, values)))
        for value in values:
            value = value and value.get(field) if field else value
            found.append(known.setdefault(value, value) if isinstance(value, str) else value)
    return found


def _weight(value: object) -> int:
    """About how many bytes a value takes."""
    if isinstance(value, dict):
        return sum(map(_weight, value.values()))
    if isinstance(value, list):
        return sum(map(_weight, value))
    return len(value) if isinstance(value, (str, bytes)) else 8


def _size(table: parquet.ParquetFile, group: int, column: str) -> int:
    """About how many bytes a column takes in a group of rows, as far as the file tells."""
    chunks = (table.metadata.row_group(group).column(k) for k in range(table.metadata.num_columns))
    own = [
        chunk for chunk in chunks if chunk.path_in_schema == column or chunk.path_in_schema.startswith(f"{column}.")
    ]
    return sum(max(chunk.total_uncompressed_size, 8 * chunk.num_values) for chunk in own)


@dataclass
class _Budget:
    """What a file has unpacked to so far: a few bytes of a dictionary may stand for billions."""

    packed: int
    what: str
    spent: int = 0

    def spend(self, size: int) -> None:
        self.spent += size
        check_growth(self.packed, self.spent, self.what, so_far=True)


def _names(table: parquet.ParquetFile, columns: Columns, budget: _Budget) -> list[str | None]:
    """The names of the files that the pictures came from, None where it is not known."""
    if not columns.has_path:
        return []
    paths = _values(table, f"{columns.image}.path", budget)
    return [tidy(PurePosixPath(path).stem) if isinstance(path, str) and path else None for path in paths]


def _classes(values: Sequence[object], names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Numbers of classes and their names, the given ones where all are numbers of these; −1 where there is none."""
    absent = unlabelled(values)
    known: Mapping[object, str] = dict(enumerate(names))
    if names and all(value in known for value, none in zip(values, absent, strict=True) if not none):
        numbers = np.array([UNLABELLED if none else value for value, none in zip(values, absent, strict=True)])
    else:
        numbers = np.full(len(values), UNLABELLED)
        there = [value for value, none in zip(values, absent, strict=True) if not none]
        numbers[~absent], names = categories([str(known.get(value, value)) for value in there])
    return numbers.astype(np.int64), (*names, *[NO_LABEL] * bool(absent.any()))


def _numbered(values: Sequence[object], names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Numbers from 0 and their names: the given ones, in their order, if all values are numbers of these."""
    known: Mapping[object, str] = dict(enumerate(names))
    if names and all(value in known for value in values):
        return np.array(values, np.int64), names
    return categories([_NOT_GIVEN if value is None else str(known.get(value, value)) for value in values])


def _look(
    table: parquet.ParquetFile,
    columns: Columns,
    path: str,
    packed: int,
    sizes: list[tuple[int, int]],
    unreadable: list[tuple[str, str]],
) -> None:
    """Sizes of the first pictures, and why others of these cannot be read."""
    for row, content in enumerate(islice(_contents(table, columns, _Budget(packed, path)), _MOST_HEADERS)):
        try:
            sizes.append(header_size(io.BytesIO(content)))
        except Exception as error:  # a damaged picture raises whatever its format's reader stumbles on
            unreadable.append((f"{path}, row {row}", why(error)))


def _blocks(files: Files, paths: Sequence[str], side: int) -> Iterator[Block]:
    yield from decoded(_pictures(files, paths), side)


def _pictures(files: Files, paths: Sequence[str]) -> Iterator[Picture]:
    row = 0
    with files.opened() as open_file:
        for path in paths:
            first = row
            with _opened(files, path, open_file) as table:
                budget = _Budget(files.sizes[path], path)
                for content in _contents(table, columns_of(table.schema_arrow, path), budget):
                    yield row, f"{path}, row {row - first}", partial(_alone, content)
                    row += 1


def _alone(content: bytes) -> list[bytes]:
    return [content]


def _contents(table: parquet.ParquetFile, columns: Columns, budget: _Budget) -> Iterator[bytes]:
    """The encoded pictures, one at a time; empty bytes where there is none."""
    column = f"{columns.image}.bytes" if columns.in_struct else columns.image
    for batch in table.iter_batches(1, columns=[column], use_threads=False):
        (value,) = batch.column(0).to_pylist()
        content = (value and value["bytes"] if columns.in_struct else value) or b""
        budget.spend(len(content))
        yield content


@contextmanager
def _opened(files: Files, path: str, open_file: Opener) -> Iterator[parquet.ParquetFile]:
    """An open table of which it is certain that it unpacks to what is allowed."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        with open_file(path) as file:
            FILE_BYTES.check(files.sizes[path], path)
            anywhere = file if files.seekable else io.BytesIO(file.read())
            _check_footer(anywhere, path)
            table = parquet.ParquetFile(anywhere)
            groups = (table.metadata.row_group(k) for k in range(table.metadata.num_row_groups))
            check_growth(files.sizes[path], sum(group.total_byte_size for group in groups), path)
            yield table
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}, which could not be read ({why(error)})",
            "a complete Parquet file is needed",
            "Save or download it again",
        ) from error


def _check_footer(file: BinaryIO, path: str) -> None:
    """Raise :class:`InputError` where what a file says of itself is too long to be read, as it is, all at once."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 8))
    length = int.from_bytes(file.read(4), "little")
    file.seek(0)
    if _LONGEST_FOOTER < length < size:
        raise InputError(
            f"{path} with a description of {length / 1e6:,.0f} MB",
            f"at most {_LONGEST_FOOTER / 1e6:,.0f} MB are read",
            "Save it with fewer columns or larger groups of rows",
        )
