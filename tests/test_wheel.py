"""A wheel, installed where nothing else of this checkout is, has all that the command needs."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from gca_viz.cli import main

ROOT = Path(__file__).parents[1]
BUILT_FROM = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "requirements.txt", "app.py")


def run(*words: object, cwd: Path, **environment: str) -> str:
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=bare | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The environment into which the wheel was installed, beside the packages that it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    source, environment = folder / "source", folder / "environment"
    source.mkdir()
    for name in BUILT_FROM:
        shutil.copy2(ROOT / name, source)
    for name in ("gca_viz", "data", "models", ".streamlit"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source, cwd=folder)
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=folder)
    python = environment / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    run(*pip, "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    # torch and the others as they are here; an editable gca-viz beside them is not followed from a .pth file.
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    (site / "zz-others.pth").write_text(sysconfig.get_path("purelib"))
    shutil.rmtree(source)
    return environment


def test_only_one_folder_of_our_own_is_added_to_the_packages(installed):
    site = next((installed / "lib").glob("python*")) / "site-packages"
    added = {
        path.name for path in site.iterdir() if "gca" in path.name or path.name in ("app.py", "data", "models")
    }
    assert {name for name in added if not name.endswith("dist-info")} == {"gca-viz.pth", "gca_viz_home"}
    assert not list((site / "gca_viz_home" / "data").glob("*.py"))


def test_the_command_works_outside_the_checkout(installed, tmp_path, capsys):
    command, cache = (
        installed / "bin" / "gca-viz",
        {"GCA_VIZ_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"},
    )
    words = ("--n", "16", "--json", "--quiet")
    told = json.loads(run(command, "plan", *words, cwd=tmp_path, **cache))
    assert main(["plan", *words]) == 0
    assert told["plans"] == json.loads(capsys.readouterr().out)["plans"]
    health = json.loads(run(command, "doctor", "--json", cwd=tmp_path, **cache))
    found = {finding["name"]: finding["text"] for finding in health["findings"]}
    assert health["broken"] == 0
    assert Path(found["app"]).is_relative_to(installed) and str(installed) in found["encoders"]
    pages = json.loads(run(command, "site", "pages", *words, "--lessons", "cosine", cwd=tmp_path, **cache))
    assert {Path(name).name for name in pages["bytes"]} == {"index.html", "plan.html", "cosine.html"}


def test_the_app_of_the_wheel_draws_its_pages(installed, tmp_path):
    code = """
from streamlit.testing.v1 import AppTest
from gca_viz.cli.app import APP
page = AppTest.from_file(APP, default_timeout=60)
page.query_params["n"] = "16"
page.run()
assert not page.exception, page.exception
print(page.title[0].value)
"""
    said = run(
        installed / "bin" / "python", "-c", code, cwd=tmp_path, GCA_VIZ_CACHE=str(tmp_path), OMP_NUM_THREADS="1"
    )
    assert "GCA-INCE" in said
