"""What is what in a file: names and synonyms, maps beside vectors, labels that are missing."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

import gca_viz
from gca_viz.datasets import Selection, pick
from gca_viz.errors import InputError
from gca_viz.geometry.measures import MEASURES, measured
from gca_viz.geometry.points import Points
from tests.datasets.embeddings.tables import (
    LABELS,
    Z1,
    Z2,
    N,
    classes,
    csv,
    holds,
    npz,
    parquet,
    read,
    vectors,
    wide,
)

FLAT = {"x": Z1[:, 0], "y": Z1[:, 1]}
PARTNER = np.roll(np.arange(N), 1)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (FLAT, ""),
        ({"target": Z1[:, 0]}, "target is not used for labels: fractions are no classes"),
        ({"class": np.zeros(N, int), "y": np.ones(N, int)}, "not taken: class, y"),
        ({"a": Z1[:, :2], "b": Z2[:, :2]}, "not taken: a, b"),
        ({"umap": Z1[:, :2], "tsne": Z2[:, :2]}, "umap, tsne"),
        ({"z": Z1[:, :3]}, "not taken: z"),
        ({"embeddings": Z1, "features": Z2}, "not taken: embeddings, features"),
    ],
)
def test_our_own_name_goes_before_synonyms_and_maps(more, told):
    for arrays in ({"z1": Z1, "z2": Z2, "label": LABELS} | more, more | {"label": LABELS, "z2": Z2, "z1": Z1}):
        dataset, report = read(("e.npz", npz(**arrays)))
        assert holds(dataset) and classes(dataset) == LABELS
        assert told in " ".join(report.notes)


def test_vectors_go_before_a_map_whatever_their_names():
    for arrays in (
        {"embeddings": Z1, "x": Z1[:, :2]},
        {"embedding": Z1[:, :2], "features": Z1},
        {"a": Z1[:, :2], "b": Z2[:, :2], "features": Z1},
    ):
        dataset, report = read(("e.npz", npz(**arrays, partner=PARTNER)))
        assert np.array_equal(dataset.embeddings[0], Z1) and np.array_equal(dataset.embeddings[1], Z1[PARTNER])
        assert any("not taken" in note for note in report.notes)
    dataset, _ = read(("e.npz", npz(a=Z1[:, :2], b=Z2[:, :2], image_embeds=Z1, text_embeds=Z2)))
    assert holds(dataset)


@pytest.mark.parametrize(
    "one", [("view-1", "view-2"), ("Embedding_1", "Embedding_2"), ("image_features", "text_features")]
)
def test_other_names_of_two_views(one):
    assert holds(read(("e.npz", npz(**dict(zip(one, (Z1, Z2), strict=True)))))[0])


def test_one_value_for_the_whole_file_is_no_column():
    for key, value in (
        ("name", "run 3"),
        ("source", "cifar10"),
        ("label", 3),
        ("epoch", 99),
        ("partner", 1),
        ("y", [7]),
    ):
        dataset, report = read(("e.npz", npz(z1=Z1, z2=Z2, **{key: value})))
        assert holds(dataset) and key in " ".join(report.notes) and not dataset.columns


def test_classes_are_the_names_of_numbered_labels():
    numbers = np.arange(N) % 3
    for given in ({"labels": numbers}, {"targets": numbers.astype(float)}, {"y": np.eye(3)[numbers]}):
        dataset, report = read(("e.npz", npz(z1=Z1, z2=Z2, classes=["cat", "dog", "owl"], **given)))
        assert classes(dataset) == LABELS and any("names of the classes" in note for note in report.notes)


@pytest.mark.parametrize(
    "names",
    [["NA", "null", "None"], ["cat", "None", "dog"], ["nan", "NaN", "b"], ["01", "1", "2"], ["-1", "0", "cat"]],
)
def test_names_of_classes_stay_as_they_are_written(names):
    for file in (("e.csv", csv(wide(label=names * 4))), ("e.npz", npz(z1=Z1, z2=Z2, label=names * 4))):
        dataset, _ = read(file)
        assert classes(dataset) == names * 4


def test_spellings_of_one_name_are_one_class_and_long_names_stay_apart():
    dataset, _ = read(("e.npz", npz(z1=Z1, z2=Z2, label=["caf\u00e9", "cafe\u0301", " café "] * 4)))
    assert dataset.class_names == ("café",)
    dataset, _ = read(("e.npz", npz(z1=Z1, z2=Z2, label=["x" * 90 + "a", "x" * 90 + "b"] * 6)))
    assert len(set(dataset.class_names)) == 2 and dataset.labels.tolist() == [0, 1] * 6


NUMBERS = np.array([3, 1, 3, 1, 3, 1, *[np.nan] * 6])
ONE_HOT = np.r_[np.eye(4)[[3, 1, 3, 1, 3, 1]], np.zeros((6, 4))]
BOTH = {"z1": vectors(Z1), "z2": vectors(Z2)}
TEXTS = ["b", "a", "b", "a", "b", "a", *[None] * 6]
UNLABELLED = {
    "CSV, numbers": ("e.csv", csv(wide(label=NUMBERS))),
    "CSV, whole numbers": ("e.csv", csv(wide(label=pd.array(NUMBERS, "Int64")))),
    "CSV, a word": ("e.csv", csv(wide(label=NUMBERS), na_rep="None")),
    "CSV, texts": ("e.csv", csv(wide(label=TEXTS))),
    "CSV, −1": ("e.csv", csv(wide(label=np.nan_to_num(NUMBERS, nan=-1).astype(int)))),
    "NPZ, NaN": ("e.npz", npz(z1=Z1, z2=Z2, labels=NUMBERS)),
    "NPZ, −1": ("e.npz", npz(z1=Z1, z2=Z2, y=np.nan_to_num(NUMBERS, nan=-1).astype(np.int8))),
    "NPZ, empty text": ("e.npz", npz(z1=Z1, z2=Z2, y=[text or "" for text in TEXTS])),
    "NPZ, our word": ("e.npz", npz(z1=Z1, z2=Z2, y=[text or "no label" for text in TEXTS])),
    "NPZ, a column per class": ("e.npz", npz(z1=Z1, z2=Z2, y=ONE_HOT)),
    "Parquet, numbers": ("e.parquet", parquet(BOTH | {"label": pd.array(NUMBERS, "Int64")})),
    "Parquet, floats": ("e.parquet", parquet(BOTH | {"label": NUMBERS})),
    "Parquet, texts": ("e.parquet", parquet(BOTH | {"label": TEXTS})),
    "Parquet, categories": (
        "e.parquet",
        parquet(BOTH | {"label": pa.array(TEXTS).dictionary_encode()}),
    ),
    "Parquet, truth": (
        "e.parquet",
        parquet(BOTH | {"label": [True, False] * 3 + [None] * 6}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", UNLABELLED)
def test_no_label_is_no_label_in_every_format(way):
    dataset, report = read(UNLABELLED[way])
    assert dataset.labels.tolist() == [1, 0, 1, 0, 1, 0] + [-1] * 6
    assert dataset.class_names in (("1", "3", "no label"), ("a", "b", "no label"), ("False", "True", "no label"))
    assert classes(dataset)[6:] == ["no label"] * 6
    assert report.facts["Classes"].endswith("; 6 without label")
    plan = gca_viz.align(*dataset.embeddings, "gca-ince", target="label", labels=dataset.labels)
    assert torch.equal(plan.target[6:], torch.eye(N)[6:]) and (plan.target[:6] > 0).sum() == 18
    assert "no label" not in report.facts["Classes"]


def test_who_has_no_label_counts_for_no_class():
    dataset, _ = read(UNLABELLED["CSV, texts"])
    whole = Points.of(*dataset.embeddings, dataset.labels, dataset.domains)
    labelled = Points.of(*(z[:6] for z in dataset.embeddings), dataset.labels[:6], dataset.domains[:6])
    known = {measure.name: estimate for measure, estimate in measured(labelled)}
    for measure, estimate in measured(whole):
        if measure.name in ("compactness", "knn_class", "linear_class", "silhouette"):
            assert estimate.value == pytest.approx(known[measure.name].value), measure.name
            assert np.isfinite([estimate.low, estimate.high]).all()
    nobody, _ = read(("e.npz", npz(z1=Z1, z2=Z2)))
    assert nobody.class_names == ("no label",)
    found = measured(Points.of(*nobody.embeddings, nobody.labels, nobody.domains))
    assert {m.name for m, estimate in found if estimate is None} >= {"compactness", "knn_class", "silhouette"}
    assert set(MEASURES) >= {"compactness", "knn_class", "silhouette"}


def test_samples_without_label_can_be_chosen_and_come_last():
    dataset, _ = read(UNLABELLED["CSV, texts"])
    batch = pick(dataset, Selection(size=6, split="all", classes=("no label",)))
    assert batch.indices.tolist() == [6, 7, 8, 9, 10, 11]
    shown = gca_viz.datasets.order(pick(dataset, Selection(size=N, split="all")), "class")
    assert dataset.labels[shown].tolist() == [0] * 3 + [1] * 3 + [-1] * 6


def test_ten_thousands_of_values_are_no_classes():
    z = np.random.default_rng(0).normal(size=(25_001, 2)).astype(np.float32)
    dataset, report = read(("e.npz", npz(z1=z, z2=z + 1, label=np.arange(25_001))))
    assert dataset.class_names == ("no label",) and any("too many for classes" in note for note in report.notes)


def test_a_row_without_partner_is_left_out():
    partner = PARTNER.astype(float)
    partner[4] = np.nan
    dataset, report = read(("e.npz", npz(z=Z1, partner=partner)))
    assert len(dataset) == N - 1 and report.skipped == (("pair 4", "it has no partner"),)


def test_arrays_of_one_name_in_two_files_are_told():
    with pytest.raises(InputError, match="an array z in a.npz and another in b.npz") as caught:
        read(("a.npz", npz(z=Z1)), ("b.npz", npz(z=Z2)))
    assert "z1" in caught.value.remedy
    assert holds(read(("a.npz", npz(z1=Z1)), ("b.npz", npz(z2=Z2)))[0])
