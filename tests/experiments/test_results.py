"""Tasks, who computes them, and where their results are kept."""

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from gca_viz.errors import InputError
from gca_viz.experiments import results
from gca_viz.experiments.effects.sweep import partial_sweeps, sweep_recipe, sweeps_as_tasks
from gca_viz.experiments.executor import LocalExecutor
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.experiments.results import ResultStore, completed
from gca_viz.experiments.tasks import Resources, Task, run_task

RECIPE = Recipe().with_values(n=12)
AXES, READINGS, SEEDS = {"eps": (0.05, 0.3), "lambdas": (0.1, math.inf)}, ("loss", "matched_share"), 3


def quiet(share, what):
    pass


def tasks():
    return list(sweeps_as_tasks({"": RECIPE}, AXES, READINGS, SEEDS))


def swept(store, recipes=None, executor=None):
    """The last tables, and how many tasks were computed for them."""
    computed = Counting(executor or LocalExecutor())
    recipes = recipes or {"": RECIPE}
    *_, last = partial_sweeps(recipes, AXES, READINGS, SEEDS, store=store, executor=computed)
    return last, computed.count


class Counting:
    """An executor that counts what it is asked for."""

    def __init__(self, executor):
        self.executor, self.count, self.device = executor, 0, executor.device

    def run(self, tasks, *, progress):
        self.count += len(tasks)
        return self.executor.run(tasks, progress=progress)

    def close(self):
        self.executor.close()


def same(one, other):
    """Whether two tables have the same bits."""
    return all(np.array_equal(one.values[name], other.values[name], equal_nan=True) for name in one.values)


def double(task, report_progress):
    """What a task of these tests computes."""
    report_progress(0.5, "Doubling")
    values = [dict(place)["x"] for place in task.places]
    return [InputError(f"x = {x}", "x must be ≥ 0", "Use another") if x < 0 else (2.0 * x,) for x in values]


def broken(task, report_progress):
    raise ZeroDivisionError("a bug")


def doubling(*values, **changes):
    task = Task(f"{__name__}:double", RECIPE.to_json(), tuple((("x", x),) for x in values), ("y",), ("c",))
    return replace(task, **changes)


def test_a_key_is_all_that_decides_the_result_and_nothing_else():
    task = doubling(1.0, 2.0)
    assert len(task.key) == 32 and task.key == doubling(1.0, 2.0, resources=Resources(cpus=4, gpus=1)).key
    others = [
        doubling(1.0),
        doubling(2.0, 1.0),
        doubling(1.0, 2.0, readings=("z",)),
        doubling(1.0, 2.0, content=("d",)),
        doubling(1.0, 2.0, function=f"{__name__}:broken"),
        doubling(1.0, 2.0, recipe=RECIPE.with_values(n=13).to_json()),
    ]
    assert len({task.key, *(other.key for other in others)}) == 7
    own = [doubling(1.0, recipe=RECIPE.with_values(encoder=f"own:{name}").to_json()) for name in ("Ab-1", "c_2")]
    assert own[0].key == own[1].key != doubling(1.0).key  # another process names the same upload otherwise


def test_a_task_travels_and_a_mistake_with_it():
    done = run_task(pickle.loads(pickle.dumps(doubling(1.0, -1.0, 3.0))), quiet)
    assert done.outcomes == ((2.0,), "Got x = -1.0; x must be ≥ 0. Use another.", (6.0,))
    again = pickle.loads(pickle.dumps(done))
    assert again == done.__class__(**(vars(done) | {"problem": again.problem}))
    problem = pickle.loads(pickle.dumps(InputError("a", "b", "c", parameter="x")))
    assert (str(problem), problem.remedy, problem.parameter) == ("Got a; b. c.", "c", "x")
    assert done.rows[1] == {"x": -1.0, "y": None, "error": done.outcomes[1]} and done.rows[2]["error"] is None
    with pytest.raises(ZeroDivisionError):
        run_task(doubling(1.0, function=f"{__name__}:broken"))


def test_progress_is_that_of_all_tasks():
    told = []
    found = list(
        LocalExecutor().run([doubling(1.0), doubling(2.0, 3.0, 4.0)], progress=lambda *of: told.append(of))
    )
    assert [done.outcomes for done in found] == [((2.0,),), ((4.0,), (6.0,), (8.0,))]
    assert told == [(0.125, "Doubling"), (0.625, "Doubling")]


def test_a_kept_sweep_has_the_same_bits_and_goes_on_with_exactly_what_is_missing(tmp_path):
    whole = sweep_recipe(RECIPE, AXES, READINGS, SEEDS)
    tables = partial_sweeps({"": RECIPE}, AXES, READINGS, SEEDS, store=ResultStore(tmp_path / "r", recipe=RECIPE))
    next(tables)
    tables.close()  # as Ctrl-C does
    assert json.loads((tmp_path / "r" / "progress.json").read_text())["state"] == "stopped"
    last, count = swept(ResultStore(tmp_path / "r", recipe=RECIPE))
    assert same(last[""], whole) and count == len(tasks()) - 1 == 2
    store = ResultStore(tmp_path / "r", recipe=RECIPE)
    last, count = swept(store)
    assert same(last[""], whole) and count == 0 and last[""].complete
    assert json.loads((tmp_path / "r" / "progress.json").read_text())["state"] == "done"
    table = store.table()
    assert table.columns.tolist() == ["seed", "eps", "lambdas", "loss", "matched_share", "error"]
    assert np.array_equal(table.loss, whole.frame().loss) and table.error.isna().all()


def test_a_part_that_is_damaged_is_computed_again(tmp_path):
    whole, _ = swept(ResultStore(tmp_path / "r", recipe=RECIPE))
    part = tmp_path / "r" / "parts" / f"{tasks()[1].key}.parquet"
    part.write_bytes(part.read_bytes()[:100])
    (part.parent / ".gca-viz-1.part").write_bytes(b"what a killed writer left")
    last, count = swept(ResultStore(tmp_path / "r", recipe=RECIPE))
    assert count == 1 and same(last[""], whole[""])
    assert len(list(part.parent.iterdir())) == 3


def test_more_encoders_are_computed_beside_those_that_are_there(tmp_path):
    recipes = {name: RECIPE.with_values(encoder=name) for name in ("random", "ince")}
    swept(ResultStore(tmp_path / "r", recipe=RECIPE), {"random": recipes["random"]})
    last, count = swept(ResultStore(tmp_path / "r", recipe=RECIPE), recipes)
    assert count == 3 and not same(last["random"], last["ince"])
    assert ResultStore(tmp_path / "r", recipe=RECIPE).table().encoder.value_counts().tolist() == [12, 12]


def test_a_bad_cell_is_kept_with_its_sentence_and_what_was_lost_is_not(tmp_path):
    store = ResultStore(tmp_path / "r", recipe=RECIPE)
    bad, lost = doubling(-1.0, 1.0), doubling(5.0)

    class Losing(LocalExecutor):
        def run(self, tasks, *, progress):
            for done in super().run(tasks, progress=progress):
                yield replace(done, outcomes=("the worker died",), lost=True) if done.task == lost else done

    found = list(completed([bad, lost], Losing(), store, quiet))
    assert found[1].outcomes == ("the worker died",)
    assert store.find(bad).outcomes == found[0].outcomes and store.find(lost) is None


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("recipe", r"of another recipe \(n 12 → 13\)"),
        ("program", "of another program"),
        ("device", r"of another device \(cpu → cuda\)"),
        ("else", "which holds something else"),
        ("broken", "which cannot be read"),
        ("file", "which cannot be read"),
    ],
)
def test_a_folder_of_something_else_is_refused_at_once(tmp_path, monkeypatch, what, sentence):
    folder, recipe, device = tmp_path / "r", RECIPE, "cpu"
    if what in ("recipe", "program", "device"):
        with ResultStore(folder, recipe=RECIPE).writing([doubling(1.0)]):
            pass
    if what == "recipe":
        recipe = RECIPE.with_values(n=13)
    elif what == "program":
        monkeypatch.setattr(results, "program_id", lambda: "another")
    elif what == "device":
        device = "cuda"
    elif what == "file":
        folder.write_text("a file")
    else:
        folder.mkdir()
        (folder / {"else": "thesis.tex", "broken": "manifest.json"}[what]).write_text("{")
    with pytest.raises(InputError, match=f"{sentence}.*Name another"):
        ResultStore(folder, recipe=recipe, device=device)


def test_one_writes_a_folder_at_a_time(tmp_path):
    pytest.importorskip("fcntl", reason="this system holds no files")
    first, second = (ResultStore(tmp_path / "r", recipe=RECIPE) for _ in range(2))
    with first.writing([]), pytest.raises(InputError, match="which another process writes"), second.writing([]):
        pass
    with second.writing([]):
        pass


def test_a_full_disk_is_a_sentence_and_what_was_finished_stays(tmp_path, monkeypatch):
    store = ResultStore(tmp_path / "r", recipe=RECIPE)
    one, other = doubling(1.0), doubling(2.0)
    found = completed([one, other], LocalExecutor(), store, quiet)
    next(found)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left on device.*what was finished stays"):
        next(found)
    assert store.find(one).outcomes == ((2.0,),) and store.find(other) is None


def test_no_recipe_and_no_link_says_where_work_is_done():
    assert not {"executor", "address", "workers", "results", "gpus"} & {*Recipe.link_names(), *Recipe.long_names()}
