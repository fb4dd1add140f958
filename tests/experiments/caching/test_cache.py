"""Results are computed once, whoever asks; they share one budget; what was brought leaves nothing behind."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from gca_viz.errors import InputError
from gca_viz.experiments.caching import flight
from gca_viz.experiments.caching.cache import cached, forget
from gca_viz.experiments.recipe.recipe import DataRecipe, EncoderRecipe, Recipe
from gca_viz.settings.limits import RESULT_BYTES

PATIENCE = 30  # seconds


class Stopped(Exception):
    """A progress function's way to stop."""


def together(count: int, call: Callable[[int], object]) -> list[object]:
    """What ``count`` threads that call at once get: a result, or the error that was raised."""
    start = threading.Barrier(count)

    def run(number: int) -> object:
        start.wait()
        try:
            return call(number)
        except BaseException as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count), timeout=PATIENCE))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_results_are_kept_by_positional_arguments():
    calls = []

    @cached
    def square(number, *, progress=None):
        calls.append(number)
        return number**2

    assert [square(1), square(2), square(1, progress=print), square(2)] == [1, 4, 1, 4]
    assert calls == [1, 2]
    with pytest.raises(TypeError, match="by position"):
        square(number=1)


def test_an_explicit_key_says_all_that_the_result_depends_on():
    calls = []

    @cached(key=lambda numbers, power=1: (tuple(numbers), power))
    def powers(numbers, power=1, *, progress=None):
        calls.append(power)
        return [number**power for number in numbers]

    assert powers([2, 3], power=2) == powers([2, 3], 2, progress=print) == [4, 9]
    assert powers([2, 3]) == [2, 3]
    assert calls == [2, 1]


def test_a_cancelled_call_keeps_nothing():
    attempts = []

    @cached
    def work(name, *, progress):
        attempts.append(name)
        progress()
        return name

    def cancel():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work("a", progress=cancel)
    assert work("a", progress=lambda: None) == "a"
    assert attempts == ["a", "a"]


def test_twenty_who_ask_at_once_get_one_result():
    calls = []

    @cached
    def work(name):
        calls.append(name)
        time.sleep(0.2)
        return object()

    found = together(20, lambda number: work("a" if number % 2 else "b"))
    assert sorted(calls) == ["a", "b"]
    assert len(set(map(id, found))) == 2


def test_who_waits_sees_how_far_the_computation_is_and_may_stop_waiting():
    go_on, waiting = threading.Event(), threading.Event()

    @cached
    def work(name, *, progress):
        progress(0.25, "Half of the half")
        assert go_on.wait(PATIENCE)
        return name

    seen = []

    def look(share, what):
        seen.append((share, what))
        waiting.set()

    def stop(share, what):
        raise Stopped

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(work, "a", progress=lambda share, what: None)
        until(lambda: first.running())
        time.sleep(0.05)
        patient, impatient = pool.submit(work, "a", progress=look), pool.submit(work, "a", progress=stop)
        with pytest.raises(Stopped):
            impatient.result(PATIENCE)
        assert waiting.wait(PATIENCE)
        assert not first.done() and not patient.done()
        go_on.set()
        assert first.result(PATIENCE) == patient.result(PATIENCE) == "a"
    assert seen[0] == (0.25, "Half of the half")


@pytest.mark.parametrize("how", [Stopped, KeyboardInterrupt, SystemExit])
def test_a_cancelled_first_does_not_fail_the_others(how):
    """The one who computes is stopped by its own progress; one of those who wait computes instead, once."""
    begun, calls, stop = threading.Event(), [], threading.Event()

    @cached
    def work(name, *, progress):
        calls.append(name)
        begun.set()
        while len(calls) == 1:
            progress(0.5, "Working")
            time.sleep(0.005)
        return name

    def cancelled(share, what):
        if stop.is_set():
            raise how

    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(work, "a", progress=cancelled)
        assert begun.wait(PATIENCE)
        others = [pool.submit(work, "a", progress=lambda share, what: None) for _ in range(5)]
        time.sleep(0.1)
        assert not any(other.done() for other in others)
        stop.set()
        assert [other.result(PATIENCE) for other in others] == ["a"] * 5
        with pytest.raises(how):
            first.result(PATIENCE)
    assert calls == ["a", "a"]


def test_who_waits_without_progress_can_be_called_away(monkeypatch):
    go_on, begun = threading.Event(), threading.Event()

    @cached
    def work(name):
        begun.set()
        assert go_on.wait(PATIENCE)
        return name

    gone = set()

    def look():
        if threading.get_ident() in gone:
            raise SystemExit

    monkeypatch.setattr(flight, "while_waiting", [look])
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(work, "a")
        assert begun.wait(PATIENCE)

        def leave():
            gone.add(threading.get_ident())
            return work("a")

        with pytest.raises(SystemExit):
            pool.submit(leave).result(PATIENCE)
        go_on.set()
        assert first.result(PATIENCE) == "a"


def test_an_error_reaches_all_who_wait_and_is_not_kept():
    calls = []

    @cached
    def work(name):
        calls.append(name)
        time.sleep(0.2)
        if len(calls) == 1:
            raise InputError("a", "nothing is", "Ask again")
        return name

    found = together(8, lambda _: work("a"))
    assert [str(error) for error in found] == ["Got a; nothing is. Ask again."] * 8
    assert calls == ["a"]
    assert work("a") == "a"


def test_a_function_may_ask_for_its_own_key():
    depth = []

    @cached
    def work(name):
        depth.append(name)
        return 1 if len(depth) > 1 else 1 + work(name)

    assert work("a") == 2
    assert work("a") in (1, 2)
    assert len(depth) == 2


def test_two_that_ask_for_each_other_do_not_wait_for_ever():
    both_inside, calls = threading.Barrier(2), []

    def asks_for(other):
        @cached
        def work(name):
            calls.append(name)
            if calls.count(name) > 1:
                return f"{name} again"
            both_inside.wait(PATIENCE)
            return f"{name} of {other()}"

        return work

    left, right = asks_for(lambda: right("right")), asks_for(lambda: left("left"))
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(left, "left"), pool.submit(right, "right")
        found = one.result(PATIENCE), other.result(PATIENCE)
    assert found in (
        ("left of right again", "right of left of right again"),
        ("left of right of left again", "right of left again"),
    )


def arrays(counted: list, shape=(500_000,)):
    """A cached function whose results take 4 MB each (2 × float32)."""

    @cached
    def work(number):
        counted.append(number)
        return np.zeros(shape, np.float32), torch.zeros(shape)

    return work


def test_all_results_share_one_budget_and_the_least_recently_used_go_first(monkeypatch):
    monkeypatch.setenv(RESULT_BYTES.variable, "21000000")
    ones, others = [], []
    first, second = arrays(ones), arrays(others)
    first(0), second(0), first(1), second(1)
    first(0)  # used again, so that the second function's is the oldest
    first(2), first(3)  # the sixth is more than there is room for
    first(0), first(1), second(1)
    assert (ones, others) == ([0, 1, 2, 3], [0, 1])
    second(0)
    assert others == [0, 1, 0]


def test_what_two_results_share_is_counted_once(monkeypatch):
    monkeypatch.setenv(RESULT_BYTES.variable, "21000000")
    whole, calls = torch.zeros(2_000_000), []  # 8 MB

    @cached
    def part(number):
        calls.append(number)
        return {"numpy": whole.numpy()[number:], "torch": (whole[:number], [whole.view(2, -1)])}

    for _ in range(2):
        for number in range(50):
            part(number)
    assert calls == list(range(50))


def test_what_a_result_computes_later_is_counted_too(monkeypatch):
    monkeypatch.setenv(RESULT_BYTES.variable, "21000000")
    calls = []

    class Lazy:
        pass

    @cached
    def lazy(number):
        calls.append(number)
        return Lazy()

    for number in range(4):
        lazy(number)
    for number in range(4):
        lazy(number).matrix = np.zeros(2_000_000, np.float32)  # 8 MB
    lazy(4)
    for number in range(3, -1, -1):
        lazy(number)
    assert calls == [0, 1, 2, 3, 4, 1, 0]


def test_a_result_larger_than_the_budget_is_kept_until_the_next(monkeypatch):
    monkeypatch.setenv(RESULT_BYTES.variable, "1000000")
    calls = []
    work = arrays(calls)
    assert work(0) is work(0)
    work(1)
    work(0)
    assert calls == [0, 1, 0]


OWN = "own:abcdefghi"


@pytest.mark.parametrize(
    "of_it",
    [
        (DataRecipe(dataset=OWN), EncoderRecipe()),
        (DataRecipe(), EncoderRecipe(name=OWN)),
        (Recipe().with_values(data=OWN), 1.5),
        (DataRecipe(), ((EncoderRecipe(name=OWN), "id"), 3)),
        (Recipe().with_values(encoders=(OWN,)), "two"),
    ],
    ids=["data", "encoder", "whole recipe", "nested", "compared"],
)
def test_what_came_from_a_forgotten_thing_is_computed_anew(of_it):
    calls = []

    @cached
    def work(*key):
        calls.append(key)
        return len(calls)

    kept = DataRecipe(dataset="own:anotherone"), EncoderRecipe()
    assert [work(*kept), work(*of_it), work(*of_it)] == [1, 2, 2]
    forget(OWN)
    assert [work(*kept), work(*of_it)] == [1, 3]


def test_what_is_under_way_for_a_forgotten_thing_is_not_kept():
    """Nor what it asks for after that."""
    inner_calls, begun, go_on = [], threading.Event(), threading.Event()

    @cached
    def inner(data, number):
        inner_calls.append(number)
        return number

    @cached
    def outer(data):
        begun.set()
        assert go_on.wait(PATIENCE)
        return inner(data, 1)

    data = DataRecipe(dataset=OWN)
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(outer, data), pool.submit(outer, data)
        assert begun.wait(PATIENCE)
        time.sleep(0.05)
        forget(OWN)
        go_on.set()
        assert [one.result(PATIENCE) for one in running] == [1, 1]
    outer(data)
    assert inner_calls == [1, 1]
