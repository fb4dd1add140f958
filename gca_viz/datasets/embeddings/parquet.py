"""Parquet → arrays: what a column takes in memory is known before it is read, and what nobody needs is not read."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import PurePath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
import pyarrow.types as types

from gca_viz.datasets.embeddings.columns import (
    NotUsed,
    entry_name,
    floats,
    gaps,
    is_list,
    is_number,
    is_text,
    is_vector,
    matrices_of,
    side_by_side,
    values_of,
    vectors,
)
from gca_viz.datasets.embeddings.table import KNOWN, Room, Table, plain_name, worth_reading
from gca_viz.errors import InputError
from gca_viz.settings.limits import COLUMNS, SAMPLES, WIDTH

_FOOTER_BYTES = 32_000_000  # of descriptions, which take ten times as much memory
_AT_ONCE = 10_000_000  # numbers
_LARGE = 100_000_000  # bytes of a column that nobody needs
_PREFIXED = "DELTA_BYTE_ARRAY"  # texts that begin as the one before: how long they are is not known before


def read_parquet(path: PurePath, content: bytes) -> Table:
    """The columns of a Parquet file that can be used.

    Raises:
        InputError: above a limit.
    """
    length = struct.unpack("<I", content[-8:-4])[0] if len(content) > 12 else 0
    if _FOOTER_BYTES < length < len(content):
        raise InputError(
            f"{path.name}, which describes its columns in {length:,} bytes",
            f"at most {_FOOTER_BYTES:,} are read",
            "Write it with larger row groups, or with z1 and z2 as one column of lists each",
            parameter="embeddings",
        )
    reading = _Reading(path, content)
    names, kinds, table = reading.names, reading.kinds, reading.table
    usable = [place for place in range(len(names)) if reading.is_usable(place)]
    numbers = [place for place in usable if is_number(kinds[place])]
    named = [entry_name(names[place], path.stem) for place in numbers]
    spread = {stem: places for stem, places in matrices_of(named).items() if is_vector(stem, len(places))}
    singles = set(usable) - {numbers[k] for places in spread.values() for k in places}
    for stem, places in spread.items():
        if plain_name(stem) in KNOWN:
            table.arrays[stem] = reading.matrix([numbers[k] for k in places])
            table.notes += gaps(stem, named, places)
        else:
            table.left_out[stem] = f"it has {len(places):,} columns"
    worth = worth_reading([names[place] for place in sorted(singles)])
    table.further = len(singles) - len(worth)
    for name in worth:
        try:
            reading.single(names.index(name))
        except NotUsed as error:
            table.left_out[name] = str(error)
    return table


class _Reading:
    """A file of which columns are read one after the other."""

    def __init__(self, path: PurePath, content: bytes):
        opened = parquet.ParquetFile(pa.BufferReader(content))
        COLUMNS.check(opened.metadata.num_columns, path.name)
        SAMPLES.check(opened.metadata.num_rows, path.name)
        self.table, self.room, self.rows = Table(), Room(path.name), opened.metadata.num_rows
        self.names, self.kinds = opened.schema_arrow.names, opened.schema_arrow.types
        self._metadata = opened.metadata
        self._seen: dict[str, int] = {}
        for place, name in enumerate(self.names):
            self._seen.setdefault(name, place)
        leaf, self._leaves = 0, list[range]()
        for kind in self.kinds:
            self._leaves.append(range(leaf, leaf + _leaf_count(kind)))
            leaf = self._leaves[-1].stop
        # one long text that many rows have stays one
        texts = [name for name, kind in zip(self.names, self.kinds, strict=True) if is_text(kind)]
        self._file = parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts, pre_buffer=False)

    def is_usable(self, place: int) -> bool:
        """Whether a column is of a type that can be of use; if not, the table is told why."""
        kind, name = self.kinds[place], self.names[place]
        if name.startswith("__index_level_"):
            return False  # pandas' numbers of the rows
        if self._seen[name] != place:
            self.table.left_out[f"a second {name}"] = "another column has this name"
            return False
        category = types.is_dictionary(kind) and is_text(kind.value_type)
        if is_number(kind) or is_text(kind) or is_list(kind) or category or types.is_temporal(kind):
            return True
        self.table.left_out[name] = f"it is of type {str(kind)[:40]}"
        return False

    def matrix(self, places: Sequence[int]) -> np.ndarray:
        """Columns of numbers side by side."""
        self.room.take(4 * self.rows * len(places))
        return side_by_side(self._numbers(places), len(places), self.rows)

    def single(self, place: int) -> None:
        """Put a column into the table.

        Raises:
            NotUsed: it cannot be of use, or nobody needs it and it is large.
        """
        name, kind, chunks = self.names[place], self.kinds[place], list(self._chunks(place))
        held, size = self.room.taken, sum(chunk.total_uncompressed_size for chunk in chunks)
        count = sum(chunk.num_values for chunk in chunks)
        size += (0 if is_list(kind) else 8) * count
        if size > _LARGE and plain_name(name) not in KNOWN:
            raise NotUsed("it is large")
        if any(_PREFIXED in chunk.encodings for chunk in chunks):
            raise NotUsed(f"its texts are packed as {_PREFIXED}")
        self.room.take(size)
        if is_list(kind):
            WIDTH.check(count // max(1, self.rows), f"{name} on average")
            self.room.taken = held
            self.table.arrays[name], self.table.unusable[name] = vectors(
                self._lists(name, count), self.rows, self.room
            )
        else:
            (column,) = self._read([place])
            self.room.taken = held
            column = pc.cast(column, pa.string()) if types.is_temporal(kind) else column
            self.table.arrays[name] = values_of(name, column, self.room)

    def _numbers(self, places: Sequence[int]) -> Iterator[np.ndarray]:
        step = max(1, _AT_ONCE // max(1, self.rows))
        for start in range(0, len(places), step):
            for column in self._read(places[start : start + step]):
                yield floats(column)

    def _lists(self, name: str, count: int) -> Iterator[pa.Array]:
        """The lists of a column, some rows at a time: in between each number takes as much again for its place."""
        rows = max(1, self.rows * _AT_ONCE // max(count, _AT_ONCE))
        for batch in self._file.iter_batches(rows, columns=[name], use_threads=False):
            yield batch.column(0)

    def _read(self, places: Sequence[int]) -> list[pa.ChunkedArray]:
        read = self._file.read([self.names[place] for place in places], use_threads=False)
        columns = dict(zip(reversed(read.column_names), reversed(read.columns), strict=True))  # the first of a name
        return [columns[self.names[place]] for place in places]

    def _chunks(self, place: int) -> Iterator[parquet.ColumnChunkMetaData]:
        for group in range(self._metadata.num_row_groups):
            for leaf in self._leaves[place]:
                yield self._metadata.row_group(group).column(leaf)


def _leaf_count(kind: pa.DataType) -> int:
    """How many columns Parquet makes of a type."""
    kind = getattr(kind, "storage_type", kind)
    if types.is_map(kind):
        return _leaf_count(kind.key_type) + _leaf_count(kind.item_type)
    if types.is_nested(kind):
        return sum(_leaf_count(kind.field(k).type) for k in range(kind.num_fields))
    return 1
