"""Links that are opened on a server before anybody comes, so that the first visitors do not wait for the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlsplit

import websockets

from gca_viz.errors import InputError
from gca_viz.ui.hall.visitor import PATIENCE, Visitor

_MOST = 1_000  # links of one file
_LONGEST = 20_000  # letters of one line
_FILE = f"one link a line, at most {_MOST:,}; lines that begin with # are comments"


@dataclass(frozen=True)
class Link:
    """A page and what its address says.

    Attributes:
        page: as in the address, e.g. ``"learn"``; empty for the first.
        query: what follows the question mark.
    """

    page: str
    query: str

    @classmethod
    def of(cls, text: str) -> Link:
        """Of a whole address, of one without its server (``/learn?lesson=2``), or of its query alone."""
        parts = urlsplit(text)
        return cls(parts.path.strip("/").rpartition("/")[2], parts.query)

    def __str__(self) -> str:
        return f"/{self.page}" + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True)
class Opened:
    """What became of a link.

    Attributes:
        seconds: until its page was complete; None where it never was.
        problem: what was wrong; empty where nothing was.
    """

    link: Link
    seconds: float | None
    problem: str = ""


def links_of(path: Path) -> tuple[Link, ...]:
    """The links that a file lists, in its order, each once.

    Raises:
        InputError: the file cannot be read, holds no link, or a line of it is none.
    """
    try:
        with path.open(encoding="utf-8") as file:
            lines = [line.strip() for line in (file.readline(_LONGEST) for _ in range(4 * _MOST)) if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"the file {path}", f"it cannot be read: {error}", f"Give a text file: {_FILE}") from error
    lines = [line for line in lines if not line.startswith("#")]
    for line in lines:
        if not line.startswith(("/", "?", "http://", "https://")):
            raise InputError(
                f"the line {line[:80]!r} in {path}",
                "a link begins with http, with / or with ?",
                "Copy the address of the page from the browser",
            )
    if not 0 < len(lines) <= _MOST:
        raise InputError(
            f"{len(lines):,} links in {path}", f"a file of links has {_FILE}", "Write 1 to 1,000 links"
        )
    return tuple(dict.fromkeys(map(Link.of, lines)))


def open_links(
    url: str, links: Sequence[Link], *, patience: float = PATIENCE, trust: SSLContext | None = None
) -> Iterator[Opened]:
    """Open links one after the other on a server, as a browser would, and close them.

    Args:
        url: of the server, ``http://…``, with its base path if it has one.
        links: what to open.
        patience: seconds that one page may take.
        trust: whose certificate is taken, of a server at ``https://``; by default any that this machine trusts.

    Yields:
        What became of each, as soon as it is known.

    Raises:
        InputError: nobody serves the app at this address.
    """
    # In a thread of its own, since whoever calls may have a loop of events that runs.
    with ThreadPoolExecutor(1) as pool:
        for link in links:
            yield pool.submit(asyncio.run, _open(url, link, patience, trust)).result()


async def _open(url: str, link: Link, patience: float, trust: SSLContext | None) -> Opened:
    visitor = Visitor(url, link.query, link.page, patience=patience, trust=trust)
    try:
        seconds = await visitor.open()
        await visitor.close()
    except asyncio.TimeoutError:
        return Opened(link, None, f"not complete after {patience:g} s")
    except (OSError, ValueError, websockets.WebSocketException) as error:
        raise InputError(
            f"the server {url}",
            f"the app must answer there: {error or type(error).__name__}",
            "Start it (gca-viz app), or give its address with the base path if it has one, as http://127.0.0.1:8501",
        ) from error
    return Opened(link, seconds, " ".join([*visitor.errors, *visitor.warnings]))
