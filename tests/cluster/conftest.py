"""One cluster of two workers for all tests, whose files lie in a temporary folder."""

import os
import secrets

import pytest


@pytest.fixture(scope="session")
def own_places(tmp_path_factory):
    """Ray keeps its token and its files in a folder of the tests, not in the home of who runs them."""
    folder = tmp_path_factory.mktemp("ray")
    (folder / "token").write_text(secrets.token_hex(32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_TOKEN_PATH", str(folder / "token"))
        patch.setenv("RAY_TMPDIR", str(folder))
        patch.setenv("RAY_DISABLE_IMPORT_WARNING", "1")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (os.getcwd(), os.environ.get("PYTHONPATH")))))
        yield folder


@pytest.fixture(scope="session")
def workers(own_places):
    """An executor with two workers of this machine."""
    pytest.importorskip("ray", reason="Ray is not installed; it comes with the extra [ray]")
    from gca_viz.cluster.executor import RayExecutor

    executor = RayExecutor("local", workers=2)
    yield executor
    executor.close()
