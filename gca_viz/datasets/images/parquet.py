"""Parquet files with a column of encoded pictures, as Hugging Face keeps data sets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from gca_viz.datasets.content import clean_caption, distinct
from gca_viz.datasets.images.decode import header_size, why
from gca_viz.datasets.images.folder import Files, Opener
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
from gca_viz.datasets.images.words import is_test
from gca_viz.errors import InputError
from gca_viz.limits import SAMPLES, UNPACKED_BYTES

_IMAGES = ("image", "img", "picture", "photo", "image_bytes", "png", "jpg", "bytes")
_LABELS = ("label", "labels", "class", "fine_label", "target", "y")
_DOMAINS = ("domain", "domains")
_TEXTS = ("text", "texts", "caption", "captions", "description", "prompt", "alt_text")
_NOT_GIVEN = "not given"
_ROWS = 32  # pictures in memory at a time
_MOST_HEADERS = 96  # pictures of each file that are looked at before


def find_parquet(files: Files) -> Found | None:
    """Pictures in a column of Parquet files, with label, domain and text of each where there are such columns.

    Raises:
        InputError: a damaged file, one without such a column, or too many pictures.
    """
    paths = list(files.named(r".*\.parquet"))
    if not paths:
        return None
    counts, labels, domains, names, texts, sizes, unreadable = [], [], [], [], [], [], []
    with files.opened() as open_file:
        for path in paths:
            with _opened(files, path, open_file) as table:
                columns = _columns(table.schema_arrow, path)
                counts.append(table.metadata.num_rows)
                SAMPLES.check(sum(counts), files.what)
                labels += _values(table, columns.label) or [NO_CLASS] * counts[-1]
                domains += _values(table, columns.domain) or [ONE_DOMAIN] * counts[-1]
                texts += map(clean_caption, _values(table, columns.text) or [None] * counts[-1])
                names += _names(table, columns) or [None] * counts[-1]
                _look(table, columns, path, sizes, unreadable)
    if not sizes:
        raise no_readable_picture(files.what, unreadable)
    classes, class_names = _numbered(labels, columns.label_names)
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
        names=() if None in names else tuple(names),
        texts=tuple(texts) if all(texts) else (),
        facts={"Columns": ", ".join(filter(None, (columns.image, columns.label, columns.domain, columns.text)))},
        skipped=files.skipped,
        unreadable=tuple(unreadable),
    )


@dataclass(frozen=True)
class _Columns:
    """Which column of a table is what; names of numbers where the table has them."""

    image: str
    in_struct: bool
    has_path: bool
    label: str | None
    domain: str | None
    text: str | None
    label_names: tuple[str, ...]
    domain_names: tuple[str, ...]


def _columns(schema, path: str) -> _Columns:
    import pyarrow.types as types

    def holds_bytes(kind) -> bool:
        return types.is_binary(kind) or types.is_large_binary(kind)

    def field_of(kind, name: str) -> int:
        return kind.get_field_index(name) if types.is_struct(kind) else -1

    usable = {
        column.name: column.type
        for column in schema
        if holds_bytes(column.type)
        or (field_of(column.type, "bytes") >= 0 and holds_bytes(column.type.field("bytes").type))
    }
    image = next((name for name in _IMAGES if name in usable), next(iter(usable), None))
    if image is None:
        raise InputError(
            f"{path} with the columns {', '.join(f'{column.name}: {column.type}' for column in schema) or 'none'}",
            "a column of encoded pictures is needed, binary or a struct with a field bytes",
            "Save it with a column image; embeddings in a Parquet file are read where embeddings are brought",
        )
    label, domain, text = (
        next((name for name in known if name in schema.names and name != image), None)
        for known in (_LABELS, _DOMAINS, _TEXTS)
    )
    return _Columns(
        image,
        types.is_struct(usable[image]),
        field_of(usable[image], "path") >= 0,
        label,
        domain,
        text,
        _names_in_metadata(schema.metadata, label),
        _names_in_metadata(schema.metadata, domain),
    )


def _names_in_metadata(metadata: dict[bytes, bytes] | None, column: str | None) -> tuple[str, ...]:
    """The names of a column's numbers, which Hugging Face keeps beside the schema; none if they are not there."""
    try:
        names = json.loads((metadata or {})[b"huggingface"])["info"]["features"][column]["names"]
    except (KeyError, TypeError, ValueError):
        return ()
    return distinct(list(map(str, names))) if isinstance(names, list) else ()


def _values(table, column: str | None) -> list:
    return [] if column is None else table.read(columns=[column]).column(0).to_pylist()


def _names(table, columns: _Columns) -> list[str | None]:
    """The names of the files that the pictures came from, None where it is not known."""
    if not columns.has_path:
        return []
    rows = table.read(columns=[f"{columns.image}.path"]).column(0).to_pylist()
    paths = [row and row.get("path") for row in rows]
    return [tidy(PurePosixPath(path).stem) if isinstance(path, str) and path else None for path in paths]


def _numbered(values: Sequence, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Numbers from 0 and their names: the given ones, in their order, if all values are numbers of these."""
    numbered = dict(enumerate(names))
    if names and all(value in numbered for value in values):
        return np.array(values, np.int64), names
    # a split without labels has -1 for each
    missing = {None, -1} if names else {None}
    return categories([_NOT_GIVEN if value in missing else str(numbered.get(value, value)) for value in values])


def _look(table, columns: _Columns, path: str, sizes: list, unreadable: list) -> None:
    """Sizes of the first pictures, and why others of these cannot be read."""
    for row, content in enumerate(next(_contents(table, columns, _MOST_HEADERS), ())):
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
                for contents in _contents(table, _columns(table.schema_arrow, path), _ROWS):
                    for content in contents:
                        yield row, f"{path}, row {row - first}", lambda content=content: [content]
                        row += 1


def _contents(table, columns: _Columns, rows: int) -> Iterator[list[bytes]]:
    """The encoded pictures, some rows at a time; empty bytes where there is none."""
    column = f"{columns.image}.bytes" if columns.in_struct else columns.image
    for batch in table.iter_batches(rows, columns=[column], use_threads=False):
        values = batch.column(0).to_pylist()
        yield [(value and value["bytes"] if columns.in_struct else value) or b"" for value in values]


@contextmanager
def _opened(files: Files, path: str, open_file: Opener) -> Iterator:
    """An open table of which it is certain that it unpacks to what is allowed."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        with open_file(path) as file:
            table = parquet.ParquetFile(file if files.seekable else io.BytesIO(file.read()))
            groups = (table.metadata.row_group(k) for k in range(table.metadata.num_row_groups))
            UNPACKED_BYTES.check(sum(group.total_byte_size for group in groups), path)
            yield table
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}, which could not be read ({why(error)})",
            "a complete Parquet file is needed",
            "Save or download it again",
        ) from error
