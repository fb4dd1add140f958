"""A lecture hall behind nginx: many visitors of one link, from one address, on several replicas."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from benchmarks.ui.hall import megabytes, processor_seconds, server_of
from gca_viz.cli.app import SERVER
from gca_viz.ui.hall.visitor import Visitor
from tests.browser.conftest import served
from tests.hall.nginx import NGINX, front

_QUERY = "n=128&seed=2001"
_RAMP = 30.0  # seconds in which the hall fills
_THINKS = 30.0  # seconds between two moves of a visitor, on average
_SECONDS = 60.0  # of moving


def hall(options: argparse.Namespace) -> None:
    """Visitors open one link, then each moves ε now and then; processor time is that of the replicas alone.

    *herd*: 20 visitors open a link that nobody opened before within half a second.
    """
    if NGINX is None:
        raise SystemExit("There is no nginx on this machine; Debian's package is nginx-light.")
    visitors = (options.sizes or [300])[0]
    with ExitStack() as stack:
        replicas = [stack.enter_context(served(SERVER)) for _ in range(2)]
        processes = [server_of(url) for url in replicas]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(front(folder, [int(replica.rpartition(":")[2]) for replica in replicas]))
        asyncio.run(_measure(url, replicas, processes, visitors))


async def _measure(url: str, replicas: list[str], processes: list[int], count: int) -> None:
    for replica in replicas:  # as gca-viz warm does
        first = Visitor(replica, "n=128")
        await first.open()
        await first.close()
    print("\n| what | visitors | on the replicas | ms of processor each | waited, median | 95 % | MB |")
    print("|---|---|---|---|---|---|---|")
    await _opened(url, processes, "herd on a new link, .5 s", 20, 0.5)
    crowd = await _opened(url, processes, f"one link within {_RAMP:g} s", count, _RAMP, stay=True)
    await _moved(crowd, processes)
    await asyncio.gather(*(visitor.close() for visitor in crowd))
    errors = [error for visitor in crowd for error in visitor.errors]
    assert not errors, errors[0]


async def _opened(
    url: str, processes: list[int], what: str, count: int, within: float, *, stay: bool = False
) -> list[Visitor]:
    query = _QUERY if stay else f"n=128&seed={random.Random(0).randrange(10**6)}"
    crowd = [Visitor(url, query, cookie=_cookie_of(url)) for _ in range(count)]
    at: list[float] = []

    async def come(number: int) -> None:
        await asyncio.sleep(within * number / count)
        at.append(await crowd[number].open())

    before = [processor_seconds(process) for process in processes]
    await asyncio.gather(*map(come, range(count)))
    _row(what, at, before, processes, count)
    if not stay:
        await asyncio.gather(*(visitor.close() for visitor in crowd))
    return crowd


async def _moved(crowd: list[Visitor], processes: list[int]) -> None:
    waited: list[float] = []
    end = time.monotonic() + _SECONDS

    async def live(number: int) -> None:
        own = random.Random(number)
        await asyncio.sleep(own.uniform(0, _THINKS))
        while time.monotonic() < end:
            waited.append(await crowd[number].move("eps", own.randrange(41)))
            await asyncio.sleep(own.expovariate(1 / _THINKS))

    before = [processor_seconds(process) for process in processes]
    await asyncio.gather(*map(live, range(len(crowd))))
    _row(f"{len(waited)} moves of ε in {_SECONDS:g} s", waited, before, processes, len(waited))


def _row(what: str, waited: list[float], before: list[float], processes: list[int], count: int) -> None:
    used = [processor_seconds(process) - start for process, start in zip(processes, before, strict=True)]
    share = " / ".join(f"{100 * part / sum(used):.0f} %" for part in used)
    waited = sorted(waited)
    late = waited[round(0.95 * (len(waited) - 1))]
    memory = " / ".join(f"{megabytes(process):,.0f}" for process in processes)
    print(
        f"| {what} | {count} | {share} of the work | {1e3 * sum(used) / count:.0f} "
        f"| {statistics.median(waited):.2f} s | {late:.2f} s | {memory} |",
        flush=True,
    )


def _cookie_of(url: str) -> str:
    """What a browser is given with the page, and sends with its websocket."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
        return answer.headers["Set-Cookie"].partition(";")[0]
