"""A lecture hall: many visitors on one link at once, and many batches side by side on one server.

Run ``python -m benchmarks.ui.hall`` (Linux; no browser). Visitors speak Streamlit's own protocol over loopback, so
that only the server is measured: its processor time, which other work on the machine does not change much, and how
long each visitor waits. Bounded: at most 60 visitors, and a time limit for each run of a page.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from gca_viz.ui.hall.visitor import Visitor
from tests.browser.conftest import ROOT, served

MOST_VISITORS = 60
_TICKS = os.sysconf("SC_CLK_TCK")
_WITHIN = 0.5  # seconds in which the visitors of a herd come
_RUN_UP = 2  # seconds of moves before those that count
_REST, _PATIENCE = 4.0, 15  # seconds of a rest, which begins later than imports do, and how many are tried


def server_of(url: str) -> int:
    """The process that this one started to listen on the address's port."""
    port = url.rpartition(":")[2].encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words, status = (folder / "cmdline").read_bytes().split(b"\0"), (folder / "stat").read_text()
        except OSError:
            continue  # it ended meanwhile
        if port in words and int(status.rpartition(")")[2].split()[1]) == os.getpid():
            return int(folder.name)
    raise RuntimeError(f"no server of ours listens on {url}")


def processor_seconds(process: int) -> float:
    """Processor time that a process has used so far."""
    return sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13])) / _TICKS


def megabytes(process: int) -> float:
    """Its resident memory."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[1]) / 1024


async def rested(process: int) -> None:
    """Wait until a server has imported what the first page did not wait for; its visitors come later than that."""
    for _ in range(_PATIENCE):
        before = processor_seconds(process)
        await asyncio.sleep(_REST)
        if processor_seconds(process) - before < 0.02 * _REST:
            return
    raise RuntimeError("the server does not come to rest")


async def herd(url: str, process: int, visitors: int, query: str) -> None:
    """All open one link that nobody opened before, within half a second."""
    crowd = [Visitor(url, query) for _ in range(visitors)]

    async def come(number: int) -> float:
        await asyncio.sleep(_WITHIN * number / visitors)
        return await crowd[number].open()

    before = processor_seconds(process)
    waited = sorted(await asyncio.gather(*map(come, range(visitors))))
    each = (processor_seconds(process) - before) / visitors
    print(
        f"  {visitors} open one link within {_WITHIN} s: {1e3 * each:4.0f} ms of processor each, "
        f"waited {_middle(waited)} s",
        flush=True,
    )
    await _leave(crowd)


async def batches(url: str, process: int, count: int, size: int, turns: int) -> float:
    """Each visitor has a batch of its own, and all move ε in turn; milliseconds of processor per move."""
    crowd = [Visitor(url, f"n={size}&seed={number}") for number in range(count)]
    for visitor in crowd:
        await visitor.open()
    for visitor in crowd:
        await visitor.move("eps", 3)
    before, waited = processor_seconds(process), []
    for turn in range(turns):
        for number, visitor in enumerate(crowd):
            waited.append(await visitor.move("eps", 7 * turn + number + 5))
    each = 1e3 * (processor_seconds(process) - before) / len(waited)
    print(
        f"  {count:2} batches side by side: {each:4.0f} ms of processor per move, "
        f"waited {1e3 * statistics.median(waited):.0f} ms, server {megabytes(process):,.0f} MB",
        flush=True,
    )
    await _leave(crowd)
    return each


async def paced(url: str, process: int, count: int, size: int, seconds: float) -> None:
    """Each visitor has a batch of its own and moves ε once a second, or as soon as it has the last answer.

    What is told leaves out the first two seconds.
    """
    crowd = [Visitor(url, f"n={size}&seed={number}") for number in range(count)]
    for visitor in crowd:
        await visitor.open()
        await visitor.move("eps", 3)
    begun = time.perf_counter() + 0.5
    waited: list[float] = []

    async def moves(number: int) -> None:
        for turn in range(round(seconds) + _RUN_UP):
            due = begun + turn + number / count
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await crowd[number].move("eps", 7 * turn + number + 5)
            if turn >= _RUN_UP:
                waited.append(time.perf_counter() - due)

    async def used() -> float:
        await asyncio.sleep(max(0.0, begun + _RUN_UP - time.perf_counter()))
        before = processor_seconds(process)
        await asyncio.sleep(seconds)
        return (processor_seconds(process) - before) / seconds

    share, *_ = await asyncio.gather(used(), *map(moves, range(count)))
    waited.sort()
    print(
        f"  {count:2} sessions, each a batch of its own and a move a second: waited {_middle(waited)} s, "
        f"server {100 * share:.0f} % of a core",
        flush=True,
    )
    await _leave(crowd)


def _middle(ordered: Sequence[float]) -> str:
    """Median and 95th percentile of ordered seconds."""
    return f"{statistics.median(ordered):.2f} (95 %: {ordered[round(0.95 * (len(ordered) - 1))]:.2f})"


async def _leave(crowd: Iterable[Visitor]) -> None:
    for visitor in crowd:
        await visitor.close()
        assert not visitor.errors, visitor.errors[0]


async def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=20, help=f"of the herd, at most {MOST_VISITORS}")
    parser.add_argument("--batches", type=int, nargs="*", default=[1, 4, 8, 12, 20, 30], help="side by side")
    parser.add_argument("--size", type=int, default=128, help="N")
    parser.add_argument("--moves", type=int, default=60, help="about how many for each number of batches")
    parser.add_argument("--paced", type=int, nargs="*", default=[30], help="sessions that move once a second")
    parser.add_argument("--seconds", type=float, default=20, help="of such moves")
    options = parser.parse_args()
    if not all(0 < count <= MOST_VISITORS for count in (options.visitors, *options.batches, *options.paced)):
        parser.error(f"there are 1 to {MOST_VISITORS} visitors")
    with served(ROOT / "app.py") as url:
        process = server_of(url)
        first = Visitor(url, f"n={options.size}")
        print(f"First page: {await first.open():.1f} s", flush=True)
        await first.close()
        await rested(process)
        print(f"Herd, N = {options.size}", flush=True)
        for seed in (1001, 1002, 1003):
            await herd(url, process, options.visitors, f"n={options.size}&seed={seed}")
        print(f"Batches, N = {options.size}", flush=True)
        for count in options.batches:
            await batches(url, process, count, options.size, max(1, options.moves // count))
        print(f"Moves at a pace, N = {options.size}", flush=True)
        for count in options.paced:
            await paced(url, process, count, options.size, options.seconds)


if __name__ == "__main__":
    asyncio.run(main())
