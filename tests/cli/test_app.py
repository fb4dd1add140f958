"""``gca-viz app`` starts the app in the state of a recipe."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import numpy as np

from gca_viz.cli import app, make_parser
from gca_viz.cli.recipe_flags import query_of
from gca_viz.experiments.recipe.recipe import Recipe


def test_it_serves_at_the_address_that_it_prints_from_any_folder_and_ends_when_told(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        "app",
        "--port",
        str(port),
        "--address",
        "127.0.0.1",
        "--eps",
        "0.3",
        "--method",
        "gca-uot",
        "--present",
    ]
    environment = {**os.environ, "PYTHONPATH": str(app.APP.parent)}
    command = [sys.executable, "-m", "gca_viz.cli", *words]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().strip()
        query = query_of(address)
        assert query.pop("present") == "1"
        assert Recipe.from_query(query) == (Recipe().with_values(eps=0.3, method="gca-uot"), [])
        parts, deadline = urlsplit(address), time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://{parts.netloc}/_stcore/health", timeout=2) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline
                time.sleep(0.2)
    finally:
        server.terminate()
        server.wait(20)  # the server is this very process


def test_it_says_what_a_browser_cannot_be_told(tmp_path, gca_viz, monkeypatch):
    np.savez(tmp_path / "z.npz", z1=np.eye(4), z2=np.eye(4))
    said = gca_viz("app", "--data", tmp_path / "z.npz", "-q")
    assert said.status == 2 and "Bring your own" in said.err
    assert gca_viz("app", "--output", "a.html").status == 2
    monkeypatch.setattr(app, "APP", tmp_path / "app.py")
    assert "no file" in gca_viz("app").err


def test_a_server_for_all_is_opened_at_this_machine():
    assert app.address("0.0.0.0", 80, {}) == "http://localhost:80/"
    assert app.address("gpu.example.org", 80, {"eps": "0.3"}) == "http://gpu.example.org:80/?eps=0.3"


def test_flags_of_its_own_mean_the_same_whether_those_of_a_recipe_are_known_or_not():
    words = ["app", "--port=8600", "--address", "0.0.0.0", "--headless", "--present"]
    assert {word.partition("=")[0] for word in words if word.startswith("-")} == app.OWN
    short, whole = (vars(make_parser(chosen).parse_args(words)) for chosen in (None, "app"))
    same = ("port", "address", "headless", "present", "recipe", "link", "assume", "strict", "run")
    assert {name: short[name] for name in same} == {name: whole[name] for name in same}
    assert (
        not any(name.startswith("field_") for name in short) and app._query(make_parser().parse_args(words)) == {}
    )
