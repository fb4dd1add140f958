import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from gca_viz.labels import numbered, unlabelled

NAN = float("nan")

# spelling → the same three samples, the second without label
WITHOUT = {
    "None": ["b", None, "a"],
    "NaN in a list": ["b", NAN, "a"],
    "NaN among objects": np.array(["b", NAN, "a"], object),
    "an empty text": np.array(["b", "", "a"]),
    "blanks": ["b", "  ", "a"],
    "bytes": np.array([b"b", b"", b"a"]),
    "masked": np.ma.masked_array(["b", "x", "a"], [False, True, False]),
    "pandas' NA": pd.Series(["b", pd.NA, "a"], dtype="string"),
    "pandas' categories": pd.Categorical(["b", None, "a"]),
    "Arrow's null": pa.array(["b", None, "a"]),
    "a NaN float": np.array([1.0, NAN, 0.0]),
    "a half float": torch.tensor([1.0, NAN, 0.0], dtype=torch.bfloat16),
    "scikit-learn's −1": np.array([7, -1, 3]),
    "−1 as a float": [7.0, -1.0, 3.0],
    "−1 of torch": torch.tensor([7, -1, 3]),
    "tensors in a list": [torch.tensor(7), torch.tensor(-1), torch.tensor(3)],
    "PyTorch's ignore_index": torch.tensor([7, -100, 3]),
    "None among numbers": [7, None, 3],
    "NA of an integer column": pd.Series([7, None, 3], dtype="Int64"),
    "Arrow's null among numbers": pa.array([7, None, 3]),
    "masked numbers": np.ma.masked_array([7, 5, 3], [False, True, False]),
    "a word among numbers as texts": np.array(["7", "None", "3"]),
    "−1 as a text among numbers": ["7", "-1", "3"],
    "no time": pd.Series(pd.to_datetime(["2021-01-01", None, "2020-01-01"])),
    "truth": [True, None, False],
}


@pytest.mark.parametrize("spelling", WITHOUT)
def test_no_label_is_one_thing_in_every_spelling(spelling):
    assert numbered(WITHOUT[spelling])[0].tolist() == [1, -1, 0]
    assert unlabelled(WITHOUT[spelling]).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (["NA", "null", "None"], ["NA", "None", "null"]),
        (["cat", "nan"], ["cat", "nan"]),
        (["cat", -1], ["-1", "cat"]),
        (np.array([-2, -1, 3]), [-2, -1, 3]),
        (np.array([0, -3]), [-3, 0]),
        (np.array([-1.5, -1, 2]), [-1.5, -1.0, 2.0]),
        (np.array([1, 255], np.uint8), [1, 255]),
        (["2", "10", "1"], ["1", "2", "10"]),
        (["01", "1"], ["01", "1"]),
        (np.array([3.0, NAN, 1.0]), [1, 3]),
        (np.array([2**62, 2**62 + 1]), [2**62, 2**62 + 1]),
        ([10**30, None], [str(10**30)]),
        ([], []),
    ],
)
def test_labels_stay_what_they_are(values, kinds):
    assert numbered(values)[1] == kinds
    assert all(type(kind) is type(wanted) for kind, wanted in zip(numbered(values)[1], kinds, strict=True))


def test_labels_of_two_views_keep_their_shape():
    assert numbered([[0, 1], [None, 1]])[0].tolist() == [[0, 1], [-1, 1]]
    with pytest.raises(ValueError, match="unequal length"):
        numbered([[0, 1], [1]])
