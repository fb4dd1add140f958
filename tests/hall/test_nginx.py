"""nginx before two replicas, as docs/deployment.md says: a visitor stays at one of them, by an own cookie."""

import re
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.hall.nginx import CONFIGURATION, NGINX, front

ROOT = Path(__file__).parents[2]
VISITORS = 200


class Replica(ThreadingHTTPServer):
    """What of the app's server matters here: who opened a session at it may upload to it, and nobody else."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sessions: set[str] = set()
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        """Answer nobody any more."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # no connection stays open that an ended replica would still answer

    def do_GET(self):
        session = self.path.removeprefix("/")
        self.server.sessions.add(session)
        self._answer(200, str(self.server.server_port))

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        known = self.path.removeprefix("/_stcore/upload_file/") in self.server.sessions
        self._answer(204 if known else 400)

    def _answer(self, status: int, body: str = ""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@dataclass
class Visitor:
    """A browser with its cookies; all of them have one address."""

    url: str
    name: str
    cookies: CookieJar = field(default_factory=CookieJar)

    def ask(self, path: str, content: bytes | None = None) -> tuple[int, str]:
        """Status and body of an answer."""
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )
        request = urllib.request.Request(f"{self.url}/{path}", content, method="PUT" if content else "GET")
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""


@pytest.fixture
def hall(tmp_path):
    """Address of an nginx with the configuration of the repository, and the two replicas behind it."""
    if NGINX is None:
        pytest.skip("there is no nginx")
    replicas = [Replica(), Replica()]
    with front(tmp_path, [replica.server_port for replica in replicas]) as url:
        yield url, replicas
    for replica in replicas:
        replica.end()


def test_visitors_of_one_address_spread_and_their_uploads_find_them_until_a_replica_is_lost(hall):
    url, replicas = hall
    visitors = [Visitor(url, f"visitor-{number}") for number in range(VISITORS)]
    at = {}
    for visitor in visitors:
        status, at[visitor.name] = visitor.ask(visitor.name)
        assert status == 200
    spread = Counter(at.values())
    assert len(spread) == 2 and max(spread.values()) <= 0.7 * VISITORS, spread

    uploads = [visitor.ask(f"_stcore/upload_file/{visitor.name}", b"abc")[0] for visitor in visitors]
    assert Counter(uploads) == {204: VISITORS}
    assert all(len(visitor.cookies) == 1 for visitor in visitors)

    lost, kept = replicas
    lost.end()
    for visitor in visitors:
        assert visitor.ask(visitor.name) == (200, str(kept.server_port))
    assert all(at[visitor.name] == str(kept.server_port) or visitor.name in kept.sessions for visitor in visitors)


def test_a_visitor_without_a_cookie_would_not_be_found_again(hall):
    url, _ = hall
    statuses = Counter()
    for number in range(40):
        Visitor(url, "").ask(f"visitor-{number}")
        statuses[Visitor(url, "").ask(f"_stcore/upload_file/visitor-{number}", b"abc")[0]] += 1
    assert statuses[400] > 0  # what the cookie is for


def test_the_documentation_quotes_the_file():
    (quoted,) = re.findall(
        r"```nginx\n(    # A visitor's own cookie.*?)```",
        (ROOT / "docs" / "deployment.md").read_text("utf-8"),
        re.DOTALL,
    )
    assert quoted in CONFIGURATION


def test_the_hall_passes_on_and_forbids_what_one_server_does():
    def directives(text: str) -> set[str]:
        lines = {line.strip() for line in text.splitlines()}
        return {line for line in lines if line.startswith(("proxy_", "add_header", "client_"))}

    one = directives((ROOT / "deploy" / "nginx" / "gca-viz.conf").read_text("utf-8"))
    missing = one - directives(CONFIGURATION)
    assert {line.split()[0] for line in missing} == {"proxy_pass", "proxy_set_header"}
    assert missing == {"proxy_pass http://127.0.0.1:8501;", 'proxy_set_header Connection "upgrade";'}
