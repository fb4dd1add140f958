"""What a format recognised in some files: all that is known before the pixels are read, and how to read them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from gca_viz.cores import cores
from gca_viz.datasets.content import clean_text, distinct
from gca_viz.datasets.images.decode import SUFFIXES, decode, why
from gca_viz.datasets.images.words import canonical
from gca_viz.errors import InputError

#: the one class of images without labels
NO_CLASS = "all"
#: the one domain of images that come from one place
ONE_DOMAIN = "images"
_DECODERS = 2  # threads at most
_AHEAD_BYTES = 64_000_000
_AHEAD = 16  # pictures whose bytes may be in memory before they are asked for

#: the number of a sample, its file for people, and what reads the bytes of its pictures
Picture = tuple[int, str, Callable[[], Sequence[bytes]]]


@dataclass(frozen=True)
class Block:
    """Some samples with their pixels, and how far this is.

    Attributes:
        rows: int64 (n,), which samples these are.
        views: one or two arrays, uint8 (n, side, side, 3).
        labels: int64 (n,), where they were not known before.
        skipped: (file, why) of samples that could not be read.
        done: samples gone through so far, read or not.
        what: what was read last, for a line of progress.
    """

    rows: np.ndarray
    views: tuple[np.ndarray, ...]
    done: int
    what: str
    labels: np.ndarray | None = None
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Found:
    """Samples that were found in files, N of them.

    Attributes:
        kind: what the files were taken for.
        sizes: int64 (K, 2), width and height of some or all images.
        class_names: name of each class.
        held_out: bool (N,), true for the samples of a test split.
        blocks: reads the samples in order, at a given side in pixels.
        labels: int64 (N,), or None where they come with the pixels.
        domains: int64 (N,).
        domain_names: name of each domain.
        names: N names, or none where number and class name a sample.
        texts: N texts that say what the images show, or none.
        paired: whether each sample has two views.
        facts: further facts for the report.
        skipped: (file, why) of what was left out already.
        unreadable: (file, why) of what will be left out, as far as headers tell.
        notes: sentences on what was assumed.
        layout: how the folders above pictures were read; nothing where there are none.
        layouts: all ways in which they may be read, that one first.
    """

    kind: str
    sizes: np.ndarray
    class_names: tuple[str, ...]
    held_out: np.ndarray
    blocks: Callable[[int], Iterator[Block]]
    labels: np.ndarray | None
    domains: np.ndarray
    domain_names: tuple[str, ...] = (ONE_DOMAIN,)
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    paired: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    layout: str = ""
    layouts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.held_out)


def decoded(pictures: Iterable[Picture], side: int) -> Iterator[Block]:
    """The block of each sample whose views are pictures in files; without a row where one cannot be read.

    Files are read one after the other, as archives need it; decoding, which takes far longer, runs beside that.

    Args:
        pictures: the number of a sample, its file for people, and what reads the bytes of its one or two pictures.
        side: pixels.
    """
    with ThreadPoolExecutor(min(_DECODERS, cores())) as pool:
        waiting: deque[tuple[Future[Block], int]] = deque()
        ahead = 0
        for row, what, contents in pictures:
            read = _outcome(contents)
            size = 0 if isinstance(read, Exception) else sum(map(len, read))
            waiting.append((pool.submit(_decoded, row, what, read, side), size))
            ahead += size
            while len(waiting) > _AHEAD or (ahead > _AHEAD_BYTES and waiting):
                future, size = waiting.popleft()
                ahead -= size
                yield future.result()
        while waiting:
            yield waiting.popleft()[0].result()


def _outcome(contents: Callable[[], Sequence[bytes]]) -> Sequence[bytes] | Exception:
    try:
        return contents()
    except Exception as error:  # a damaged archive raises whatever its format's reader stumbles on
        return error


def _decoded(row: int, what: str, contents: Sequence[bytes] | Exception, side: int) -> Block:
    try:
        if isinstance(contents, Exception):
            raise contents
        views = tuple(decode(content, side)[None] for content in contents)
    except Exception as error:  # a damaged picture raises whatever its format's reader stumbles on
        return Block(np.empty(0, np.int64), (), row + 1, what, skipped=((what, why(error)),))
    return Block(np.array([row]), views, row + 1, what)


def categories(texts: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Numbers from 0 (N,), and their names as people sort them ("2" before "10"), different ones for each."""
    spelled = {text: canonical(text) for text in set(texts)}
    names = sorted(set(spelled.values()), key=_as_people_sort)
    number = {name: k for k, name in enumerate(names)}
    return np.array([number[spelled[text]] for text in texts], np.int64), distinct(names)


def tidy(text: object) -> str:
    """A name of one line, without control characters and of at most 80 characters; never empty."""
    return clean_text(text) or "unnamed"


def no_readable_picture(what: str, unreadable: Sequence[tuple[str, str]]) -> InputError:
    """The error for pictures none of which can be read; the first says why."""
    path, reason = unreadable[0] if unreadable else (what, "it is empty")
    return InputError(
        f"{what} with no readable picture ({path}: {reason})",
        f"pictures are read from {', '.join(SUFFIXES)}",
        "Bring at least one that an image viewer can open",
    )


def _as_people_sort(name: str) -> tuple[list[str | int], str]:
    parts = re.split(r"(\d+)", name)
    return [int(part) if k % 2 else part.casefold() for k, part in enumerate(parts)], name
