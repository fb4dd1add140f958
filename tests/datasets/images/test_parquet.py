import io
import json
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gca_viz.datasets.images import open_images
from gca_viz.errors import InputError
from tests.datasets.images.pictures import encoded, huge_png, noise, write

STRUCT = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def parquet(columns: dict, features: dict | None = None, **options) -> bytes:
    table = pa.table(columns)
    if features:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def pictures(seeds, path: bool = True) -> pa.Array:
    rows = [{"bytes": encoded(noise(k)), "path": f"some/pic_{k}.png" if path else None} for k in seeds]
    return pa.array(rows, STRUCT)


FEATURES = {
    "image": {"_type": "Image"},
    "label": {"names": ["zebra", "ant"], "_type": "ClassLabel"},
    "domain": {"names": ["photo", "art"], "_type": "ClassLabel"},
}


def test_shards_as_on_hugging_face(tmp_path):
    train = {
        "image": pictures(range(40)),
        "label": [k % 2 for k in range(40)],
        "domain": [k // 20 for k in range(40)],
    }
    test = {"image": pictures([50]), "label": [1], "domain": [0]}
    files = {
        "data/train-00000-of-00001.parquet": parquet(train, FEATURES, row_group_size=7),
        "data/test-00000-of-00001.parquet": parquet(test, FEATURES),
        "README.md": b"hello",
    }
    source = open_images(write(tmp_path, files))
    assert source.report.facts["Columns"] == "image, label, domain"
    dataset, report = source.load()
    assert dataset.class_names == ("zebra", "ant") and dataset.domain_names == ("photo", "art")
    found = dict(zip(dataset.names, zip(dataset.images, dataset.labels, dataset.domains, strict=True), strict=True))
    for k in (0, 1, 33):
        image, label, domain = found[f"pic_{k}"]
        assert np.array_equal(image, noise(k)) and (label, domain) == (k % 2, k // 20)
    held = [name for name, held in zip(dataset.names, dataset.held_out, strict=True) if held]
    assert held == ["pic_50"]
    assert report.facts["Classes"] == "2: ant 21, zebra 20" == source.report.facts["Classes"]


@pytest.mark.parametrize("labels", [["b", "a", "b"], pa.array(["b", "a", "b"]).dictionary_encode()])
@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_plain_bytes_and_labels_of_text(tmp_path, labels, kind):
    content = parquet(
        {"n": [1, 2, 3], "img": pa.array([encoded(noise(k)) for k in range(3)], kind), "class": labels}
    )
    dataset, _ = open_images(write(tmp_path, {"mine.parquet": content}) / "mine.parquet").load()
    assert np.array_equal(dataset.images, [noise(0), noise(1), noise(2)])
    assert dataset.class_names == ("a", "b") and dataset.labels.tolist() == [1, 0, 1]
    assert dataset.names == ("b (no. 0)", "a (no. 1)", "b (no. 2)") and dataset.name == "mine"


def test_in_a_zip_and_without_labels_or_paths(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("top/a.parquet", parquet({"anything": pictures([0, 1], path=False)}))
    dataset, _ = open_images(tmp_path / "a.zip").load()
    assert dataset.class_names == ("all",) and np.array_equal(dataset.images, [noise(0), noise(1)])


def test_numbers_without_names_and_missing_labels(tmp_path):
    content = parquet({"image": pictures(range(3)), "label": pa.array([10, None, 9])})
    dataset, _ = open_images(write(tmp_path, {"a.parquet": content})).load()
    assert dataset.class_names == ("9", "10", "no label") and dataset.labels.tolist() == [1, -1, 0]
    content = parquet({"image": pictures(range(3)), "label": [0, 1, -1]}, FEATURES)
    dataset, _ = open_images(write(tmp_path, {"a.parquet": content})).load()
    assert dataset.class_names == ("zebra", "ant", "no label") and dataset.labels.tolist() == [0, 1, -1]


def test_rows_that_cannot_be_read_are_left_out(tmp_path):
    rows = [encoded(noise(0)), None, b"no", huge_png(), encoded(noise(4))]
    source = open_images(write(tmp_path, {"a.parquet": parquet({"image": pa.array(rows, pa.binary())})}))
    dataset, report = source.load()
    assert np.array_equal(dataset.images, [noise(0), noise(4)])
    assert [what for what, _ in report.skipped] == [f"a.parquet, row {k}" for k in (1, 2, 3)]
    assert report.skipped == source.report.skipped


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (parquet({"a": [1.0], "text": ["x"]}), "a: double, text: string; a column of encoded pictures is needed"),
        (parquet({"image": ["path/only.png"]}), "a column of encoded pictures is needed"),
        (b"PAR1 nothing PAR1", "a complete Parquet file is needed"),
        (parquet({"image": pictures(range(3))})[:-100], "a complete Parquet file is needed"),
        (parquet({"image": pa.array([], pa.binary())}), "no readable picture"),
        (parquet({"image": [b"x"]}), "no readable picture"),
    ],
)
def test_other_parquet_is_refused(tmp_path, content, sentence):
    with pytest.raises(InputError, match=sentence):
        open_images(write(tmp_path, {"a.parquet": content}))


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GCA_VIZ_MAX_UNPACKED_BYTES", "5000")
    with pytest.raises(InputError, match="GCA_VIZ_MAX_UNPACKED_BYTES"):
        open_images(write(tmp_path, {"a.parquet": parquet({"image": pictures(range(5))})}))


def test_a_column_of_texts_says_what_the_pictures_show(tmp_path):
    captions = [["a  cat\non a mat", "another"], ["x" * 2000], ["dog"]]
    content = parquet({"image": pictures(range(3)), "caption": captions})
    source = open_images(write(tmp_path, {"a.parquet": content}))
    assert source.report.facts["Columns"] == "image, caption"
    dataset, _ = source.load()
    assert dataset.texts[::2] == ("a cat on a mat", "dog") and len(dataset.texts[1]) == 1000
    for missing in (None, []):
        content = parquet({"image": pictures(range(3)), "caption": [*captions[:2], missing], "label": [0, 1, 0]})
        dataset, _ = open_images(write(tmp_path, {"a.parquet": content})).load()
        assert dataset.texts == ("0", "1", "0")  # one text is missing: the classes' names stand in
