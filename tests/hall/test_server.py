"""A server of a hall: it warms its links, says when it is ready and when it is full, and lets in who has room."""

import asyncio
import json
import shutil
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gca_viz.cli import main
from gca_viz.cli.app import SERVER
from gca_viz.ui.hall import server
from gca_viz.ui.hall.visitor import Visitor
from tests.browser.conftest import served

LINKS = "/?n=16\n/learn\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A server for one visitor, which opens two links for itself."""
    links = tmp_path_factory.mktemp("hall") / "links.txt"
    links.write_text(LINKS)
    with served(SERVER, GCA_VIZ_MAX_SESSIONS="1", GCA_VIZ_WARM=str(links)) as address:
        yield address


def ready(url):
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def becomes(url, status):
    deadline = time.monotonic() + 120
    while ready(url)[0] != status:
        assert time.monotonic() < deadline, ready(url)
        time.sleep(0.2)
    return ready(url)[1]


def test_it_is_not_ready_before_its_links_are_open_and_then_it_is(url):
    status, said = ready(url)
    assert status == 503 and "links" in said["why"]
    assert becomes(url, 200) == {"ready": True, "why": "", "visitors": 0, "most": 1}


def test_a_full_server_says_so_and_lets_the_next_one_in_when_there_is_room(url):
    becomes(url, 200)

    async def come():
        first, second = Visitor(url, "n=16"), Visitor(url, "n=16")
        await first.open()
        await second.open()
        said = await asyncio.to_thread(ready, url)
        turned_away = list(second.warnings)
        stays = await first.run()
        kept = list(first.warnings)
        await first.close()
        for _ in range(50):  # the server learns of it a moment later
            await asyncio.sleep(0.1)
            await second.run()
            if not second.warnings:
                break
        let_in = list(second.warnings)
        await second.close()
        assert not first.errors + second.errors
        return said, turned_away, stays, kept, let_in

    with ThreadPoolExecutor(1) as pool:  # a browser of another test may have a loop that runs in this one
        said, turned_away, stays, kept, let_in = pool.submit(asyncio.run, come()).result()
    assert said == (503, {"ready": False, "why": "full", "visitors": 1, "most": 1})
    assert len(turned_away) == 1 and "opens by itself" in turned_away[0]
    assert stays > 0 and not kept
    assert not let_in
    becomes(url, 200)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="it makes the certificate")
def test_a_server_with_a_certificate_reaches_itself_and_trusts_no_other(tmp_path, monkeypatch):
    def certificate(name):
        file = tmp_path / name
        made = ["-keyout", str(file), "-out", str(file), "-subj", f"/CN={name}"]
        subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", *made], check=True)
        return file

    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    own, another = certificate("hall.example.org"), certificate("another.example.org")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    with ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        options = {"server.address": "127.0.0.1", "server.port": listening.server_port, "server.baseUrlPath": ""}
        monkeypatch.setattr(server.config, "get_option", lambda name: options[name])
        monkeypatch.setattr(server, "_PATIENCE", 1)
        reached = []
        for file in (own, another):
            options["server.sslCertFile"] = str(file)
            address, trust = server.own_address(), server.own_certificate()
            reached.append((address, server.answers(address, trust)))
        listening.shutdown()
    assert reached == [(f"https://127.0.0.1:{listening.server_port}", True), (address, False)]


def test_the_command_opens_links_and_tells_what_is_wrong_with_one(url, capsys, tmp_path):
    becomes(url, 200)
    links = tmp_path / "links.txt"
    links.write_text("/?n=16\n/?eps=nonsense\n")
    assert main(["warm", "--links", str(links), "--server", url]) == 1
    said = capsys.readouterr()
    assert [line.split()[-1] for line in said.out.splitlines()] == [f"{url}/?n=16", f"{url}/?eps=nonsense"]
    assert "eps" in said.err and said.err.count("\n") == 1
