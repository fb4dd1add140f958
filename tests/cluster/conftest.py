"""One cluster for all tests, which asks for its token and whose files lie in a temporary folder."""

import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cluster import machines

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def own_places():
    """Ray keeps its token and its files in a folder of the tests, not in the home of who runs them.

    Its path is short: those of Ray's sockets, which lie deep in it, may have 107 letters.
    """
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    (folder / "token").write_text(secrets.token_hex(32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN_PATH", str(folder / "token"))
        patch.setenv("RAY_TMPDIR", str(folder))
        patch.setenv("RAY_DISABLE_IMPORT_WARNING", "1")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_gcs_server_port_wait_time_s", "120")  # a busy machine starts it slowly: no fault
        # A node that is gone refuses five questions; one that is slow has ten seconds for each, as always.
        patch.setenv("RAY_health_check_period_ms", "500")
        patch.setenv("PYTHONPATH", str(ROOT), prepend=":")
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(own_places):
    """A cluster of one machine with two cores, to whose address each file of tests connects in turn."""
    pytest.importorskip("ray", reason="Ray is not installed; it comes with the extra [ray]")
    from ray.cluster_utils import Cluster

    found = Cluster()
    machines.join(found, num_cpus=2, include_dashboard=False)
    yield found
    with suppress(Exception):  # what does not end in time is ended below
        found.shutdown()
    machines.end_all(own_places)


@pytest.fixture(scope="module")
def workers(cluster):
    """An executor with two workers; a process has one connection at a time."""
    from gca_viz.cluster.executor import RayExecutor

    executor = RayExecutor(cluster.address, workers=2)
    yield executor
    executor.close()
