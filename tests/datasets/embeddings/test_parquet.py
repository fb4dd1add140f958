"""Parquet with what people keep beside vectors, and with vectors that are not there."""

import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from tests.datasets.embeddings.tables import LABELS, Z1, Z2, D, N, classes, holds, parquet, read, vectors, wide
from tests.older import needs

BOTH = {"z1": vectors(Z1), "z2": vectors(Z2)}


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG")
    return buffer.getvalue()


NEEDLESS = {
    "tags": pa.array([["a"], ["b", "c"], []] * 4),
    "ragged": pa.array([[1.0], [1.0, 2.0], [1.0, 2.0, 3.0]] * 4),
    "meta": pa.array([[("a", 1)], [("a", 1), ("b", 2)]] * 6, pa.map_(pa.string(), pa.int32())),
    "box": pa.array([{"x": 1, "y": [1, 2]}] * N),
    "thumb": pa.array([b"\x89PNG\xff"] * N),
    "image": pa.array([{"bytes": png(), "path": "a.png"}] * N),
    "tokens": pa.array([[[1, 2], [3]]] * N),
    "nothing": pa.nulls(N),
    "empty": pa.array([[]] * N, pa.list_(pa.float32())),
}


@pytest.mark.parametrize("name", NEEDLESS)
def test_a_column_that_nobody_needs_is_left_out_with_a_note(name):
    dataset, report = read(("e.parquet", parquet(BOTH | {"label": LABELS, name: NEEDLESS[name]})))
    assert holds(dataset) and classes(dataset) == LABELS and not dataset.columns
    assert any("Not used" in note and f"{name} (" in note for note in report.notes)


def test_columns_of_one_value_per_row_are_kept():
    kept = {
        "when": pa.array([0] * N, pa.timestamp("s")),
        "price": pa.array([None, *["1.50"] * 11]).cast(pa.decimal128(5, 2)),
        "age": pa.array([None, *range(11)]),
        "image": pa.array([f"img/{k}.png" for k in range(N)]),
        "kind": pa.array(["a", None] * 6).dictionary_encode(),
    }
    dataset, _ = read(("e.parquet", parquet(BOTH | kept)))
    assert [*dataset.columns] == ["when", "price", "age", "kind"] and dataset.names[1] == "img/1.png"
    assert np.isnan(dataset.columns["age"][0]) and dataset.columns["age"][1:].tolist() == [*range(11)]
    assert dataset.columns["kind"].tolist() == ["a", ""] * 6 and dataset.columns["when"][0].startswith("1970")


def fixed(z: np.ndarray, dtype) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(z.ravel().astype(dtype)), z.shape[1])


def tensors(z: np.ndarray, shape: tuple[int, ...]) -> pa.Array:
    return pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), shape), fixed(z, np.float32))


FORMS = {
    "lists": vectors,
    "large lists": lambda z: vectors(z).cast(pa.large_list(pa.float32())),
    "lists of one length": lambda z: fixed(z, np.float64),
    "half precision": lambda z: fixed(z, np.float16),
    "tensors": lambda z: tensors(z, (D,)),
    "tensors of two axes": lambda z: tensors(z, (1, D)),
}


@pytest.mark.parametrize("form", FORMS)
def test_lists_and_tensors_are_vectors(form):
    dataset, _ = read(("e.parquet", parquet({"z1": FORMS[form](Z1), "z2": FORMS[form](Z2)}, row_group_size=5)))
    assert all(np.allclose(a, b, atol=2e-3) for a, b in zip(dataset.embeddings, (Z1, Z2), strict=True))


@pytest.mark.parametrize(
    "kind",
    [
        "lists",
        "large lists",
        pytest.param("lists of one length", marks=needs("pyarrow", "26", "one that is not there ends the reading")),
    ],
)
def test_a_vector_that_is_not_there_costs_its_pair_alone(kind):
    rows = [[*map(float, row)] for row in Z1]
    rows[0] = None
    rows[3] = [*rows[3][:2], None, *rows[3][3:]]
    type_ = {"lists": pa.list_, "large lists": pa.large_list, "lists of one length": lambda t: pa.list_(t, D)}[kind]
    dataset, report = read(("e.parquet", parquet({"z1": pa.array(rows, type_(pa.float32())), "z2": vectors(Z2)})))
    assert holds(dataset, (0, 3)) and dict(report.skipped)["pair 0"] == "it has no vector"
    if kind == "lists":
        rows[1], rows[2] = [], [1.0]
        dataset, report = read(
            ("e.parquet", parquet({"z1": vectors(Z1), "z2": pa.array(rows, pa.list_(pa.float64()))}))
        )
        assert len(dataset) == N - 4 and dict(report.skipped)["pair 2"] == "its vector has 1 numbers, others have 5"


def test_columns_side_by_side_with_row_numbers_and_dots_in_names():
    table = wide(label=LABELS).rename(columns=lambda name: name.replace("_", "."))
    table.index = [f"r{k}" for k in range(N)]
    dataset, report = read(("e.parquet", parquet(pa.Table.from_pandas(table).to_pydict())))
    assert holds(dataset) and classes(dataset) == LABELS and not report.skipped
    dataset, _ = read(("e.parquet", parquet({**wide().to_dict("list"), "z1_2": [None, *Z1[1:, 2]]})))
    assert holds(dataset, (0,))
