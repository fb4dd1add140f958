"""Parquet → arrays: what a column takes in memory is known before it is read, and what nobody needs is not read."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import PurePath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
import pyarrow.types as types

from gca_viz.datasets.embeddings.columns import (
    NotUsed,
    floats,
    is_list,
    is_number,
    is_text,
    matrices_of,
    missing_entries,
    side_by_side,
    values_of,
    vectors,
)
from gca_viz.datasets.embeddings.table import Room, Table, worth_reading
from gca_viz.errors import InputError
from gca_viz.limits import COLUMNS, SAMPLES, UNPACKED_BYTES

_FOOTER_BYTES = 32_000_000  # of descriptions, which take ten times as much memory
_AT_ONCE = 25_000_000  # numbers
_PREFIXED = "DELTA_BYTE_ARRAY"  # texts that begin as the one before: their lengths are not known before


def read_parquet(path: PurePath, content: bytes) -> Table:
    """The columns of a Parquet file that can be used.

    Raises:
        InputError: above a limit.
    """
    length = struct.unpack("<I", content[-8:-4])[0] if len(content) > 12 else 0
    if length > _FOOTER_BYTES:
        raise InputError(
            f"{path.name}, which describes its columns in {length:,} bytes",
            f"at most {_FOOTER_BYTES:,} are read",
            "Write it with fewer columns or larger row groups: z1 and z2 as one column of lists each",
            parameter="embeddings",
        )
    file = parquet.ParquetFile(io.BytesIO(content))
    schema, rows = file.schema_arrow, file.metadata.num_rows
    COLUMNS.check(file.metadata.num_columns, path.name)
    SAMPLES.check(rows, path.name)
    reading = _Reading(path, content, file)
    table = reading.table
    usable = [k for k, field in enumerate(schema) if reading.is_usable(k, field)]
    names = [schema.names[k] for k in usable]
    spread = matrices_of(
        [name if is_number(schema.types[k]) else "" for k, name in zip(usable, names, strict=True)]
    )
    inside = {position for positions in spread.values() for position in positions}
    for stem, positions in spread.items():
        table.arrays[stem or path.stem] = reading.matrix([usable[position] for position in positions])
        if gaps := missing_entries(names, positions):
            table.notes.append(
                f"No column holds entry {', '.join(map(str, gaps))} of {stem}: it has fewer numbers."
            )
    singles = [position for position in range(len(usable)) if position not in inside]
    worth = set(worth_reading([names[position] for position in singles]))
    for position in singles:
        if names[position] in worth:
            reading.single(usable[position])
        else:
            table.further += 1
    return table


class _Reading:
    """A file of which columns are read one after the other."""

    def __init__(self, path: PurePath, content: bytes, file: parquet.ParquetFile):
        self.table, self.room, self.rows = Table(), Room(path.name), file.metadata.num_rows
        self._metadata, self._schema = file.metadata, file.schema_arrow
        leaves, self._leaves = 0, []
        for kind in self._schema.types:
            count = _leaf_count(kind)
            self._leaves.append(range(leaves, leaves + count))
            leaves += count
        as_codes = [
            name for name, kind in zip(self._schema.names, self._schema.types, strict=True) if is_text(kind)
        ]
        self._file = parquet.ParquetFile(io.BytesIO(content), read_dictionary=as_codes)

    def is_usable(self, k: int, field: pa.Field) -> bool:
        """Whether a column is of a type that can be of use; if not, the table is told why."""
        kind, name = field.type, field.name
        if name.startswith("__index_level_") or self._schema.names.index(name) != k:
            return False  # pandas' numbers of the rows; a second column of one name
        if not (is_number(kind) or is_text(kind) or is_list(kind) or _is_category(kind) or types.is_temporal(kind)):
            self.table.left_out[name] = f"it is of type {_short(kind)}"
        elif any(_PREFIXED in chunk.encodings for chunk in self._chunks(k)):
            self.table.left_out[name] = f"its texts are packed as {_PREFIXED}"
        return name not in self.table.left_out

    def matrix(self, columns: list[int]):
        """Columns of numbers side by side."""
        self.room.take(4 * self.rows * len(columns))
        return side_by_side(self._numbers(columns), len(columns), self.rows)

    def single(self, k: int) -> None:
        """Put a column into the table."""
        name = self._schema.names[k]
        numbers, unpacked = self._size(k)
        UNPACKED_BYTES.check(unpacked, name)
        if is_list(self._schema.types[k]):
            held = self.room.taken
            self.room.take(8 * numbers)
            column = self._read([k]).column(0)
            self.room.taken = held
            try:
                self.table.arrays[name], self.table.unusable[name] = vectors(column, self.room)
            except NotUsed as error:
                self.table.left_out[name] = str(error)
        else:
            self.room.take(unpacked + 8 * numbers)
            column = self._read([k]).column(0)
            if types.is_temporal(column.type):
                column = pc.cast(column, pa.string())
            self.table.arrays[name] = values_of(column, self.room)

    def _numbers(self, columns: list[int]) -> Iterator:
        step = max(1, _AT_ONCE // max(1, self.rows))
        for start in range(0, len(columns), step):
            for column in self._read(columns[start : start + step]).columns:
                yield floats(column)

    def _read(self, columns: list[int]) -> pa.Table:
        return self._file.read([self._schema.names[k] for k in columns], use_threads=False)

    def _chunks(self, k: int) -> Iterator:
        for group in range(self._metadata.num_row_groups):
            for leaf in self._leaves[k]:
                yield self._metadata.row_group(group).column(leaf)

    def _size(self, k: int) -> tuple[int, int]:
        """How many numbers or texts a column has, and its bytes once it is unpacked."""
        chunks = list(self._chunks(k))
        return sum(chunk.num_values for chunk in chunks), sum(chunk.total_uncompressed_size for chunk in chunks)


def _is_category(kind: pa.DataType) -> bool:
    return types.is_dictionary(kind) and is_text(kind.value_type)


def _leaf_count(kind: pa.DataType) -> int:
    """How many columns Parquet makes of a type."""
    kind = getattr(kind, "storage_type", kind)
    if types.is_map(kind):
        return _leaf_count(kind.key_type) + _leaf_count(kind.item_type)
    if types.is_nested(kind):
        return sum(_leaf_count(kind.field(k).type) for k in range(kind.num_fields))
    return 1


def _short(kind: pa.DataType) -> str:
    text = str(kind)
    return text if len(text) < 60 else f"{text[:57]}…"
