"""A visitor of the app without a browser, who speaks Streamlit's own protocol on its websocket."""

from __future__ import annotations

import asyncio
import re
import time
from ssl import SSLContext
from typing import Any

import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE = 180.0  # seconds for one run of the page
#: the page is, or that part of it which followed a move
_COMPLETE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_KEPT = 60  # messages that a browser keeps


class Visitor:
    """One browser tab, without the browser.

    Args:
        url: of the server, ``http://…``, with its base path if it has one.
        query: of the link, e.g. ``"n=128&seed=3"``.
        page: of the link, e.g. ``"learn"``; empty for the first.
        cookie: that the browser has of this server, ``"name=value"``.
        patience: seconds that one run of the page may take.
        trust: whose certificate is taken, of a server at ``https://``; by default any that this machine trusts.
    """

    def __init__(
        self,
        url: str,
        query: str = "",
        page: str = "",
        *,
        cookie: str = "",
        patience: float = PATIENCE,
        trust: SSLContext | None = None,
    ):
        self._trust = trust
        self.url, self.query, self.page, self.patience = url.rstrip("/"), query, page, patience
        self._cookie = {"Cookie": cookie} if cookie else None
        #: messages of exceptions that the page showed
        self.errors: list[str] = []
        #: its warnings, and what it could not do, of its last run
        self.warnings: list[str] = []
        self._widgets: dict[str, str] = {}
        self._stops: dict[str, list[str]] = {}
        self._have: list[str] = []  # hashes of messages that need not come again
        self._script = ""

    async def open(self) -> float:
        """Connect and draw the page; seconds until it was complete.

        Raises:
            OSError, websockets.WebSocketException: nobody serves the app there.
            asyncio.TimeoutError: the page was not complete in time.
        """
        address = f"{self.url.replace('http', 'ws', 1)}/_stcore/stream"
        scheme, _, rest = self.url.partition("://")
        self._socket = await websockets.connect(
            address,
            origin=f"{scheme}://{rest.partition('/')[0]}",  # type: ignore[arg-type]  # a name for a text
            subprotocols=["streamlit"],  # type: ignore[list-item]  # likewise
            additional_headers=self._cookie,
            ssl=(self._trust or True) if scheme == "https" else None,
            proxy=None,  # servers are named one by one
            max_size=None,
            ping_interval=None,
            open_timeout=self.patience,
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
        script.query_string, script.page_script_hash = self.query, self._script
        if not self._script:
            script.page_name = self.page
        script.cached_message_hashes.extend(self._have)
        for key, value in moved.items():
            widget = script.widget_states.widgets.add()
            widget.id = self._widgets[key]
            widget.string_array_value.data.append(value)
        self.warnings = []
        begun = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while not self._take(await asyncio.wait_for(self._socket.recv(), self.patience)):
            pass
        return time.perf_counter() - begun

    async def close(self) -> None:
        """Close the tab."""
        await self._socket.close()

    def _take(self, data: bytes | str) -> bool:
        """Note what a message says; whether it ends the run."""
        message = ForwardMsg()
        message.ParseFromString(data)
        if message.hash and message.metadata.cacheable:
            self._have = [*self._have, message.hash][-_KEPT:]
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._script = message.new_session.page_script_hash
        elif kind == "delta":
            element = message.delta.new_element
            self._note(element, element.WhichOneof("type"))
        return kind == "script_finished" and message.script_finished in _COMPLETE

    def _note(self, element: Any, kind: str | None) -> None:
        if kind == "exception":
            self.errors.append(element.exception.message)
        if kind == "alert" and element.alert.format in (Alert.WARNING, Alert.ERROR):
            self.warnings.append(element.alert.body)
        inner: Any = getattr(element, kind) if kind else None
        if found := re.search(r"recipe-(\w+)$", getattr(inner, "id", "")):
            self._widgets[found[1]] = inner.id
            self._stops[found[1]] = list(getattr(inner, "options", ()))
