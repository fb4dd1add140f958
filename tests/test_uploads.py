import pytest

from gca_viz.errors import InputError
from gca_viz.uploads import Uploads, is_upload


def test_a_thing_is_found_by_its_name_until_it_is_forgotten():
    things = Uploads("data set", "dataset")
    name = things.keep("mine")
    assert is_upload(name) and things.find(name) == "mine"
    things.forget(name)
    things.forget(name)
    with pytest.raises(InputError, match="Bring the file again") as caught:
        things.find(name)
    assert caught.value.parameter == "dataset"


def test_names_differ_and_cannot_be_guessed_from_each_other():
    things = Uploads("encoder", "encoder")
    names = {things.keep("same") for _ in range(100)}
    assert len(names) == 100
    assert min(len(name) for name in names) >= len("own:") + 12


@pytest.mark.parametrize("name", ["emoji", "", None, 3, "OWN:abc"])
def test_other_names_are_not_own(name):
    assert not is_upload(name)
