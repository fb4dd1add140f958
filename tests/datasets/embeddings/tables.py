"""Two views of twelve samples, and writers of files in memory."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gca_viz.datasets import read_embeddings

N, D = 12, 5
_draw = np.random.default_rng(0)
Z1, Z2 = (_draw.normal(size=(2, N, D))).astype(np.float32)
LABELS = ["cat", "dog", "owl"] * 4


def wide(z1=Z1, z2=Z2, **others) -> pd.DataFrame:
    columns = {f"z{view}_{k}": z[:, k] for view, z in ((1, z1), (2, z2)) for k in range(z1.shape[1])}
    return pd.DataFrame(columns | others)


def csv(frame: pd.DataFrame, **options) -> bytes:
    return frame.to_csv(**{"index": False} | options).encode()


def npz(compressed=False, **arrays) -> bytes:
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def parquet(columns, **options) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


def vectors(rows) -> pa.Array:
    return pa.array([None if row is None else [*map(float, row)] for row in rows], pa.list_(pa.float32()))


def read(*files: tuple[str, bytes]):
    return read_embeddings(list(files))


def classes(dataset) -> list[str]:
    return [dataset.class_names[label] for label in dataset.labels]


def holds(dataset, without: tuple[int, ...] = (), z1=Z1, z2=Z2) -> bool:
    """Whether a data set has the two views, but for some of their rows."""
    wanted = [np.delete(z, without, 0) for z in (z1, z2)]
    return all(
        a.shape == b.shape and np.allclose(a, b, atol=1e-5) for a, b in zip(dataset.embeddings, wanted, strict=True)
    )
