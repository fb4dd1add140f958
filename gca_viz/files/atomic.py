"""Files that are there whole or not at all, whatever ends the writing: an error, a full disk, Ctrl-C."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: how a file ends while it is being written; whoever owns a folder may remove old ones
PART = ".part"


@contextmanager
def written(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Places to write to, which become the files themselves when the block ends, and vanish where it fails.

    Files of one call belong together: they appear in the order given once all are written, so that the one that
    the others explain (weights beside their card) comes last, and where one cannot appear none stays that is new.

    Args:
        paths: the files; what is there already stays until the new one takes its place. Links are followed.

    Raises:
        OSError: a folder that is not there or cannot be written to.
    """
    targets = [Path(os.path.realpath(path)) for path in paths]
    # Not made of the file's name, which may be as long as a name can be.
    parts = tuple(target.with_name(f".gca-viz-{secrets.token_hex(8)}{PART}") for target in targets)
    new: list[Path] = []
    try:
        yield parts
        for part, target in zip(parts, targets, strict=True):
            if not target.exists():
                new.append(target)
            part.replace(target)
    except BaseException:  # Ctrl-C, too
        for leftover in (*parts, *new):
            leftover.unlink(missing_ok=True)
        raise


def write(path: Path, content: bytes | str) -> None:
    """Write a file at once; text as UTF-8. Raises :class:`OSError` as :func:`written` does."""
    with written(path) as (part,):
        part.write_bytes(content.encode() if isinstance(content, str) else content)
