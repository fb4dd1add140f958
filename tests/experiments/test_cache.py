import pytest

from gca_viz.experiments.cache import cached, forget
from gca_viz.experiments.recipe import DataRecipe, EncoderRecipe


def test_results_are_kept_by_positional_arguments_and_the_oldest_goes_first():
    calls = []

    @cached(2)
    def square(number, *, progress=None):
        calls.append(number)
        return number**2

    assert [square(1), square(2), square(1, progress=print), square(3), square(1), square(2)] == [1, 4, 1, 9, 1, 4]
    assert calls == [1, 2, 3, 2]
    with pytest.raises(TypeError, match="by position"):
        square(number=1)


def test_a_cancelled_call_keeps_nothing():
    attempts = []

    @cached(2)
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


def test_what_came_from_a_forgotten_thing_is_computed_anew():
    calls = []

    @cached(4)
    def work(data, encoder):
        calls.append((data.dataset, encoder.name))
        return len(calls)

    kept, gone = DataRecipe(), DataRecipe(dataset="own:abc")
    network = EncoderRecipe(name="own:net")
    for data, encoder in ((kept, EncoderRecipe()), (gone, EncoderRecipe()), (kept, network)):
        work(data, encoder)
    forget("own:abc")
    assert work(kept, EncoderRecipe()) == 1 and work(kept, network) == 3
    assert work(gone, EncoderRecipe()) == 4
    forget("own:net")
    assert work(kept, EncoderRecipe()) == 1 and work(kept, network) == 5
