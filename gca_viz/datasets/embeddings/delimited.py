"""CSV, TSV and their kin → arrays."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from gca_viz.datasets.embeddings import numerals, written_lists
from gca_viz.datasets.embeddings.columns import (
    NotUsed,
    entry_name,
    gaps,
    is_vector,
    matrices_of,
    side_by_side,
    texts,
    vectors,
)
from gca_viz.datasets.embeddings.plain_text import Layout, layout_of
from gca_viz.datasets.embeddings.table import KNOWN, NAMES, Room, Table, plain_name, worth_reading
from gca_viz.errors import InputError
from gca_viz.files.csv_cells import FORMULA
from gca_viz.settings.limits import SAMPLES

_BLOCK = 32_000_000  # bytes; a row must have room in one
_BYTES_PER_CELL = 12  # where a cell's text begins, and the number that it becomes
_LONG = 15  # digits that a double tells apart
_SHOWN = 40  # letters of a cell
_CELLS = 2_000_000  # that are read together
_MOST_DROPPED = 10_000  # rows with another number of cells


def read_text(path: PurePath, content: bytes) -> Table:
    """The arrays of a table that is written as text.

    Raises:
        InputError: no table, or above a limit.
    """
    table, room = Table(), Room(path.name)
    layout = layout_of(path.name, content, table.notes)
    columns, dropped = _parsed(path, layout, room)
    names, columns = _named(path, layout, columns, table)
    _fill(table, names, columns, dropped, room)
    return table


def _parsed(path: PurePath, layout: Layout, room: Room) -> tuple[list[pa.ChunkedArray], dict[int, str]]:
    """Columns of texts, null in rows that have another number of cells than the others; and why, by row."""
    separator, count = layout.separator, len(layout.names)
    body = memoryview(layout.text)[layout.start :]
    rows = 1 + layout.text.count(b"\n", layout.start)
    room.take(_BYTES_PER_CELL * (rows + layout.text.count(separator.encode(), layout.start)))
    dropped: dict[int, str] = {}

    def drop(row: csv.InvalidRow) -> str:
        dropped[row.number - 1] = f"its line has {row.actual_columns:,} cells, others have {count:,}"
        return "skip" if len(dropped) < _MOST_DROPPED else "error"

    keys = [str(place) for place in range(count)]
    try:
        parsed = csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            csv.ReadOptions(column_names=keys, use_threads=False, block_size=_BLOCK),
            csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                ignore_empty_lines=count > 1,
                invalid_row_handler=drop,
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(keys, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            f"{path.name}, which could not be read as a table ({str(error).splitlines()[0]})",
            f"every row has as many cells as the first, parted by {separator!r}, and is shorter than 32 MB",
            "Save it as .npz: numpy.savez('embeddings.npz', z1=z1, z2=z2, labels=labels)",
            parameter="embeddings",
        ) from error
    total = parsed.num_rows + len(dropped)
    SAMPLES.check(total, path.name)
    if len(dropped) > parsed.num_rows:
        raise InputError(
            f"{path.name}, in which {len(dropped):,} of {total:,} rows have another number of cells than {count:,}",
            "every row has as many cells as the first",
            "Put texts with separators into quotation marks, or save it as .npz: "
            "numpy.savez('embeddings.npz', z1=z1, z2=z2, labels=labels)",
            parameter="embeddings",
        )
    if dropped:  # an empty row in the place of each, so that all others keep their numbers
        order = np.full(total, -1)
        order[np.setdiff1d(np.arange(total), list(dropped))] = np.arange(parsed.num_rows)
        parsed = parsed.take(pa.array(order, mask=order < 0))
    return parsed.columns, dropped


def _named(
    path: PurePath, layout: Layout, columns: list[pa.ChunkedArray], table: Table
) -> tuple[list[str], list[pa.ChunkedArray]]:
    """Columns with their names, without those of row numbers and those that are empty and nameless."""
    names, kept, seen = [], [], set()
    spread = not layout.headed and len(layout.names) > 1
    for place, (name, column) in enumerate(zip(layout.names, columns, strict=True)):
        if layout.headed and (not name or name.startswith("Unnamed: ")):
            continue  # pandas' numbers of the rows, or a separator at the end of every line
        if not layout.headed:
            name = f"{path.stem}_{place}" if spread else path.stem
        name = entry_name(name, path.stem)
        if name in seen:
            table.left_out[f"a second {name}"] = "another column has this name"
            continue
        seen.add(name)
        names.append(name)
        kept.append(column)
    return names, kept


def _fill(
    table: Table, names: list[str], columns: list[pa.ChunkedArray], dropped: dict[int, str], room: Room
) -> None:
    """Put matrices, lists and single columns into the table."""
    spread = {stem: places for stem, places in matrices_of(names).items() if is_vector(stem, len(places))}
    inside = {place for places in spread.values() for place in places}
    singles = [place for place in range(len(names)) if place not in inside]
    worth = set(worth_reading([names[place] for place in singles]))
    table.further += len(singles) - len(worth)
    singles = [place for place in singles if names[place] in worth]
    known = {stem: places for stem, places in spread.items() if plain_name(stem) in KNOWN}
    for stem in spread.keys() - known.keys():
        table.left_out[stem] = f"it has {len(spread[stem]):,} columns"
    needed = [k for places in (*known.values(), singles) for k in places]
    plain = {k: numerals.plainly(columns[k]) for k in needed}
    lists = {k for k in singles if plain[k] is None and written_lists.are_lists(columns[k])}
    style = numerals.style_of(columns[k] for k, values in plain.items() if values is None and k not in lists)
    if style.note:
        table.notes.append(style.note)
    for stem, places in known.items():
        unread = [k for k in places if plain[k] is None]
        bad = _read_together(columns, unread, plain, style)
        if len(unread) == len(places) and all(flags.mean() > 0.5 for flags in bad):
            table.left_out[stem] = "its columns hold no numbers"
            continue
        read = (values for k in places if (values := plain[k]) is not None)
        table.arrays[stem] = side_by_side(read, len(places), len(columns[0]))
        table.unusable[stem] = _bad_cells(names, columns, unread, bad) | dropped
        table.notes += gaps(stem, names, places)
    for k in singles:
        try:
            if k in lists:
                table.arrays[names[k]], why = vectors([written_lists.parsed(columns[k])], len(columns[k]), room)
                table.unusable[names[k]] = why | dropped
            else:
                table.arrays[names[k]] = _single(names[k], columns[k], plain[k], style, room)
        except NotUsed as error:
            table.left_out[names[k]] = str(error)


def _read_together(
    columns: list[pa.ChunkedArray], unread: list[int], plain: dict[int, np.ndarray | None], style: numerals.Style
) -> list[np.ndarray]:
    """Read columns that are not written plainly, many at a time; bool (N,) for each, where a cell is no number."""
    bad, step = [], max(1, _CELLS // max(1, len(columns[0])))
    for start in range(0, len(unread), step):
        some = unread[start : start + step]
        joined = pa.chunked_array([chunk for k in some for chunk in columns[k].chunks], pa.string())
        values, flags = numerals.read(pa.chunked_array([joined.combine_chunks()]), style)
        plain |= zip(some, values.reshape(len(some), -1), strict=True)
        bad += list(flags.reshape(len(some), -1))
    return bad


def _single(
    name: str, column: pa.ChunkedArray, plain: np.ndarray | None, style: numerals.Style, room: Room
) -> np.ndarray:
    """Numbers where all cells with something in them are numbers, and are meant as these; else texts."""
    room.take(16 * len(column))
    if plain_name(name) not in NAMES["names"]:
        values, bad = (plain, np.zeros(1, bool)) if plain is not None else numerals.read(column, style)
        known = values[~np.isnan(values)]
        exact = len(known) and (np.abs(known) < 10.0**_LONG).all()
        if exact and not bad.any() and not numerals.padded(column):
            return values
    # As csv_cells.unguarded, of a whole column.
    return texts(name, pc.replace_substring_regex(column, f"^'({FORMULA})", r"\1"), room)


def _bad_cells(
    names: list[str], columns: list[pa.ChunkedArray], unread: list[int], bad: list[np.ndarray]
) -> dict[int, str]:
    """Row → its first cell that is no number."""
    why: dict[int, str] = {}
    for k, flags in zip(unread, bad, strict=True):
        for row in np.flatnonzero(flags).tolist():
            if row not in why:
                why[row] = f"{names[k]} is {columns[k][row].as_py()[:_SHOWN]!r}, which is no number"
    return why
