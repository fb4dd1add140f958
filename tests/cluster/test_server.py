"""Who computes for the pages of a server: what its environment says, and nothing else."""

import pytest

from gca_viz.cluster import server
from gca_viz.errors import InputError
from gca_viz.experiments.executor import LocalExecutor
from gca_viz.settings.server import EXECUTOR, RAY_ADDRESS


class Connected(LocalExecutor):
    """In place of workers."""

    connected = True


@pytest.fixture
def connections(monkeypatch):
    """The addresses that were connected to."""
    made = []

    def connect(address):
        if address.endswith(":1"):
            raise InputError("no cluster", "one has to run", "Start one")
        made.append(address)
        return Connected()

    monkeypatch.setattr(server, "RayExecutor", connect)
    monkeypatch.setattr(server, "_connected", None)
    return made


def test_by_default_the_process_itself(connections):
    assert type(server.server_executor()) is LocalExecutor and not connections


def test_one_connection_serves_all_until_it_is_lost(connections, monkeypatch):
    monkeypatch.setenv(EXECUTOR.variable, "ray")
    monkeypatch.setenv(RAY_ADDRESS.variable, "10.0.0.5:1")
    with pytest.raises(InputError):
        server.server_executor()
    monkeypatch.setenv(RAY_ADDRESS.variable, "10.0.0.5:6379")
    first = server.server_executor()
    assert server.server_executor() is first and connections == ["10.0.0.5:6379"]
    monkeypatch.setattr(first, "connected", False)
    assert server.server_executor() is not first


def test_no_recipe_and_no_link_says_where_work_is_done():
    from gca_viz.experiments.recipe.recipe import Recipe

    names = {*Recipe.link_names(), *Recipe.long_names()}
    assert not names & {"executor", "address", "workers", "gpus", "results", "ray_address"}


@pytest.mark.parametrize("text", ["dask", "ray:1", "RAY"])
def test_another_engine_is_no_setting(monkeypatch, text):
    monkeypatch.setenv(EXECUTOR.variable, text)
    assert EXECUTOR.problem and EXECUTOR.value == "local"
