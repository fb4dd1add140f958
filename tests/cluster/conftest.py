"""One cluster of two workers for all tests, whose files lie in a temporary folder."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def own_places():
    """Ray keeps its token and its files in a folder of the tests, not in the home of who runs them.

    Its path is short: those of Ray's sockets, which lie deep in it, may have 107 letters.
    """
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    (folder / "token").write_text(secrets.token_hex(32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_TOKEN_PATH", str(folder / "token"))
        patch.setenv("RAY_TMPDIR", str(folder))
        patch.setenv("RAY_DISABLE_IMPORT_WARNING", "1")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (os.getcwd(), os.environ.get("PYTHONPATH")))))
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def workers(own_places):
    """An executor with two workers of this machine; a process has one connection at a time."""
    pytest.importorskip("ray", reason="Ray is not installed; it comes with the extra [ray]")
    from gca_viz.cluster.executor import RayExecutor

    executor = RayExecutor("local", workers=2)
    yield executor
    executor.close()
