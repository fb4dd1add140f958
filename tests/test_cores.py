"""Cores are those of the process, not of the machine."""

import os
import threading

import pytest
import torch

from gca_viz.cores import cores
from gca_viz.parallel import side_by_side

bound = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")


@pytest.fixture
def one_core():
    """This thread may run on one core alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    """Nobody has said how many there are."""
    monkeypatch.delenv("GCA_VIZ_CORES", raising=False)


def threads_of_both() -> list[threading.Thread]:
    """The threads in which the two halves of some work ran."""

    def where(tell):
        tell(1.0)
        return threading.current_thread()

    return list(side_by_side(where, where, device="cpu"))


@bound
def test_with_one_core_of_affinity_two_views_come_one_after_the_other(one_core):
    assert cores() == 1
    assert threads_of_both() == [threading.current_thread()] * 2


@bound
def test_what_the_setting_says_comes_first(one_core, monkeypatch):
    monkeypatch.setenv("GCA_VIZ_CORES", str(2 * torch.get_num_threads()))
    assert cores() == 2 * torch.get_num_threads()
    assert threading.current_thread() not in threads_of_both()
    monkeypatch.setenv("GCA_VIZ_CORES", "many")  # told by doctor; the default is used
    assert cores() == 1


def test_a_system_that_binds_nothing_has_those_of_the_machine(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert cores() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1


def test_nothing_else_asks_the_machine():
    from pathlib import Path

    import gca_viz

    package = Path(gca_viz.__file__).parent
    asking = {path.name for path in package.rglob("*.py") if "cpu_count" in path.read_text("utf-8")}
    assert asking == {"cores.py"}
