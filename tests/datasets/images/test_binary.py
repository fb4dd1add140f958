import gzip
import io
import pickle
import struct
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
from scipy.io import savemat

from gca_viz.datasets.images import open_images
from gca_viz.errors import InputError
from tests.datasets.images.pictures import encoded, noise, write

TEN = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
LABELS = [3, 0, 9, 3]


def cifar(images, labels, coarse: bool = False) -> bytes:
    """One record per image: its label or labels, then all red, green and blue values row by row."""
    records = []
    for image, label in zip(images, labels, strict=True):
        planes = b"".join(image[..., channel].tobytes() for channel in range(3))
        records.append(bytes([label // 5, label] if coarse else [label]) + planes)
    return b"".join(records)


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


CIFAR = {
    "cifar-10-batches-bin/data_batch_1.bin": cifar(noise(1, 32, 4), LABELS),
    "cifar-10-batches-bin/data_batch_2.bin": cifar(noise(2, 32, 4), LABELS[::-1]),
    "cifar-10-batches-bin/test_batch.bin": cifar(noise(3, 32, 2), [5, 1]),
    "cifar-10-batches-bin/batches.meta.txt": "\n".join([*TEN, "", ""]).encode(),
    "cifar-10-batches-bin/readme.html": b"<p>",
}


def as_zip(folder, files):
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return folder / "a.zip"


def as_tar(folder, files):
    with tarfile.open(folder / "a.tar.gz", "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return folder / "a.tar.gz"


PACKED = pytest.mark.parametrize("pack", [write, as_zip, as_tar])


@PACKED
def test_cifar_10(tmp_path, pack):
    source = open_images(pack(tmp_path, CIFAR))
    assert source.report.kind == "CIFAR-10, binary version"
    assert source.report.facts["Images"] == "10" and source.report.facts["Held out"] == "2"
    assert source.report.facts["Classes"] == "10: airplane, automobile, bird, cat, deer, …"
    dataset, report = source.load()
    assert np.array_equal(dataset.images, np.concatenate([noise(1, 32, 4), noise(2, 32, 4), noise(3, 32, 2)]))
    assert dataset.labels.tolist() == [*LABELS, *LABELS[::-1], 5, 1]
    assert dataset.class_names == tuple(TEN)
    assert dataset.held_out.tolist() == [False] * 8 + [True] * 2
    assert dataset.names[:2] == ("cat (no. 0)", "airplane (no. 1)")
    assert report.facts["Classes"] == "10: cat 4, airplane 2, truck 2, automobile 1, dog 1, …"


def test_a_single_batch_takes_its_names_from_beside_and_is_held_out(tmp_path):
    folder = write(tmp_path, CIFAR) / "cifar-10-batches-bin"
    dataset, _ = open_images(folder / "data_batch_2.bin").load()
    assert np.array_equal(dataset.images, noise(2, 32, 4)) and dataset.class_names == tuple(TEN)
    assert dataset.held_out.all() and dataset.name == "data_batch_2"
    write(tmp_path / "other", {"any.bin": cifar(noise(0, 32, 1), [7])})
    dataset, _ = open_images(tmp_path / "other" / "any.bin").load()
    assert dataset.labels.tolist() == [7] and dataset.class_names == tuple("0123456789")


@PACKED
def test_cifar_100_has_fine_labels(tmp_path, pack):
    names = [f"class {k:02}" for k in range(100)]
    files = {
        "train.bin": cifar(noise(1, 32, 3), [99, 0, 42], coarse=True),
        "test.bin": cifar(noise(2, 32, 2), [7, 8], coarse=True),
        "fine_label_names.txt": "\n".join(names).encode(),
    }
    source = open_images(pack(tmp_path, files))
    assert source.report.kind == "CIFAR-100, binary version"
    dataset, _ = source.load()
    images = dict(zip(dataset.labels.tolist(), dataset.images, strict=True))
    assert all(np.array_equal(images[label], noise(1, 32, 3)[k]) for k, label in enumerate((99, 0, 42)))
    assert dataset.class_names == tuple(names)
    assert {label for label, held in zip(dataset.labels.tolist(), dataset.held_out, strict=True) if held} == {7, 8}


@pytest.mark.parametrize("content", [cifar(noise(1, 32, 2), [3, 1])[:-1], b""])
def test_cifar_of_a_wrong_length_is_refused(tmp_path, content):
    with pytest.raises(InputError, match="3,073 or 3,074 bytes per image"):
        open_images(write(tmp_path, {"test_batch.bin": content}))


def test_cifar_with_an_impossible_label_is_refused(tmp_path):
    source = open_images(write(tmp_path, {"test_batch.bin": cifar(noise(1, 32, 2), [3, 10])}))
    with pytest.raises(InputError, match="the label 10; its 10 classes are numbered 0 to 9"):
        source.load()


class Payload:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return type(self.marker).touch, (self.marker,)


@pytest.mark.parametrize(
    "name", ["data_batch_1", "cifar-10-batches-py/data_batch_1", "cifar-100-python/train", "c.pkl"]
)
@PACKED
def test_the_python_version_of_cifar_is_refused_and_never_opened(tmp_path, pack, name):
    marker = tmp_path / "ran"
    packed = pack(tmp_path, {name: pickle.dumps(Payload(marker))})
    with pytest.raises(InputError, match="never opened.*Bring the binary version"):
        open_images(packed)
    assert not marker.exists()


def mnist(kind: str, seed: int, labels, gz: bool = False, dot: str = "-") -> dict[str, bytes]:
    pack, end = (gzip.compress, ".gz") if gz else (bytes, "")
    return {
        f"{kind}-images{dot}idx3-ubyte{end}": pack(idx(noise(seed, 28, len(labels))[..., 0])),
        f"{kind}-labels{dot}idx1-ubyte{end}": pack(idx(np.array(labels, np.uint8))),
    }


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize("dot", "-.")
@PACKED
def test_idx(tmp_path, pack, gz, dot):
    files = mnist("train", 1, [5, 0, 4], gz, dot) | mnist("t10k", 2, [7, 2], gz, dot)
    source = open_images(pack(tmp_path, files))
    assert source.report.facts["Classes"].startswith("8: 0 1")
    dataset, _ = source.load()
    expected = {5: noise(1, 28, 3)[0], 4: noise(1, 28, 3)[2], 7: noise(2, 28, 2)[0]}
    found = dict(zip(dataset.labels.tolist(), dataset.images, strict=True))
    for label, image in expected.items():
        assert np.array_equal(found[label], np.repeat(image[..., :1], 3, -1))
    assert dict(zip(dataset.labels.tolist(), dataset.held_out.tolist(), strict=True)) == {
        5: False, 0: False, 4: False, 7: True, 2: True
    }  # fmt: skip
    assert dataset.image_size == (28, 28)


def test_an_idx_file_finds_its_labels_beside(tmp_path):
    write(tmp_path, mnist("train", 1, [5, 0, 4], gz=True) | mnist("t10k", 2, [7, 2]))
    dataset, _ = open_images(tmp_path / "train-images-idx3-ubyte.gz").load()
    assert dataset.labels.tolist() == [5, 0, 4] and dataset.held_out.all()
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    dataset, report = open_images(tmp_path / "t10k-images-idx3-ubyte").load()
    assert dataset.class_names == ("all",) and any("one class" in note for note in report.notes)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels-idx1-ubyte.gz"),
        ("train-images-idx3-ubyte", "train-labels.idx1-ubyte"),
        ("train-images-idx3-ubyte/train-images-idx3-ubyte", "train-labels-idx1-ubyte/train-labels-idx1-ubyte"),
        ("raw/emnist-letters-train-images-idx3-ubyte.gz", "raw/emnist-letters-train-labels-idx1-ubyte.gz"),
    ],
)
@pytest.mark.parametrize("gz", [(False, False), (True, True), (True, False)])
@PACKED
def test_idx_files_by_any_name_are_packed_if_they_are(tmp_path, pack, images, labels, gz):
    """Browsers unpack what they load and leave the name; others pack what has none."""
    one, two = (gzip.compress if packed else bytes for packed in gz)
    files = {images: one(idx(noise(1, 28, 3)[..., 0])), labels: two(idx(np.array([5, 0, 4], np.uint8)))}
    dataset, _ = open_images(pack(tmp_path / "m" if pack is write else tmp_path, files)).load()
    assert dataset.labels.tolist() == [5, 0, 4]
    assert np.array_equal(dataset.images[..., 1], noise(1, 28, 3)[..., 0])


def test_one_file_in_two_spellings_is_read_once(tmp_path):
    files = mnist("train", 1, [5, 0, 4]) | mnist("train", 1, [5, 0, 4], dot=".")
    assert len(open_images(write(tmp_path, files)).load()[0]) == 3


def test_another_side_resizes_arrays_too(tmp_path):
    dataset, _ = open_images(write(tmp_path, mnist("train", 1, [5, 0, 4])), side=14).load()
    assert dataset.images.shape == (3, 14, 14, 3)


GIGANTIC = struct.pack(">4B3I", 0, 0, 8, 3, 100_000, 320, 320)


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (b"\0\0\x0d\x03" + bytes(12), "starts with 2051"),
        (gzip.compress(b"nothing of the kind", mtime=0), "starts with 2051"),
        (b"\0\0", "ends early"),
        (GIGANTIC + bytes(100), "declares 10,240,000,016 bytes and has 116"),
        (struct.pack(">4B3I", 0, 0, 8, 3, 100, 32, 32) + bytes(100), "declares 102,416 bytes and has 116"),
        (struct.pack(">4B3I", 0, 0, 8, 3, 1, 10_000, 10_000), "declares 100,000,016 bytes and has 16"),
        (struct.pack(">4B3I", 0, 0, 8, 3, 40_000, 1, 0), "at least one pixel"),
        (struct.pack(">4B3I", 0, 0, 8, 3, 0, 28, 28), "without images"),
    ],
)
def test_an_idx_file_that_is_something_else_is_refused(tmp_path, images, sentence):
    with pytest.raises(InputError, match=sentence):
        open_images(write(tmp_path, {"train-images-idx3-ubyte": images}))


def test_a_gzipped_idx_file_that_declares_too_much_or_ends_early_is_refused(tmp_path):
    path = write(tmp_path, {"train-images-idx3-ubyte.gz": gzip.compress(GIGANTIC)}) / "train-images-idx3-ubyte.gz"
    with pytest.raises(InputError, match="at most 2,000 MB are read"):
        open_images(path)
    path.write_bytes(gzip.compress(struct.pack(">4B3I", 0, 0, 8, 3, 10_000, 100, 100)))
    with pytest.raises(InputError, match="times its packed size"):
        open_images(path)
    whole = gzip.compress(idx(noise(1, 28, 9)[..., 0]))
    for content in (whole[:-3000], gzip.compress(idx(noise(1, 28, 9)[..., 0])[:-1])):
        path.write_bytes(content)
        source = open_images(path)
        with pytest.raises(InputError):
            source.load()


def test_labels_of_other_images_are_refused(tmp_path):
    files = mnist("train", 1, [5, 0, 4]) | {"train-labels-idx1-ubyte": idx(np.zeros(4, np.uint8))}
    with pytest.raises(InputError, match="4 labels for 3 images"):
        open_images(write(tmp_path, files))


def mat(**arrays) -> bytes:
    compressed = arrays.pop("compressed", True)
    buffer = io.BytesIO()
    savemat(buffer, arrays, do_compression=compressed)
    return buffer.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
@PACKED
def test_svhn(tmp_path, pack, compressed):
    train, test = noise(1, 32, 3), noise(2, 32, 2)
    files = {
        f"{name}_32x32.mat": mat(
            X=images.transpose(1, 2, 3, 0), y=np.array(y, np.uint8)[:, None], compressed=compressed
        )
        for name, images, y in (("train", train, [1, 10, 9]), ("test", test, [10, 5]))
    }
    source = open_images(pack(tmp_path, files))
    assert source.report.facts["Images"] == "5" and source.report.facts["Pixels"] == "32 × 32"
    dataset, _ = source.load()
    order = dataset.held_out.argsort(kind="stable")
    assert np.array_equal(dataset.images[order], np.concatenate([train, test]))
    assert dataset.labels[order].tolist() == [1, 0, 9, 0, 5] and dataset.class_names == tuple("0123456789")


OBJECTS = np.empty(2, object)
OBJECTS[:] = [noise(0), "text"]
IMAGES = noise(1, 8, 2).transpose(1, 2, 3, 0)
Y = np.array([[1], [2]], np.uint8)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (mat(X=OBJECTS, y=Y), "X: cell .*arrays of objects are never opened"),
        (mat(X=IMAGES, y=OBJECTS), "y: cell .*arrays of objects are never opened"),
        (mat(X=IMAGES.astype(float), y=Y), "X: double"),
        (mat(X=IMAGES, y=Y[:1]), r"y: uint8 \(1, 1\)"),
        (mat(z=Y), "SVHN has X"),
        (mat(X=IMAGES, y=Y)[:-20], "a complete MATLAB file of version 5 to 7 is needed|SVHN has X"),
        (b"MATLAB 7.3 MAT-file" + bytes(200), "a complete MATLAB file of version 5 to 7 is needed"),
        (b"", "a complete MATLAB file of version 5 to 7 is needed"),
    ],
)
def test_other_mat_files_are_refused(tmp_path, content, sentence):
    path = write(tmp_path, {"train_32x32.mat": content}) / "train_32x32.mat"
    with pytest.raises(InputError, match=sentence):
        open_images(path).load()


def test_a_digit_that_is_none_is_refused(tmp_path):
    source = open_images(write(tmp_path, {"train_32x32.mat": mat(X=IMAGES, y=Y * 20)}))
    with pytest.raises(InputError, match="the label 20"):
        source.load()


def test_of_a_mat_file_no_more_is_unpacked_than_its_arrays_have(tmp_path):
    header, x, y = (
        mat(X=IMAGES, compressed=False)[:128],
        *(mat(**array, compressed=False)[128:] for array in ({"X": IMAGES}, {"y": Y})),
    )
    bomb = zlib.compress(x + bytes(50_000_000), 9)
    path = write(tmp_path, {"train_32x32.mat": header + struct.pack("<2I", 15, len(bomb)) + bomb + y})
    dataset, _ = open_images(path).load()
    assert np.array_equal(dataset.images, noise(1, 8, 2))


def test_a_bomb_in_a_mat_file_is_refused(tmp_path):
    zeros = mat(X=np.zeros((32, 32, 3, 6000), np.uint8), y=np.ones((6000, 1), np.uint8))
    with pytest.raises(InputError, match="times its packed size"):
        open_images(write(tmp_path, {"train_32x32.mat": zeros}))


def test_labels_of_double_precision(tmp_path):
    write(tmp_path, {"train_32x32.mat": mat(X=IMAGES, y=Y.astype(float))})
    assert open_images(tmp_path).load()[0].labels.tolist() == [1, 2]


def stl(images) -> bytes:
    """All red values column by column, then green, then blue."""
    return b"".join(image[..., channel].T.tobytes() for image in images for channel in range(3))


@PACKED
def test_stl_10(tmp_path, pack):
    names = ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"]
    files = {
        "stl10_binary/train_X.bin": stl(noise(1, 96, 3)),
        "stl10_binary/train_y.bin": bytes([1, 10, 2]),
        "stl10_binary/test_X.bin": stl(noise(2, 96, 2)),
        "stl10_binary/test_y.bin": bytes([4, 4]),
        "stl10_binary/unlabeled_X.bin": stl(noise(3, 96, 1)),
        "stl10_binary/class_names.txt": "\n".join(names).encode(),
    }
    source = open_images(pack(tmp_path, files))
    assert source.report.facts["Images"] == "5" and any("unlabeled" in note for note in source.report.notes)
    dataset, _ = source.load()
    order = dataset.held_out.argsort(kind="stable")
    assert np.array_equal(dataset.images[order], np.concatenate([noise(1, 96, 3), noise(2, 96, 2)]))
    assert dataset.labels[order].tolist() == [0, 9, 1, 3, 3] and dataset.class_names == tuple(names)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"train_X.bin": stl(noise(1, 96, 1))}, "without train_y.bin"),
        ({"train_X.bin": stl(noise(1, 96, 1))[:-1], "train_y.bin": b"\1"}, "27,648 bytes per image"),
        ({"train_X.bin": stl(noise(1, 96, 2)), "train_y.bin": b"\1"}, "train_y.bin, which ends early"),
        ({"train_X.bin": stl(noise(1, 96, 1)), "train_y.bin": b"\0"}, "train_y.bin with the label -1"),
    ],
)
def test_stl_10_that_does_not_fit_is_refused(tmp_path, files, sentence):
    with pytest.raises(InputError, match=sentence):
        open_images(write(tmp_path, files))


def test_other_binary_files_among_pictures_do_not_matter(tmp_path):
    files = {"cat/1.png": encoded(noise(0)), "weights.bin": b"x", "labels.mat": b"x"}
    assert len(open_images(write(tmp_path, files)).load()[0]) == 1
