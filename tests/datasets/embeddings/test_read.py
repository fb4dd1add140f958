import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save

import gca_viz
from gca_viz.datasets import Selection, pick, read_embeddings
from gca_viz.datasets.embeddings import EXAMPLES
from gca_viz.errors import InputError

N, D = 12, 5


@pytest.fixture
def views():
    draw = np.random.default_rng(0)
    return draw.normal(size=(2, N, D)).astype(np.float32)


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def wide(z1, z2, **others) -> pd.DataFrame:
    columns = {f"z{view}_{k}": z[:, k] for view, z in ((1, z1), (2, z2)) for k in range(D)}
    return pd.DataFrame(columns | others)


def parquet_of(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


LABELS = np.array(["cat", "dog", "owl"] * 4)


def test_what_else_the_table_says_of_each_row_is_kept_with_the_rows_that_are_used(views):
    z1, z2 = views
    z1[3] = np.nan
    file = npz(
        z1=z1, z2=z2, age=np.arange(N), camera=np.array(list("abcd" * 3)), odd=np.zeros((N, 2)), few=np.ones(2)
    )
    dataset, report = read_embeddings([("mine.npz", file)])
    kept = np.delete(np.arange(N), 3)
    assert list(dataset.columns) == ["age", "camera"]
    assert dataset.columns["age"].tolist() == kept.tolist()
    assert "".join(dataset.columns["camera"]) == "".join(np.array(list("abcd" * 3))[kept])
    assert report.facts["Other columns"] == "age, camera"
    assert any("Not used" in note and "odd, few" in note for note in report.notes)
    many = {f"{k}x": np.arange(N) for k in range(43)}
    dataset, report = read_embeddings([("mine.npz", npz(z1=z1, z2=z2, **many))])
    assert len(dataset.columns) == 40 and any("3 more are not" in note for note in report.notes)
    table = wide(np.nan_to_num(z1, nan=1), z2, age=np.arange(N) / 2, label=LABELS).to_csv(index=False).encode()
    dataset, _ = read_embeddings([("mine.csv", table)])
    assert dataset.columns["age"].tolist() == (np.arange(N) / 2).tolist() and list(dataset.columns) == ["age"]
    batch = pick(dataset, Selection(size=4, split="all", seed=1))
    assert batch.column("age").tolist() == (batch.indices / 2).tolist()


def every_format(z1, z2) -> dict[str, list[tuple[str, bytes]]]:
    lists = pa.table(
        {
            "z1": pa.array(list(z1), pa.list_(pa.float32())),
            "z2": pa.array(list(z2), pa.list_(pa.float32(), D)),
            "label": LABELS,
        }
    )
    numbers = torch.tensor([0, 1, 2] * 4)
    both = {"z1": torch.from_numpy(z1), "z2": torch.from_numpy(z2), "labels": numbers}
    return {
        "npz": [("e.npz", npz(z1=z1, z2=z2, labels=LABELS))],
        "npz in columns": [("e.npz", npz(z1=np.asfortranarray(z1), z2=np.asfortranarray(z2), labels=LABELS))],
        "npy": [("z1.npy", npy(z1)), ("z2.npy", npy(z2)), ("labels.npy", npy(LABELS))],
        "csv": [("e.csv", wide(z1, z2, label=LABELS).to_csv(index=False).encode())],
        "csv with semicolons": [("e.csv", wide(z1, z2, label=LABELS).to_csv(index=False, sep=";").encode())],
        "tsv": [("e.tsv", wide(z1, z2, label=LABELS).to_csv(index=False, sep="\t").encode())],
        "parquet of lists": [("e.parquet", parquet_of(lists))],
        "parquet of columns": [("e.parquet", parquet_of(pa.Table.from_pandas(wide(z1, z2, label=LABELS))))],
        "safetensors": [("e.safetensors", save(both))],
    }


@pytest.mark.parametrize("kind", every_format(*np.zeros((2, N, D), np.float32)))
def test_every_format_gives_the_same_embeddings(views, kind):
    dataset, report = read_embeddings(every_format(*views)[kind])
    assert np.allclose(dataset.embeddings, views, atol=1e-6)
    assert dataset.labels.tolist() == [0, 1, 2] * 4
    assert len(dataset.class_names) == 3
    assert report.facts["Pairs"] == "12" and report.facts["Numbers per embedding"] == "5"
    assert not report.skipped


def test_a_path_is_read_and_left_alone(views, tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, z1=views[0], z2=views[1])
    before = path.read_bytes()
    dataset, _ = read_embeddings(path)
    assert dataset.name == "mine" and path.read_bytes() == before
    with pytest.raises(InputError, match="no readable file"):
        read_embeddings(tmp_path / "absent.npz")


def test_the_plan_is_that_of_the_arrays(views):
    dataset, _ = read_embeddings([("e.npz", npz(z1=views[0], z2=views[1], labels=LABELS))])
    batch = pick(dataset, Selection(mode="chosen", indices=(3, 1, 7)))
    ours = gca_viz.align(*batch.embeddings, "gca-ince", epsilon=0.3)
    direct = gca_viz.align(views[0][[3, 1, 7]], views[1][[3, 1, 7]], "gca-ince", epsilon=0.3)
    assert torch.equal(ours.matrix, direct.matrix)


def test_double_half_and_whole_numbers_become_single_precision(views):
    for kind in (np.float64, np.float16, np.int8):
        given = (10 * views).astype(kind)
        dataset, _ = read_embeddings([("e.npz", npz(z1=given[0], z2=given[1]))])
        assert dataset.embeddings[0].dtype == np.float32
        assert np.array_equal(dataset.embeddings, given.astype(np.float32))
    half = {name: torch.from_numpy(z).bfloat16() for name, z in zip(("z1", "z2"), views, strict=True)}
    dataset, _ = read_embeddings([("e.safetensors", save(half))])
    assert np.array_equal(dataset.embeddings[1], half["z2"].float().numpy())


def test_one_matrix_with_partners_that_point_at_each_other_gives_each_pair_once(views):
    z, partner = np.concatenate(views), np.r_[N : 2 * N, 0:N]
    dataset, report = read_embeddings([("e.npz", npz(z=z, partner=partner))])
    assert np.array_equal(dataset.embeddings, views)
    assert any("once" in note for note in report.notes)


def test_one_matrix_with_other_partners_keeps_every_row(views):
    partner = np.roll(np.arange(N), 1)
    dataset, _ = read_embeddings([("e.npz", npz(embeddings=views[0], partner=partner, names=np.arange(N)))])
    assert np.array_equal(dataset.embeddings[0], views[0])
    assert np.array_equal(dataset.embeddings[1], views[0][partner])
    assert dataset.names[2] == "2"


def test_rows_that_are_not_finite_or_zero_are_left_out_and_listed(views):
    z1, z2 = views.copy()
    z1[2, 1], z2[5, 0], z2[7] = np.nan, np.inf, 0
    dataset, report = read_embeddings([("e.npz", npz(z1=z1, z2=z2, labels=LABELS))])
    kept = [k for k in range(N) if k not in (2, 5, 7)]
    assert np.array_equal(dataset.embeddings[0], views[0][kept])
    assert [what for what, _ in report.skipped] == ["pair 2", "pair 5", "pair 7"]
    assert [dataset.class_names[label] for label in dataset.labels] == LABELS[kept].tolist()
    assert dataset.names[2] == "row 3"


def test_thumbnails_and_domains_are_taken_over(views):
    images = np.arange(N * 4 * 4 * 3, dtype=np.uint8).reshape(N, 4, 4, 3)
    content = npz(z1=views[0], z2=views[1], thumbnails=images, domain=np.array(["a", "b"] * 6))
    dataset, _ = read_embeddings([("e.npz", content)])
    assert np.array_equal(dataset.images, images)
    assert dataset.domain_names == ("a", "b") and dataset.domains.tolist() == [0, 1] * 6


def test_cards_show_the_class_by_colour(views):
    dataset, _ = read_embeddings([("e.npz", npz(z1=views[0], z2=views[1], labels=LABELS))])
    corners = dataset.images[:, 0, 0]
    assert np.array_equal(corners[0], corners[3])
    assert len(np.unique(corners, axis=0)) == 3


def test_what_looks_odd_is_said(views):
    same = np.ones((4, D), np.float32)
    _, report = read_embeddings([("e.npz", npz(z1=same, z2=same))])
    assert any("collapsed" in note for note in report.notes)
    assert report.facts["Duplicates"].startswith("3 ")
    _, report = read_embeddings([("e.npz", npz(z1=views[0][:1], z2=views[1][:1]))])
    assert any("single cell" in note for note in report.notes)


def test_names_are_kept_as_text_of_one_line(views):
    names = np.array(["<script>alert(1)</script>", "a\nb\x00", "x" * 200, "=1+1", *"abcdefgh"])
    dataset, _ = read_embeddings([("e.npz", npz(z1=views[0], z2=views[1], names=names))])
    assert dataset.names[0] == "<script>alert(1)</script>"
    assert dataset.names[1] == "ab"
    assert len(dataset.names[2]) == 80
    assert dataset.names[3] == "=1+1"


class Payload:
    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def test_a_pickled_payload_is_refused_and_never_run(views, tmp_path):
    marker = tmp_path / "ran"
    objects = np.array([Payload(marker)], object)
    for name, content in (
        ("z1.npy", npy(objects)),
        ("e.npz", npz(z1=views[0], z2=views[1], names=objects)),
        ("e.npz", pickle.dumps(Payload(marker))),
        ("z1.npy", pickle.dumps(Payload(marker))),
    ):
        with pytest.raises(InputError):
            read_embeddings([(name, content)])
        assert not marker.exists()


def header_only(shape) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


Z = np.ones((3, 2), np.float32)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([("e.pkl", b"")], "embeddings come as .npz"),
        ([("e.npz", b"PK\x03\x04 no archive")], "a complete .npz file is needed"),
        ([("e.npz", npz(z1=Z, z2=Z)[:-40])], "a complete .npz file is needed"),
        ([("e.npy", b"\x93NUMPX")], "a complete .npy file is needed"),
        ([("e.safetensors", b"\xff" * 8 + b"{}")], "a complete .safetensors file is needed"),
        ([("e.safetensors", b"\x01")], "a complete .safetensors file is needed"),
        ([("e.parquet", b"PAR1 nothing")], "a complete .parquet file is needed"),
        ([("e.csv", b"")], "a complete .csv file is needed"),
        ([("e.npz", npz(a1=Z))], "z1 and z2 are needed"),
        ([("z.npy", npy(Z))], "a plan needs two views"),
        ([("e.npz", npz(z1=Z, z2=Z[:2]))], "one row per sample and one width"),
        ([("e.npz", npz(z1=Z, z2=Z, labels=np.zeros(2)))], "labels of shape (2,) for 3 rows"),
        ([("e.npz", npz(z1=Z[0], z2=Z[0]))], "one row per sample: shape (N, d)"),
        ([("e.npz", npz(z1=Z * np.nan, z2=Z))], "none of which is finite"),
        ([("e.npz", npz(z=Z, partner=np.array([0, 1, 3])))], "a partner is the number of a row, 0 to 2"),
        ([("e.npz", npz(z1=np.array(["a"]), z2=Z))], "embeddings are numbers"),
        ([("e.npz", npz(z1=Z[:0], z2=Z[:0]))], "one row per sample: shape (N, d)"),
        ([("e.npz", zipped("z1.npy", header_only((50_000, 50_000))))], "at most 2,000 MB are read"),
        ([("e.npz", zipped("z1.npy", header_only((500, 500))))], "declares 1,000,000 bytes in a file of"),
        ([("e.npz", zipped("z1.npy", npy(np.zeros((4000, 4000), np.uint8))))], "times its packed size"),
        ([("e.npz", zipped("readme.txt", b"hello"))], "holds arrays only"),
        ([("e.npz", npz(z1=np.ones((2, 20_000)), z2=np.ones((2, 20_000))))], "GCA_VIZ_MAX_WIDTH=20000"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(files, sentence):
    with pytest.raises(InputError) as caught:
        read_embeddings(files)
    assert sentence in str(caught.value)


def test_a_limit_can_be_raised(monkeypatch):
    content = npz(z1=np.ones((2, 20_000)), z2=np.ones((2, 20_000)))
    monkeypatch.setenv("GCA_VIZ_MAX_WIDTH", "20000")
    dataset, _ = read_embeddings([("e.npz", content)])
    assert dataset.embeddings[0].shape == (2, 20_000)


def test_plans_made_by_pot_need_no_other_form_than_numpy(views):
    ot = pytest.importorskip("ot")
    dataset, _ = read_embeddings([("e.npz", npz(z1=views[0], z2=views[1]))])
    z1, z2 = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in views.astype(np.float64))
    uniform = np.full(N, 1 / N)
    theirs = N * ot.sinkhorn(uniform, uniform, 1 - z1 @ z2.T, 0.5, stopThr=1e-12, numItermax=10_000)
    plan = gca_viz.align(
        *(torch.tensor(z, dtype=torch.float64) for z in dataset.embeddings),
        "gca-ince",
        epsilon=0.5,
        iterations=float("inf"),
        tol=1e-10,
    )
    assert np.allclose(plan.matrix.numpy(), theirs, atol=1e-6)


@pytest.mark.parametrize("library", EXAMPLES)
def test_the_lines_that_the_page_shows_write_a_file_that_it_reads(views, library, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    z1, z2 = torch.from_numpy(views[0]), torch.from_numpy(views[1])
    batches = [(z1[:7], z2[:7], torch.arange(7) % 3), (z1[7:], z2[7:], torch.arange(7, N) % 3)]
    names = {"loader": batches, "batches": batches, "params": None}
    exec(EXAMPLES[library], names | {"model": lambda x: 2 * x, "apply": lambda params, x: 2 * x})
    dataset, _ = read_embeddings(tmp_path / "embeddings.npz")
    assert np.array_equal(dataset.embeddings, 2 * views) and dataset.labels.tolist() == [0, 1, 2] * 4
