"""Every setting is described once, read in one way, and told where it cannot be read."""

import os
import re
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
import torch
from streamlit.testing.v1 import AppTest

from gca_viz import device
from gca_viz.cli import app
from gca_viz.device import best_device, missing_device
from gca_viz.encoders.hub import names as hub
from gca_viz.experiments.recipe.consistency import consistent
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.settings.limits import FILE_BYTES
from gca_viz.settings.server import CACHE, DEVICE, FOLDERS, HUB, MAX_N, PRESENT, SETTINGS, THREADS, problems
from gca_viz.ui.hall import engine

ROOT = Path(__file__).parents[2]


def short(value: object) -> str:
    """An id of a test out of a setting, a text or a value."""
    return str(getattr(value, "variable", value))[:24].removeprefix("GCA_VIZ_")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """An environment that sets nothing of ours."""
    for variable in os.environ:
        if variable.startswith("GCA_VIZ_"):
            monkeypatch.delenv(variable)


def test_the_code_reads_no_variable_that_is_no_setting():
    named = {
        name
        for path in (ROOT / "gca_viz").rglob("*.py")
        for name in re.findall(r"GCA_VIZ_[A-Z][A-Z_]*[A-Z]", path.read_text("utf-8"))
    }
    assert named <= {setting.variable for setting in SETTINGS}
    assert HUB.variable == hub.VARIABLE


def test_the_table_of_the_guide_is_the_list_of_the_code():
    guide = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    rows = re.findall(r"^\| `(GCA_VIZ_\w+)` \| (.*?) \| (.*?) \|$", guide, re.M)
    assert rows == [(setting.variable, setting.default_text, setting.help) for setting in SETTINGS]


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (THREADS, "4", 4),
        (MAX_N, "256", 256),
        (PRESENT, "1", True),
        (HUB, "0", False),
        (DEVICE, "cuda:1", "cuda:1"),
        (DEVICE, " cpu ", "cpu"),
        (CACHE, "~", Path.home()),
        (CACHE, ".", Path.cwd()),
        (FILE_BYTES, "5000000", 5_000_000),
    ],
    ids=short,
)
def test_what_can_be_read_is_in_force(monkeypatch, setting, text, value):
    monkeypatch.setenv(setting.variable, text)
    assert setting.given and setting.value == value and not problems()


@pytest.mark.parametrize(
    ("setting", "text", "allowed"),
    [
        (THREADS, "all", "a whole number ≥ 1 and ≤ 1024"),
        (THREADS, "0", "a whole number ≥ 1"),
        (THREADS, "9" * 5000, "a whole number ≥ 1"),
        (MAX_N, "64", "a whole number ≥ 128 and ≤ 2048"),
        (MAX_N, "1e3", "a whole number"),
        (PRESENT, "yes", r"1 \(on\) or 0 \(off\)"),
        (DEVICE, "gpu", "cpu, mps, cuda, or cuda:1"),
        (CACHE, "/dev/null", "a folder, not a file"),
        (FOLDERS, "~nobody-of-this-name/data", "folders that are there"),
        (FILE_BYTES, "1 GB", "a whole number ≥ 1"),
    ],
    ids=short,
)
def test_what_cannot_be_read_is_told_and_the_default_is_used(monkeypatch, setting, text, allowed):
    monkeypatch.setenv(setting.variable, text)
    assert setting.value == setting.default and not setting.given
    (sentence,) = problems().values()
    assert re.search(f"^{setting.variable} is .*; it must be {allowed}", sentence)
    assert sentence.endswith(f"The default is used: {setting.default_text}.")


def test_a_misspelled_variable_and_a_folder_that_is_not_there_are_told(monkeypatch, tmp_path):
    assert not problems()
    monkeypatch.setenv("GCA_VIZ_THREAD", "7")
    monkeypatch.setenv(FOLDERS.variable, os.pathsep.join([str(tmp_path), str(tmp_path / "gone")]))
    assert problems() == {
        FOLDERS.variable: f"Not there: {tmp_path / 'gone'}. Correct GCA_VIZ_FOLDERS.",
        "GCA_VIZ_THREAD": "GCA_VIZ_THREAD is no setting and does nothing. Did you mean GCA_VIZ_THREADS?",
    }


@pytest.mark.parametrize(
    ("there", "wanted", "used"),
    [
        ((), "", "cpu"),
        ((), "cuda", "cpu"),
        (("mps",), "", "mps"),
        (("mps",), "cuda:1", "mps"),
        (("mps", "cuda"), "", "cuda"),
        (("mps", "cuda"), "mps", "mps"),
        (("cuda",), "cpu", "cpu"),
        (("cuda",), "cuda:1", "cuda:1"),
        (("cuda",), "cuda:2", "cuda"),
    ],
)
def test_the_device_is_the_one_asked_for_or_the_best_there_is(monkeypatch, there, wanted, used):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in there)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in there)
    monkeypatch.setattr(device, "_device", lambda name: device.Device(name, f"<{name}>"))
    monkeypatch.setenv(DEVICE.variable, wanted)
    assert best_device().name == used
    said = f"GCA_VIZ_DEVICE is {wanted}, which is not there. Used: <{used}>."
    assert missing_device() == ({} if wanted in ("", used) else {DEVICE.variable: said})


def test_the_largest_batch_bounds_form_link_and_command():
    code = """
from gca_viz.cli import main
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.ui.parts.widgets import slider_stops
print(slider_stops(Recipe.spec("n"), 128)[-1])
recipe, problems = Recipe.from_query({"n": "512", "eps": "0.3"})
print(recipe.get("n"), recipe.get("eps"), *problems)
print(main(["plan", "--n", "257"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", MAX_N.variable: "256"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    offered, link, status = done.stdout.splitlines()
    assert offered == "256" and status == "2" and "≤ 256" in done.stderr
    assert link.startswith("128 0.3 Got batch_size = '512'; batch_size (N) must be a whole number ≥ 1 and ≤ 256.")


def test_images_by_hand_end_at_the_largest_batch_with_a_notice(monkeypatch):
    asked = Recipe().with_values(by="chosen", images=tuple(range(130)))
    assert consistent(asked) == (asked, [])
    monkeypatch.setenv(MAX_N.variable, "128")
    fitting, notes = consistent(asked)
    assert fitting.data.indices == tuple(range(128))
    assert notes == ["A batch has at most 128 images here; the first of the chosen ones were kept."]


def presenting(query: dict[str, str]) -> AppTest:
    def page():
        import streamlit as st

        from gca_viz.ui.session.presenter import present, presenting

        present()
        st.text(str(presenting()))

    tab = AppTest.from_function(page)
    for name, value in query.items():
        tab.query_params[name] = value
    return tab.run()


def test_pages_open_as_slides_where_that_is_the_default_and_the_link_says_nothing(monkeypatch):
    assert presenting({}).text[0].value == "False"
    monkeypatch.setenv(PRESENT.variable, "1")
    assert presenting({"present": "0"}).text[0].value == "False"
    tab = presenting({})
    assert tab.text[0].value == "True" and [*tab.query_params["present"]] == ["1"]
    tab.button(key="presenter-end").click().run()
    assert tab.text[0].value == "False" and [*tab.query_params["present"]] == ["0"]  # as it stays when read again


def test_a_server_gets_what_can_be_read_with_absolute_paths_and_the_rest_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv(FOLDERS.variable, "data")
    monkeypatch.setenv(CACHE.variable, "kept")
    monkeypatch.setenv(THREADS.variable, "many")
    monkeypatch.setenv(DEVICE.variable, "cuda:99")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    environment = app.environment_of_server()
    assert environment[FOLDERS.variable] == str(tmp_path / "data")
    assert environment[CACHE.variable] == str(tmp_path / "kept")
    assert environment["OMP_NUM_THREADS"] == "3" and environment["MALLOC_ARENA_MAX"]
    assert not {THREADS.variable, DEVICE.variable} & environment.keys()
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2 and "'many'" in told[0] and "cuda:99, which is not there" in told[1]


def test_uploads_end_where_files_do(monkeypatch):
    def megabytes() -> int:
        words = app.command("localhost", 8501)
        return int(words[words.index("--server.maxUploadSize") + 1])

    assert megabytes() * 2**20 >= FILE_BYTES.default > (megabytes() - 1) * 2**20
    monkeypatch.setenv(FILE_BYTES.variable, "5000000")
    assert megabytes() == 5


def test_the_log_of_a_starting_server_tells_what_cannot_be_read(monkeypatch, caplog):
    threads = torch.get_num_threads()
    monkeypatch.setenv(THREADS.variable, "many")
    monkeypatch.setattr(engine, "loaded", Event())
    try:
        engine.load()
        assert torch.get_num_threads() == THREADS.default
    finally:
        torch.set_num_threads(threads)
    assert [record.message for record in caplog.records if record.name == "gca_viz"] == [THREADS.problem]
