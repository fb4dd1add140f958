"""Pictures of several sessions are drawn one after the other, and nobody waits for what takes long."""

from __future__ import annotations

from threading import Barrier, Event, Thread

import pytest

from gca_viz.ui.hall import turn as turns
from gca_viz.ui.hall.turn import let_others_pass, turn

SOON = 20.0  # seconds


def test_one_after_the_other():
    inside, most, begin = [], [], Barrier(6)

    def draw() -> None:
        begin.wait(SOON)
        for _ in range(20):
            with turn(), turn():  # a part of a picture takes no turn of its own
                inside.append(1)
                most.append(len(inside))
                Event().wait(1e-4)
                inside.pop()

    threads = [Thread(target=draw) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert len(most) == 120 and max(most) == 1


@pytest.mark.parametrize("end", ["waits", "fails", "is out of patience"])
def test_who_takes_long_lets_the_others_pass(end, monkeypatch):
    monkeypatch.setattr(turns, "_PATIENCE", 0.05 if end == "is out of patience" else SOON)
    begun, passed = Event(), Event()

    def long() -> None:
        with turn():
            if end == "fails":
                begun.set()
                raise KeyError
            if end == "waits":
                let_others_pass()
            begun.set()
            assert passed.wait(SOON), "another one drew meanwhile"
        if end == "waits":
            with turn():  # and later it has its turn like all
                pass

    def quiet() -> None:
        try:
            long()
        except KeyError:
            passed.set()

    thread = Thread(target=quiet)
    thread.start()
    assert begun.wait(SOON)
    with turn():
        passed.set()
    thread.join(SOON)
    assert not thread.is_alive()
    with turn():
        assert turns._turn.locked()
    assert not turns._turn.locked()
