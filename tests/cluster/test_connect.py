"""Who cannot be reached, and who runs something else, is told in a sentence and within seconds."""

import os
import socket
import subprocess
import sys
import time

import pytest

from gca_viz.cluster import connect
from gca_viz.errors import InputError
from tests.cluster.test_executor import run, task

WORDS = ("sweep", "--n", 8, "--points", 2, "--seeds", 2, "--quiet", "--executor", "ray")


@pytest.fixture
def gca_viz(capsys):
    """Run a command; its status and what it said on stderr."""
    from gca_viz.cli import main

    def called(*words):
        status = main([str(word) for word in words])
        return status, capsys.readouterr().err

    return called


def test_without_ray_the_extra_is_named(gca_viz, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    status, told = gca_viz(*WORDS)
    assert status == 2 and "pip install 'gca-viz[ray]'" in told


def test_nothing_of_ray_is_imported_without_being_asked_for():
    code = (
        "import sys; sys.modules['ray'] = None\n"
        "import gca_viz, gca_viz.cluster.connect, gca_viz.cluster.executor, gca_viz.cli\n"
        "assert gca_viz.cli.make_parser('sweep')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--executor", "local", "--workers", 2), "without --executor ray"),
        (("--workers", 0), "it must be ≥ 1"),
        (("--gpus", -1), "it must be ≥ 0"),
        (("--gpus", "nan"), "it must be ≥ 0"),
    ],
)
def test_flags_that_make_no_sense_are_told(gca_viz, flags, sentence):
    status, told = gca_viz(*WORDS, *flags)
    assert status == 2 and sentence in told


@pytest.mark.cluster
@pytest.mark.parametrize("address", ["nonsense", "ray://host:1", ":6379", "host:0", "host:x"])
def test_what_is_no_address_is_told(own_places, address):
    pytest.importorskip("ray", reason="Ray is not installed; it comes with the extra [ray]")
    with pytest.raises(InputError, match="address = .*it is local, auto or host:port"):
        connect._answers(address)


@pytest.mark.cluster
def test_where_nobody_listens_that_is_told_within_ten_seconds(own_places):
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))
        port = probe.getsockname()[1]
    begun = time.monotonic()
    with pytest.raises(InputError, match=rf"no cluster at 127.0.0.2:{port}.*use --address local"):
        connect._answers(f"127.0.0.2:{port}")
    assert time.monotonic() - begun < 10


@pytest.mark.cluster
def test_without_its_token_a_cluster_says_what_to_do(cluster, tmp_path):
    """With it the other tests here connect."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("RAY_AUTH")}
    plain |= {"HOME": str(tmp_path)}
    asks = "import sys; from gca_viz.cluster.connect import connect; connect(sys.argv[1])"
    for given in ({}, {"RAY_AUTH_MODE": "token"}, {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": 64 * "0"}):
        words = [sys.executable, "-c", asks, cluster.address]
        told = subprocess.run(words, env=plain | given, capture_output=True, text=True, timeout=60).stderr
        assert told.splitlines()[-1].startswith("gca_viz.errors.InputError"), given
        assert "asks for a token" in told and "into RAY_AUTH_TOKEN, and set RAY_AUTH_MODE=token" in told


@pytest.mark.cluster
def test_a_cluster_that_does_not_start_in_time_is_told(own_places, monkeypatch):
    ray = pytest.importorskip("ray", reason="Ray is not installed; it comes with the extra [ray]")

    def late(**given):
        raise Exception("The current node timed out during startup. This could happen because …")

    monkeypatch.setattr(ray, "init", late)
    with pytest.raises(InputError, match="did not start within half a minute.*less busy"):
        connect.connect("local")


@pytest.mark.cluster
def test_another_program_on_the_workers_is_refused(workers, monkeypatch):
    connect._same_program(workers._ray)
    monkeypatch.setattr(connect, "program_id", lambda: "another")
    with pytest.raises(InputError, match=r"gca-viz \w{32} there, another here.*Install the same"):
        connect._same_program(workers._ray)


@pytest.mark.cluster
def test_a_second_connection_is_refused_and_the_first_goes_on(workers):
    with pytest.raises(InputError, match="a second connection"):
        connect.connect("local")
    assert run(workers, task("double", x=1.0))[0].outcomes == ((2.0,),)
