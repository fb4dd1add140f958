"""What a command tells while it works: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from gca_viz.errors import InputError
from gca_viz.files import atomic
from gca_viz.files.strict_json import strict_json
from gca_viz.progress import ReportProgress

_AFTER = 0.5  # seconds that work may take before its progress is shown
# Seconds until the first line of progress in a log, and between two of work that takes long.
_FIRST_LINE, _LATER_LINES = 2.0, 60.0
_REDRAWN_EVERY = 0.1


def within(report_progress: ReportProgress, start: float, end: float) -> ReportProgress:
    """Progress of a part of the work, told as that of the whole."""
    return lambda share, what: report_progress(start + (end - start) * min(share, 1.0), what)


def note(sentence: object) -> None:
    """Tell what the user should know of what was asked for."""
    print(sentence, file=sys.stderr)


def print_json(values: Any) -> None:
    """Print for machines."""
    print(strict_json(values, indent=2))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns; the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def write(path: Path, content: bytes | str) -> None:
    """Write a file at once, so that nobody finds half of one.

    Raises:
        InputError: a place that cannot be written to.
    """
    try:
        atomic.write(path, content)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else str(error)
        raise InputError(
            f"the path {path}, which cannot be written ({reason})",
            "its folder must be there and writable",
            "Name another with --output",
            parameter="output",
        ) from error


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[ReportProgress]:
    """A function that is told the share done and what is being done, and shows it on stderr.

    On a terminal a bar, drawn by rich where that is installed; in a log a line every now and then; with ``quiet``
    nothing. Work of less than half a second shows none.
    """
    if quiet:
        yield lambda share, what: None
    elif sys.stderr.isatty():
        with _rich_bar() as tell:
            yield tell
    else:
        yield _lines()


def _lines() -> ReportProgress:
    pause = _FIRST_LINE
    shown_from = monotonic() + pause

    def tell(share: float, what: str) -> None:
        nonlocal shown_from, pause
        if share < 1 and monotonic() >= shown_from:
            note(f"{share:4.0%} {what}")
            pause = min(2 * pause, _LATER_LINES)
            shown_from = monotonic() + pause

    return tell


@contextmanager
def _rich_bar() -> Iterator[ReportProgress]:
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
    except ImportError:  # it comes with the extra [train]
        with _plain_bar() as plain:
            yield plain
        return
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    bar, started = Progress(*columns, console=Console(stderr=True), transient=True), monotonic()
    task = bar.add_task("", total=1.0)

    def tell(share: float, what: str) -> None:
        bar.update(task, completed=share, description=what)
        if not bar.live.is_started and monotonic() - started > _AFTER:
            bar.start()

    try:
        yield tell
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def _plain_bar() -> Iterator[ReportProgress]:
    shown_from, longest = monotonic() + _AFTER, 0

    def tell(share: float, what: str) -> None:
        nonlocal shown_from, longest
        if monotonic() >= shown_from:
            text = f"{'#' * round(20 * share):20} {share:4.0%} {what}"
            longest = max(longest, len(text))
            print(f"\r{text.ljust(longest)}", end="", file=sys.stderr, flush=True)
            shown_from = monotonic() + _REDRAWN_EVERY

    try:
        yield tell
    finally:
        if longest:
            print(f"\r{' ' * longest}\r", end="", file=sys.stderr, flush=True)
