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
from collections.abc import Iterable
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import ROOT, served

MOST_VISITORS = 60
PATIENCE = 180  # seconds for one run of the page
_TICKS = os.sysconf("SC_CLK_TCK")
_WITHIN = 0.5  # seconds in which the visitors of a herd come


class Visitor:
    """One browser tab, without the browser.

    Args:
        url: of the server, ``http://…``.
        query: of the link, e.g. ``"n=128&seed=3"``.
    """

    def __init__(self, url: str, query: str):
        self.url, self.query = url, query
        self.errors: list[str] = []
        self._widgets: dict[str, str] = {}
        self._stops: dict[str, list[str]] = {}
        self._have: list[str] = []  # hashes of messages that need not come again, as a browser keeps them
        self._page = ""

    async def open(self) -> float:
        """Connect and draw the page; seconds until it was complete."""
        address = f"{self.url.replace('http', 'ws', 1)}/_stcore/stream"
        self._socket = await websockets.connect(
            address, origin=self.url, subprotocols=["streamlit"], max_size=None, ping_interval=None, open_timeout=60
        )
        return await self.run()

    async def move(self, key: str, stop: int) -> float:
        """Move a slider of the form to one of its stops; seconds until the page was complete."""
        stops = self._stops[key]
        return await self.run(**{key: stops[stop % len(stops)]})

    async def run(self, **moved: str) -> float:
        """Let the page run, with sliders moved or not; seconds until it was complete."""
        message = BackMsg()
        script = message.rerun_script
        script.query_string, script.page_script_hash = self.query, self._page
        script.cached_message_hashes.extend(self._have)
        for key, value in moved.items():
            widget = script.widget_states.widgets.add()
            widget.id = self._widgets[key]
            widget.string_array_value.data.append(value)
        begun = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while not self._take(await asyncio.wait_for(self._socket.recv(), PATIENCE)):
            pass
        return time.perf_counter() - begun

    async def close(self) -> None:
        """Close the tab."""
        await self._socket.close()

    def _take(self, data: bytes) -> bool:
        """Note what a message says; whether it ends the run."""
        message = ForwardMsg()
        message.ParseFromString(data)
        if message.hash and message.metadata.cacheable:
            self._have = [*self._have, message.hash][-60:]
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._page = message.new_session.page_script_hash
        elif kind == "delta":
            element = message.delta.new_element
            self._note(element, element.WhichOneof("type"))
        return kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

    def _note(self, element, kind: str | None) -> None:
        if kind == "exception":
            self.errors.append(element.exception.message)
        inner = getattr(element, kind) if kind else None
        if found := re.search(r"recipe-(\w+)$", getattr(inner, "id", "")):
            self._widgets[found[1]] = inner.id
            self._stops[found[1]] = list(getattr(inner, "options", ()))


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
        f"waited {statistics.median(waited):.2f} s (95 %: {waited[round(0.95 * (visitors - 1))]:.2f} s)",
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
    options = parser.parse_args()
    if not all(0 < count <= MOST_VISITORS for count in (options.visitors, *options.batches)):
        parser.error(f"there are 1 to {MOST_VISITORS} visitors")
    with served(ROOT / "app.py") as url:
        process = server_of(url)
        first = Visitor(url, f"n={options.size}")
        print(f"First page: {await first.open():.1f} s", flush=True)
        await first.close()
        print(f"Herd, N = {options.size}", flush=True)
        for seed in (1001, 1002, 1003):
            await herd(url, process, options.visitors, f"n={options.size}&seed={seed}")
        print(f"Batches, N = {options.size}", flush=True)
        for count in options.batches:
            await batches(url, process, count, options.size, max(1, options.moves // count))


if __name__ == "__main__":
    asyncio.run(main())
