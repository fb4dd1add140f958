import numpy as np
import pytest

from gca_viz.datasets import Dataset
from gca_viz.errors import InputError


def fields(**changes):
    """A valid data set of two things in two domains, as keywords; some of them changed."""
    valid = {
        "name": "tiny",
        "title": "Tiny",
        "images": np.zeros((4, 5, 6, 3), np.uint8),
        "labels": [0, 1, 0, 1],
        "class_names": ("cat", "dog"),
        "domains": [0, 0, 1, 1],
        "domain_names": ("photo", "sketch"),
        "identities": [7, 8, 7, 8],
        "names": ("tom", "rex", "tom", "rex"),
        "held_out": [False, True, False, True],
        "content_id": "tiny",
        "attribution": ("me, MIT", "you, MIT"),
    }
    return valid | changes


def test_counts_and_groups():
    dataset = Dataset(**fields())
    assert len(dataset) == 4
    assert dataset.image_size == (5, 6)
    assert dataset.summary == "4 images · 2 classes · 2 domains · 2 held out"
    assert {identity: rows.tolist() for identity, rows in dataset.members.items()} == {7: [0, 2], 8: [1, 3]}


@pytest.mark.parametrize("field", ["images", "labels", "domains", "identities", "held_out"])
def test_arrays_cannot_be_changed(field):
    with pytest.raises(ValueError, match="read-only"):
        getattr(Dataset(**fields()), field)[0] = 1


def test_the_callers_array_stays_writable():
    images = np.zeros((4, 5, 6, 3), np.uint8)
    Dataset(**fields(images=images))
    images[0] = 1


@pytest.mark.parametrize(
    ("changes", "parameter", "says"),
    [
        ({"images": np.zeros((4, 5, 6, 3))}, "images", "float64"),
        ({"images": np.zeros((4, 5, 6), np.uint8)}, "images", r"\(4, 5, 6\)"),
        ({"images": np.zeros((0, 5, 6, 3), np.uint8)}, "images", "at least one"),
        ({"labels": [0, 1, 0]}, "labels", "3 labels for 4 images"),
        ({"labels": [0, 1, 0, 2]}, "labels", "from 0 to 2; labels go from 0 to 1"),
        ({"labels": [0.0, 1.0, 0.0, 1.0]}, "labels", "float64"),
        ({"labels": [[0], [1], [0], [1]]}, "labels", r"shape \(4, 1\)"),
        ({"class_names": ()}, "labels", "labels need names"),
        ({"domains": [0, 0, -1, 1]}, "domains", "from -1 to 1"),
        ({"identities": [7, 8, 8, 7]}, "identities", "identity 8 in two classes, image 1 and image 2"),
        ({"names": ("tom",)}, "names", "1 names for 4 images"),
        ({"texts": ("pet",)}, "texts", "1 texts for 4 images"),
        ({"credits": ("me", "you")}, "credits", "2 credits for 4 images"),
        ({"held_out": [0, 1, 0, 1]}, "held_out", "true or false"),
        ({"attribution": ("me, MIT",)}, "attribution", "1 attributions for 2 domains"),
    ],
)
def test_what_does_not_fit_is_refused(changes, parameter, says):
    with pytest.raises(InputError, match=says) as caught:
        Dataset(**fields(**changes))
    assert caught.value.parameter == parameter
