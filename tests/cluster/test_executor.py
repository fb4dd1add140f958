"""Sweeps on real workers of Ray: the same bits, whatever dies."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gca_viz.datasets import UPLOADS, read_embeddings
from gca_viz.encoders import uploads
from gca_viz.errors import InputError
from gca_viz.experiments.effects.sweep import partial_sweeps
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.results import ResultStore
from gca_viz.experiments.tasks import Task
from tests.browser.steps import npz

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).parents[2]
RECIPE = Recipe().with_values(n=24)
AXES, READINGS, SEEDS = {"eps": (0.05, 0.1, 0.3), "lambdas": (0.1, 1.0)}, ("loss", "matched_share", "class_vote"), 4


def tables(executor=None, store=None, recipes=None):
    """All tables of a sweep, as they come."""
    recipes = recipes or {"": RECIPE}
    return partial_sweeps(recipes, AXES, READINGS, SEEDS, executor=executor, store=store)


def last(*given, **named):
    *_, found = tables(*given, **named)
    return found


def same(one, other):
    """Whether two tables have the same bits."""
    pairs = [(one.values[name], other.values[name]) for name in READINGS]  # a vote without classes is NaN
    return one.complete and all(np.array_equal(*pair, equal_nan=True) for pair in pairs)


def task(function, **place):
    return Task(f"tests.cluster.work:{function}", RECIPE.to_json(), (tuple(place.items()),), ("y",), ("c",))


def run(executor, *tasks):
    """What became of each task, in their order."""
    found = {done.task: done for done in executor.run(tasks, progress=lambda share, what: None)}
    return [found[one] for one in tasks]


@pytest.fixture(scope="module")
def here():
    """The sweep of this process."""
    return last()[""]


def test_two_workers_have_the_bits_of_this_process(workers, here):
    assert same(last(workers)[""], here)


def test_one_task_at_a_time_has_them_too(workers, here, monkeypatch):
    monkeypatch.setattr(workers, "_most", 1)
    assert same(last(workers)[""], here)


def test_after_a_stop_exactly_what_is_missing_is_computed(workers, here, tmp_path, monkeypatch):
    some = tables(workers, ResultStore(tmp_path / "r", recipe=RECIPE))
    next(some)
    some.close()
    there = len(list((tmp_path / "r" / "parts").glob("*.parquet")))
    asked = []
    started = workers._started
    monkeypatch.setattr(workers, "_started", lambda *of: asked.append(of) or started(*of))
    assert same(last(workers, ResultStore(tmp_path / "r", recipe=RECIPE))[""], here)
    assert there >= 1 and len(asked) == here.total - there  # a vote is read from one plan at a time


def test_a_killed_worker_changes_nothing(workers, here):
    some = tables(workers)
    next(some)
    pid = int(run(workers, task("double", x=1.0))[0].worker.rpartition(":")[2])
    os.kill(pid, signal.SIGKILL)
    *_, found = some
    assert same(found[""], here)


def test_what_dies_once_is_done_again(workers, tmp_path):
    (done,) = run(workers, task("die_once", folder=str(tmp_path)))
    assert done.outcomes == ((1.0,),) and len(list(tmp_path.iterdir())) == 1


def test_a_task_that_kills_its_worker_is_told_after_three_deaths_and_the_others_go_on(workers, tmp_path):
    begun = time.monotonic()
    folder = tmp_path / "deaths"
    folder.mkdir()
    deadly, *others = task("die", folder=str(folder)), *(task("double", x=float(x)) for x in range(6))
    store = ResultStore(tmp_path / "r", recipe=RECIPE)
    dead, *found = run(workers, deadly, *others)
    assert time.monotonic() - begun < 60
    assert len(list(folder.iterdir())) == 3 and dead.lost
    assert dead.outcomes[0].startswith("Got a task whose worker died 3 times") and "memory" in dead.outcomes[0]
    assert [done.outcomes for done in found] == [((2.0 * x,),) for x in range(6)]
    with store.writing([deadly]):
        store.put(dead)
    assert store.find(deadly) is None  # the same command tries again


def test_a_mistake_is_not_tried_again_and_a_bug_is_a_bug(workers):
    (done,) = run(workers, task("double", x=-1.0))
    assert done.outcomes == ("Got x = -1.0; x must be ≥ 0. Use another.",) and not done.lost
    assert isinstance(done.problem, InputError) and done.problem.remedy == "Use another"
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run(workers, task("broken", x=1.0))


def test_who_asks_for_no_more_leaves_the_workers_free(workers):
    waiting = workers.run([task("double", x=1.0), *(task("wait", x=float(x)) for x in range(9))], progress=print)
    next(waiting)
    begun = time.monotonic()
    waiting.close()
    assert run(workers, task("double", x=2.0))[0].outcomes == ((4.0,),)
    assert time.monotonic() - begun < 30


def test_a_worker_computes_with_the_cores_that_it_was_given(workers):
    (done,) = run(workers, replace(task("surroundings", x=1.0), readings=("cores", "threads")))
    assert done.outcomes == ((1.0, 1.0),)


def test_uploads_are_there_under_their_names(workers):
    z = np.random.default_rng(0).normal(size=(2, 30, 8)).astype(np.float32)
    dataset, _ = read_embeddings([("mine.npz", npz(z1=z[0], z2=z[0] + 0.3 * z[1]))])
    data, encoder = UPLOADS.keep(dataset), uploads.keep(ROOT / "models" / "simclr.safetensors")
    recipes = {
        "data": Recipe().with_values(data=data, n=20, split="all"),
        "encoder": RECIPE.with_values(encoder=encoder),
    }
    try:
        there, here = last(workers, recipes=recipes), last(recipes=recipes)
        assert all(same(there[name], here[name]) for name in recipes)
    finally:
        UPLOADS.forget(data)
        uploads.forget(encoder)
