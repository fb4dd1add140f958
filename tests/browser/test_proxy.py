"""The app behind nginx, as docs/deployment.md says: it works, and no other site shows it in a frame."""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(NGINX is None, reason="there is no nginx")]
LOCATION = (ROOT / "deploy" / "nginx" / "gca-viz.conf").read_text("utf-8")


@contextmanager
def proxied(app_url, folder, location):
    """Address of an nginx before the app, with a location of these lines."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    location = location.replace("/viz/", "/").replace("127.0.0.1:8501", urlsplit(app_url).netloc)
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/log; events {{}}\n"
        # Started by root, it works as somebody who may not write here: a slow browser would get half a script.
        f"http {{ access_log off; proxy_max_temp_file_size 0; client_body_temp_path {folder}/body; {places}\n"
        f"server {{ listen 127.0.0.1:{port};\n{location}\n}} }}\n"
    )
    server = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-p", folder, "-e", folder / "log"])
    try:
        deadline = time.monotonic() + 20
        while True:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                break
            assert server.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def elsewhere(folder, shown):
    """Address of a page of another site with the app in a frame."""
    (folder / "index.html").write_text(f'<iframe src="{shown}" width="1000" height="800"></iframe>')
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def refusals(page) -> list[str]:
    """What the browser says from now on of what it was forbidden."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
    return said


@pytest.mark.parametrize("path", ["/?n=16", "/geometry?n=16&map=sphere", "/learn?i=0"])
def test_a_page_works_and_the_browser_forbids_nothing(chromium, app_url, tmp_path, path):
    with proxied(app_url, tmp_path, LOCATION) as url:
        page = chromium.new_page()
        said = refusals(page)
        answer = page.goto(f"{url}{path}")
        page.wait_for_selector("[data-test-script-state=notRunning]", timeout=60_000)
        page.locator("canvas").first.wait_for(timeout=60_000)  # elements are scripts that the page makes
        assert said == []
        headers = answer.all_headers()
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        page.close()


def test_another_site_shows_it_in_a_frame_only_where_it_is_named(chromium, app_url, tmp_path):
    app, other = tmp_path / "app", tmp_path / "other"
    app.mkdir()
    other.mkdir()
    page = chromium.new_page()
    said = refusals(page)
    with proxied(app_url, app, LOCATION) as url, elsewhere(other, f"{url}/?n=16") as site:
        page.goto(site)
        page.wait_for_timeout(1500)
        assert any("frame-ancestors" in sentence for sentence in said)
        assert page.frames[1].url.startswith("chrome-error:")
    # As the documentation says it: name the site, and leave the other header out.
    named = re.sub(r"frame-ancestors 'self'", "frame-ancestors 'self' http://127.0.0.1:*", LOCATION)
    named = "\n".join(line for line in named.splitlines() if "add_header X-Frame-Options" not in line)
    with proxied(app_url, app, named) as url, elsewhere(other, f"{url}/?n=16") as site:
        page.goto(site)
        frame = page.frame_locator("iframe")
        frame.locator("canvas").first.wait_for(timeout=60_000)
    page.close()
