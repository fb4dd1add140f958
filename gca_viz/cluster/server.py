"""Who computes for the pages of a server: what its environment says, with one connection for all visitors."""

from __future__ import annotations

from threading import Lock

from gca_viz.cluster.executor import RayExecutor
from gca_viz.experiments.executor import Executor, LocalExecutor
from gca_viz.settings.server import EXECUTOR, RAY_ADDRESS

_lock = Lock()
_connected: RayExecutor | None = None


def server_executor() -> Executor:
    """This process, or with ``GCA_VIZ_EXECUTOR=ray`` the workers of Ray; no link and no recipe can say that.

    Raises:
        InputError: Ray is not installed, or nobody is at ``GCA_VIZ_RAY_ADDRESS``; who asks later, asks anew.
    """
    global _connected
    if EXECUTOR.value != "ray":
        return LocalExecutor()
    with _lock:
        if _connected is None or not _connected.connected:
            _connected = RayExecutor(RAY_ADDRESS.value)
        return _connected
