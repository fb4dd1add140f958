"""The app as a server that says when it is ready: what ``gca-viz app`` runs.

``/ready`` answers 200 once what was to be opened before anybody comes is open and there is room, else 503: a
balancer then sends newcomers elsewhere. ``/_stcore/health`` says, as always, that the process lives.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from ssl import VERIFY_X509_PARTIAL_CHAIN, SSLContext, create_default_context
from threading import Thread
from time import monotonic, sleep
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from streamlit import config
from streamlit.starlette import App

from gca_viz.errors import InputError
from gca_viz.settings.server import MAX_SESSIONS, WARM
from gca_viz.ui.hall.admission import full, visitors
from gca_viz.ui.hall.engine import load
from gca_viz.ui.hall.warming import links_of, open_links

_PATIENCE = 120  # seconds for the server itself to come up
_log = logging.getLogger("gca_viz")


class Readiness:
    """Whether the links of ``GCA_VIZ_WARM`` are open.

    Attributes:
        waits_for: what is still to be done, in words; empty once all is.
    """

    def __init__(self) -> None:
        self.waits_for = f"the links of {WARM.value}" if WARM.value else ""

    def begin(self) -> None:
        """Open them beside the server, which must be listening to be opened."""
        if self.waits_for:
            Thread(target=self._warm, name="warm-links", daemon=True).start()

    def _warm(self) -> None:
        try:
            links, url, trust = links_of(WARM.value), own_address(), own_certificate()
            answers(url, trust)  # where it does not, opening says why
            for number, opened in enumerate(open_links(url, links, trust=trust), 1):
                self.waits_for = f"links: {number} of {len(links)} are open"
                if opened.problem:
                    _log.warning("%s: %s", opened.link, opened.problem)
        except InputError as error:
            _log.warning("%s", error)
        finally:  # a server that serves slowly at first is better than none
            self.waits_for = ""


def own_address() -> str:
    """Where this server is reached from its own machine."""
    host = config.get_option("server.address") or "127.0.0.1"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    scheme = "https" if config.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{host}:{config.get_option('server.port')}{_base()}"


def own_certificate() -> SSLContext | None:
    """What trusts this server's own certificate and no other; None where it speaks without one.

    It names the address that visitors know, and not that of the machine itself.
    """
    file = config.get_option("server.sslCertFile")
    if not file:
        return None
    context = create_default_context()
    context.check_hostname = False
    context.verify_flags |= VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(file)
    return context


def _base() -> str:
    path = config.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def answers(url: str, trust: SSLContext | None) -> bool:
    """Whether the server comes up within two minutes."""
    # No proxy stands before itself.
    directly, deadline = build_opener(ProxyHandler({}), HTTPSHandler(context=trust)), monotonic() + _PATIENCE
    while monotonic() < deadline:
        try:
            with directly.open(f"{url}/_stcore/health", timeout=2):
                return True
        except OSError:
            sleep(0.2)
    return False


_readiness = Readiness()


async def ready(_: Request) -> JSONResponse:
    """Whether the next visitor is served well here."""
    why = _readiness.waits_for or ("full" if full() else "")
    said = {"ready": not why, "why": why, "visitors": visitors(), "most": MAX_SESSIONS.value}
    return JSONResponse(said, status_code=503 if why else 200, headers={"Cache-Control": "no-store"})


@asynccontextmanager
async def _alive(_: App) -> AsyncIterator[None]:
    _readiness.begin()
    Thread(target=_prepare, name="engine", daemon=True).start()
    yield


def _prepare() -> None:
    """Load what pages compute with, and compute the first of them, while a browser still loads its own part.

    Where something goes wrong the page tells its visitor, and a visitor of another page is none the worse.
    """
    Thread(target=_read_images, name="images", daemon=True).start()
    load()
    import_module("gca_viz.ui.pages.alignment.first_screen").prepare()


def _read_images() -> None:
    """Read those of the first screen, which leaves the interpreter to the imports for most of its time."""
    from gca_viz.datasets import load_dataset
    from gca_viz.experiments.recipe.first_screen import FIRST_SCREEN

    load_dataset(FIRST_SCREEN.data.dataset)


app = App(
    Path(__file__).resolve().parents[3] / "app.py", routes=[Route(f"{_base()}/ready", ready)], lifespan=_alive
)
