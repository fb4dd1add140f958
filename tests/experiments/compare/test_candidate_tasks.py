"""The slow part of a comparison as tasks: the same numbers, whoever computed them, and none of it twice."""

import pytest

from gca_viz.experiments import geometry as geometry_steps
from gca_viz.experiments.caching import cache
from gca_viz.experiments.compare import steps
from gca_viz.experiments.compare.candidate_tasks import CandidateStore, candidate_tasks, only_inputs
from gca_viz.experiments.compare.candidates import candidates_of
from gca_viz.experiments.compare.result import compare_recipe
from gca_viz.experiments.executor import LocalExecutor
from gca_viz.experiments.recipe.recipe import Recipe

RECIPE = Recipe().with_values(n=20, encoder="ince", encoders=("random", "gca-ince"))


class Counting(LocalExecutor):
    """Counts what it is asked for."""

    def run(self, tasks, *, progress):
        self.asked = len(tasks)
        return super().run(tasks, progress=progress)


@pytest.fixture
def empty(monkeypatch):
    """As a process that has computed nothing."""

    def emptied():
        monkeypatch.setattr(cache, "_results", cache._Results())

    return emptied


def kept_in(folder):
    recipe = only_inputs(RECIPE.inputs, Recipe().encoder)
    return CandidateStore(folder, recipe=recipe, device=LocalExecutor().device)


def test_the_same_numbers_and_none_of_it_twice(tmp_path, empty, monkeypatch):
    empty()
    executor = Counting()
    first = compare_recipe(RECIPE, executor=executor, store=kept_in(tmp_path / "r"))
    numbers = steps.table_of(first.compared)
    assert executor.asked == 3
    empty()
    monkeypatch.setattr(geometry_steps, "measured", None)  # whoever measures again fails
    again = compare_recipe(RECIPE, executor=executor, store=kept_in(tmp_path / "r"))
    assert executor.asked == 0
    assert steps.table_of(again.compared).equals(numbers)
    assert [member.label for member in again.compared.members] == first.labels
    monkeypatch.undo()
    assert steps.table_of(compare_recipe(RECIPE).compared).equals(numbers)


def test_a_damaged_part_is_computed_again_and_other_candidates_are_kept_beside(tmp_path, empty):
    empty()
    fewer = RECIPE.with_values(encoders=("random",))
    compare_recipe(fewer, store=kept_in(tmp_path / "r"))
    (one, *_), device = list(candidate_tasks(fewer, candidates_of(fewer), "cpu")), LocalExecutor().device
    path = kept_in(tmp_path / "r").part(one)
    if device == "cpu":
        path.write_bytes(path.read_bytes()[:-40])
    executor = Counting()
    compare_recipe(RECIPE, executor=executor, store=kept_in(tmp_path / "r"))
    assert executor.asked == 1 + (device == "cpu")


def test_several_methods_on_one_encoder_are_one_task():
    methods = RECIPE.with_values(against="methods", methods=("ince", "gca-uot"))
    (task,) = candidate_tasks(methods, candidates_of(methods), "cpu")
    assert dict(task.places[0])["measured"] is False
