"""Who reaches a server, and what is said where it cannot listen."""

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from gca_viz.cli import app, browser
from gca_viz.cli.listening import check_free, is_loopback, who_reaches
from gca_viz.errors import InputError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def taken():
    """A port of this machine on which something listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.5", "::1"])
def test_of_a_server_for_this_machine_it_is_said_that_nobody_else_reaches_it(host):
    assert is_loopback(host)
    assert "Only this machine" in who_reaches(host, 8501)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_of_any_other_it_is_said_what_is_open_to_whom(host, tmp_path, monkeypatch):
    said = who_reaches(host, 8501)
    assert not is_loopback(host)
    assert "every machine" in said and "upload files" in said and "processor" in said
    assert "--address localhost" in said
    if host[0] == "1":
        assert "http://192.0.2.7:8501/" in said
    monkeypatch.setenv("GCA_VIZ_FOLDERS", str(tmp_path))
    assert f"read {tmp_path.resolve()}" in who_reaches(host, 8501)


def test_a_taken_port_is_told_with_another_that_is_free(taken, gca_viz):
    said = gca_viz("app", "--port", taken)
    assert said.status == 2 and said.out == "" and said.err.count("\n") == 1
    assert "another program listens" in said.err
    offered = int(re.search(r"--port (\d+)", said.err)[1])
    assert f"PORT={offered}" in said.err
    check_free("localhost", offered)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--port", "0"), "from 1 to 65535"),
        (("--port", "70000"), "from 1 to 65535"),
        (("--address", "192.0.2.7"), "cannot listen"),
        (("--address", "no.such.machine.invalid"), "no machine has"),
        (("--address", "http://localhost"), "no machine has"),
    ],
)
def test_where_no_server_can_listen_a_sentence_says_so(words, told, gca_viz):
    said = gca_viz("app", *words)
    assert said.status == 2 and told in said.err and said.err.count("\n") == 1
    for address in re.findall(r"--address (\S+)", said.err):
        assert is_loopback(address)


def test_a_port_of_the_administrator_is_told_with_one_for_all(monkeypatch):
    def refused(self, address):
        if address[1] < 1024:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refused)
    monkeypatch.setattr(socket.socket, "listen", lambda self, backlog: None)
    with pytest.raises(InputError, match=r"administrator\. Use --port 8\d\d\d"):
        check_free("localhost", 80)


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, "linux", False),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_TTY": "/dev/ttys001"}, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_a_browser_opens_only_where_somebody_sits(environment, platform, there):
    assert browser.has_display(environment, platform) is there


@pytest.mark.parametrize("words", [(), ("--headless",)])
def test_the_browser_gets_the_state_of_the_recipe(words, gca_viz, monkeypatch):
    opened, became = [], []
    monkeypatch.setattr(app, "has_display", lambda environment: True)
    monkeypatch.setattr(app, "open_when_served", lambda *addresses: opened.append(addresses))
    monkeypatch.setattr(app, "_become", lambda words, environment: became.append(words) or 0)
    monkeypatch.setattr(app, "check_free", lambda host, port: None)
    said = gca_viz("app", "--eps", "0.3", *words)
    assert said.status == 0 and len(became) == 1 and "Only this machine" in said.err
    page = "http://localhost:8501/?eps=0.3"
    assert said.out == f"{page}\n"
    assert opened == ([] if words else [(page, "http://localhost:8501/_stcore/health")])


def test_a_page_is_opened_when_its_server_answers_and_never_without_one(monkeypatch, taken):
    opened = []
    monkeypatch.setattr(browser.webbrowser, "open", opened.append)
    monkeypatch.setattr(browser, "_PATIENCE", 0.5)
    browser._wait_and_open("page", f"http://127.0.0.1:{taken}/", os.getppid())  # it never answers
    assert opened == []
    monkeypatch.setattr(browser.urllib.request, "urlopen", lambda *_, **__: socket.socket())
    browser._wait_and_open("page", "health", os.getppid() + 1)  # the server is gone
    assert opened == []
    browser._wait_and_open("page", "health", os.getppid())
    assert opened == ["page"]


def test_make_app_opens_to_others_only_where_it_is_told():
    def line(*words: str) -> str:
        return subprocess.run(
            ["make", "-n", "-o", "setup", "app", *words], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    assert "gca-viz app --address localhost --port 8501" in line()
    assert "gca-viz app --address 0.0.0.0 --port 8600" in line("ADDRESS=0.0.0.0", "PORT=8600")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="127.0.0.2 is there alone")
def test_streamlit_in_the_checkout_serves_this_machine_alone(tmp_path):
    (tmp_path / "page.py").write_text("import streamlit\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", tmp_path / "page.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("localhost", port), 2):
                break
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        with pytest.raises(OSError):  # a server for all networks answers here, too
            socket.create_connection(("127.0.0.2", port), 2)
    finally:
        server.terminate()
        server.wait(20)
