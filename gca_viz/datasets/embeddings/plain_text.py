"""Tables that are written as text, whatever their encoding, separator and decimal mark."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass

from gca_viz.datasets.embeddings.numerals import is_numeral
from gca_viz.datasets.embeddings.table import KNOWN, plain_name
from gca_viz.errors import InputError
from gca_viz.settings.limits import COLUMNS, TEXT_BYTES

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as the next one does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SEPARATORS = ("\t", ";", "|", ",", " ")
_SAMPLE_BYTES = 8_000_000  # the first lines, among which a row of as many columns as are read has room
_SAMPLE_LINES = 50
_PIECE = 1_000_000
_MOST_COMMENTS = 10_000  # lines


@dataclass(frozen=True)
class Layout:
    """How a table is written, and where its rows begin.

    Attributes:
        text: UTF-8 without byte order mark.
        start: where the first row of values begins.
        separator: one letter.
        names: of the columns; empty where nobody says it.
        headed: whether the first line names the columns.
    """

    text: bytes
    start: int
    separator: str
    names: tuple[str, ...]
    headed: bool


def layout_of(what: str, content: bytes, notes: list[str]) -> Layout:
    """Find out how a table is written; ``notes`` takes what was assumed.

    Raises:
        InputError: no text, an empty one, or above a limit.
    """
    TEXT_BYTES.check(len(content), what)
    text = _utf8(what, content, notes)
    if b"\n" not in text[:_SAMPLE_BYTES]:
        text = text.replace(b"\r", b"\n")
    start, separator = _after_declaration(text)
    comment, start = _after_comments(text, start)
    if not text[start : start + _PIECE].strip():
        raise ValueError("it has no rows")
    lines = _lines(what, text, start)
    separator = separator or _separator(lines)
    if separator == " ":  # columns that are aligned by any number of blanks
        text = re.sub(rb"(?m)^ +| +$", b"", re.sub(rb"[ \t\r]+", b" ", text[start:]))
        start, lines = 0, _lines(what, text, 0)
    COLUMNS.check(1 + max(line.count(separator.encode()) for line in lines[:2]), what)
    width = 1 + _most_common(
        [line.count(separator.encode()) for line in lines[1:]] or [lines[0].count(separator.encode())]
    )
    end = _end_of_row(text, start)
    first = _cells(text[start:end], separator)
    headed = _is_header(first)
    if comment and (named := _cells(comment, separator)) and len(named) == width and not headed:
        return Layout(text, start, separator, tuple(named), True)
    if not headed:
        notes.append(f"The first line of {what} holds no names of columns: every line is a row.")
        return Layout(text, start, separator, ("",) * width, False)
    if len(first) == width - 1:  # R names no column for the names of the rows
        first = ["", *first]
    return Layout(text, end, separator, tuple(first), True)


def _utf8(what: str, content: bytes, notes: list[str]) -> bytes:
    """The same text in UTF-8, without a byte order mark."""
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    if encoding is None and b"\0" in content[:_PIECE]:
        head = content[:_PIECE]
        encoding = "utf-16-le" if head[1::2].count(0) > len(head) // 4 else "utf-16-be"
        if max(head[::2].count(0), head[1::2].count(0)) <= len(head) // 4:
            raise InputError(
                f"{what}, which has zero bytes and is no text",
                "a table is read as text",
                "Save it as .npz: numpy.savez('embeddings.npz', z1=z1, z2=z2, labels=labels)",
                parameter="embeddings",
            )
    if encoding not in (None, "utf-8"):
        try:
            return content.decode(encoding).removeprefix("\ufeff").encode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"{what}, which begins as {encoding.upper()} and is not",
                "a text has one encoding",
                "Save it as UTF-8",
                parameter="embeddings",
            ) from error
    content = content.removeprefix(codecs.BOM_UTF8)
    if _is_utf8(content):
        return content
    notes.append(f"{what} is not in UTF-8, and was read as Windows-1252. If names look wrong, save it as UTF-8.")
    return content.decode("cp1252", "replace").encode()


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for place in range(0, len(content), _PIECE):
            decoder.decode(content[place : place + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _after_declaration(text: bytes) -> tuple[int, str]:
    """Where the text begins after Excel's line ``sep=;``, and what that says."""
    line = text[:20].split(b"\n")[0].strip().strip(b'"')
    if line[:4].lower() == b"sep=" and len(line) == 5:
        return text.find(b"\n") + 1 or len(text), chr(line[4])
    return 0, ""


def _after_comments(text: bytes, start: int) -> tuple[bytes, int]:
    """The last of the comments at the beginning, which may name the columns (NumPy), and where they end."""
    last = b""
    for _ in range(_MOST_COMMENTS):
        if text[start : start + 1] not in (b"#", b"\n", b"\r"):
            break
        end = text.find(b"\n", start) + 1 or len(text)
        last, start = text[start : min(end, start + _PIECE)].lstrip(b"#").strip() or last, end
    return last, start


def _lines(what: str, text: bytes, start: int) -> list[bytes]:
    """The first lines, without what stands in quotes."""
    sample = text[start : start + _SAMPLE_BYTES]
    unquoted = b"".join(sample.split(b'"')[::2])
    lines = [line for line in unquoted.splitlines() if line.strip()]
    if len(sample) == _SAMPLE_BYTES and not sample.endswith(b"\n"):
        lines = lines[:-1]
    if not lines:
        raise InputError(
            f"{what}, whose first line is longer than {_SAMPLE_BYTES / 1e6:.0f} MB or never ends",
            "a row ends with a line, and what is quoted with a quotation mark",
            "Save it as .npz: numpy.savez('embeddings.npz', z1=z1, z2=z2, labels=labels)",
            parameter="embeddings",
        )
    return lines[:_SAMPLE_LINES]


def _separator(lines: list[bytes]) -> str:
    """What stands as often in the first line as in most others; of several, the rarer sign in texts and numbers."""
    for separator in _SEPARATORS:
        counts = [line.strip().count(separator.encode()) for line in lines]
        if separator == " ":
            cells = [line.split() for line in lines]
            counts = [len(row) - 1 for row in cells]
            numbers = sum(is_numeral(cell.decode("utf-8", "replace")) for row in cells for cell in row)
            if 2 * numbers < sum(map(len, cells)):
                continue
        usual = _most_common(counts[1:] or counts)
        # R writes one name less than there are columns
        if usual and counts[0] in (usual, usual - 1) and 2 * counts[1:].count(usual) >= len(counts) - 1:
            return separator
    return ","


def _most_common(counts: list[int]) -> int:
    return max(set(counts), key=lambda count: (counts.count(count), count))


def _end_of_row(text: bytes, start: int) -> int:
    """Where the row ends that begins at a place: at the first end of a line outside quotes."""
    end, quotes = start, 0
    while True:
        after = text.find(b"\n", end) + 1 or len(text)
        quotes += text.count(b'"', end, after)
        if quotes % 2 == 0 or after == len(text):
            return after
        end = after


def _cells(row: bytes, separator: str) -> list[str]:
    """The cells of one row."""
    text = row.decode("utf-8", "replace").strip("\r\n")
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(text), delimiter=separator), [])]
    except csv.Error:  # a cell of more than 131,072 letters: longer than any name
        return text.split(separator)


def _is_header(cells: list[str]) -> bool:
    """Whether a first line names the columns: texts, or the numbers 0, 1, … that pandas gives to columns."""
    numbers = [cell for cell in cells if is_numeral(cell)]
    words = [cell for cell in cells if cell and cell not in numbers]
    if numbers and (len(numbers) > 1 or words):
        counted = [str(place) for place in range(len(numbers))], [str(place + 1) for place in range(len(numbers))]
        if numbers in counted:
            return True
    if len(cells) == 1:
        return plain_name(cells[0]) in KNOWN
    return bool(words) and not numbers
