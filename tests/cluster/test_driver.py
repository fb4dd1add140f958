"""A command is killed while workers of Ray compute for it; the same command again ends at the same bits."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from gca_viz.cli import main
from tests.cluster import machines

pytestmark = pytest.mark.cluster
# Each pass is written: here none takes half a minute.
COMMAND = """
import sys
from gca_viz.cli import main
from gca_viz.transport.streaming import checkpoint
checkpoint._PAUSE = 0.0
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.fixture
def places(monkeypatch, own_places):
    """Where processes of this test alone have their files; what they leave behind ends with it."""
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    monkeypatch.setenv("RAY_TMPDIR", str(folder))
    yield folder
    machines.end_all(folder)
    shutil.rmtree(folder, ignore_errors=True)


def killed_once(there, folder, *words):
    """Give a command, kill it as soon as something is there, and wait until nobody works for it any more."""
    running = subprocess.Popen([sys.executable, "-c", COMMAND, *words], stderr=subprocess.PIPE, text=True)
    until(lambda: there() or running.poll() is not None)
    running.kill()
    said = running.communicate()[1]
    assert running.returncode < 0, said
    until(lambda: not [*machines.processes(folder, b"ray::_Worker"), *machines.processes(folder, b"ray::_compute")])


def until(happened):
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_plan_goes_on_from_its_last_pass(cluster, own_places, tmp_path, capsys):
    words = "plan", "--streamed", "--n", "24", "--eps", "0.2", "--iterations", "60", "--json", "--quiet"
    there = *words, "--results", str(tmp_path / "there"), "--executor", "ray", "--address", cluster.address
    kept = tmp_path / "there" / "checkpoint.npz"
    killed_once(kept.exists, own_places, *there)
    with np.load(kept) as arrays:
        passes = int(arrays["passes"])
    assert not (kept.parent / "plan.npz").exists()
    assert main([*there]) == main([*words, "--results", str(tmp_path / "here")]) == 0
    assert 1 <= passes < json.loads((kept.parent / "plan.json").read_text())["passes"] - 1
    with np.load(kept.parent / "plan.npz") as found, np.load(tmp_path / "here" / "plan.npz") as here:
        assert found.files == here.files
        assert all(np.array_equal(found[name], here[name]) for name in here.files)


@pytest.mark.slow
def test_a_sweep_on_workers_of_its_own_computes_what_is_missing(places, tmp_path, capsys):
    words = "sweep", "--n", "24", "--axis", "eps", "--points", "3", "--seeds", "12", "--json", "--quiet"
    there = *words, "--results", str(tmp_path / "r"), "--executor", "ray", "--address", "local", "--workers", "1"
    parts = tmp_path / "r" / "parts"
    killed_once(lambda: parts.is_dir() and any(parts.glob("*.parquet")), places, *there)
    before = {part: part.stat().st_mtime_ns for part in parts.glob("*.parquet")}
    capsys.readouterr()
    found = []
    for command in (there, words):
        assert main([*command]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["values"] == found[1]["values"] and found[0]["done"] == 36
    assert 0 < len(before) < len([*parts.glob("*.parquet")])
    assert all(part.stat().st_mtime_ns == when for part, when in before.items())
