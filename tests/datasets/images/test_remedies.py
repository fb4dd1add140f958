"""What a refusal says to do is done, and then it works."""

import gzip
import os
import pickle
import zipfile

import numpy as np
import pytest

from gca_viz.datasets.images import open_images
from gca_viz.errors import InputError
from tests.datasets.images.pictures import encoded, noise, write
from tests.datasets.images.test_archives import CLASSES, PNG, tarred, zipped
from tests.datasets.images.test_binary import CIFAR, GIGANTIC, cifar, idx, mat

IDX = idx(noise(1, 28, 2)[..., 0])
SVHN = mat(X=noise(1, 8, 2).transpose(1, 2, 3, 0), y=np.array([[1], [2]], np.uint8))


def in_zip(folder, files):
    folder.mkdir(parents=True)
    return zipped(folder / "a.zip", files)


def in_tar(folder, files):
    folder.mkdir(parents=True)
    return tarred(folder / "a.tar.gz", files)


def cut(pack):
    """The archive that ends early."""

    def packed(folder, files):
        path = pack(folder, files)
        path.write_bytes(path.read_bytes()[:-300])
        return path

    return packed


def seven(folder, files):
    return write(folder, {"a.7z": b"7z\xbc\xaf\x27\x1c" + bytes(99)}) / "a.7z"


@pytest.mark.parametrize(
    ("refused", "remedy", "mended"),
    [
        ((write, {"data_batch_1": pickle.dumps([1])}), "Bring the binary version", (write, CIFAR)),
        ((write, {"data_batch_1.bin": bytes(99)}), "Bring the binary version, complete", (write, CIFAR)),
        ((write, {"a.png": b"no"}), "Bring at least one that an image viewer can open", (write, {"a.png": PNG[0]})),
        ((write, {"a.heic": bytes(99)}), "Bring one of these", (write, {"a.png": PNG[0]})),
        (
            (in_zip, {"a.txt": b"x"}),
            "Bring one of these, in a folder or packed as .zip",
            (in_tar, {"a.png": PNG[0]}),
        ),
        ((cut(in_zip), CLASSES), "Pack or download it again", (in_zip, CLASSES)),
        ((cut(in_tar), CLASSES), "Pack or download it again", (in_tar, CLASSES)),
        ((seven, CLASSES), "Unpack it, and pack it as a zip", (in_zip, CLASSES)),
        ((in_zip, {"../a.png": PNG[0]}), "Pack the folder again", (in_zip, {"a.png": PNG[0]})),
        (
            (write, {"train-images-idx3-ubyte": GIGANTIC}),
            "Copy or download it again",
            (write, {"train-images-idx3-ubyte": IDX}),
        ),
        (
            (write, {"train-images-idx3-ubyte": b"\0\0\x0d\x03" + bytes(12)}),
            "Check that it is the file that its name says",
            (write, {"train-images-idx3-ubyte": gzip.compress(IDX)}),
        ),
        (
            (write, {"train_32x32.mat": SVHN[:-9]}),
            "Download it again, or save it with -v7",
            (write, {"train_32x32.mat": SVHN}),
        ),
        ((write, {"a.parquet": b"PAR1 PAR1"}), "Save or download it again", (write, {"a.png": PNG[0]})),
    ],
)
def test_what_is_said_is_done_and_works(tmp_path, refused, remedy, mended):
    (pack, files), (again, better) = refused, mended
    with pytest.raises(InputError, match=remedy):
        open_images(pack(tmp_path / "refused", files)).load()
    assert len(open_images(again(tmp_path / "mended", better)).load()[0]) > 0


@pytest.mark.parametrize(
    ("pack", "files", "limit", "least"),
    [
        (write, CLASSES, "MAX_ENTRIES", 2),
        (in_zip, CLASSES, "MAX_ENTRIES", 2),
        (in_tar, CLASSES, "MAX_ENTRIES", 1),
        (in_zip, CLASSES, "MAX_UNPACKED_BYTES", 100),
        (in_tar, CLASSES, "MAX_UNPACKED_BYTES", 100),
        (in_zip, CLASSES, "MAX_FILE_BYTES", 100),
        (write, CLASSES, "MAX_SAMPLES", 2),
        (write, CIFAR, "MAX_SAMPLES", 2),
        (in_zip, {"a.png": PNG[0], "b.bmp": encoded(np.zeros((4000, 4000, 3), np.uint8), "BMP")}, "MAX_GROWTH", 20),
        (in_tar, {"a.png": PNG[0], "b.bmp": encoded(np.zeros((4000, 4000, 3), np.uint8), "BMP")}, "MAX_GROWTH", 20),
    ],
)
def test_a_limit_that_is_raised_as_it_says_lets_it_pass(tmp_path, monkeypatch, pack, files, limit, least):
    path = pack(tmp_path / "a", files)
    monkeypatch.setenv(f"GCA_VIZ_{limit}", str(least))
    with pytest.raises(InputError, match=f"GCA_VIZ_{limit}") as caught:
        open_images(path).load()
    said = str(caught.value)
    value = said.partition(f"GCA_VIZ_{limit}=")[2].split(" ")[0] or str(10_000_000)  # "a larger one"
    monkeypatch.setenv(f"GCA_VIZ_{limit}", value)
    assert len(open_images(path).load()[0]) > 0


def test_encrypted_members_packed_again_without_a_password_are_read(tmp_path):
    path = zipped(tmp_path / "a.zip", CLASSES, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    _, report = open_images(path).load()
    assert report.skipped == (("cat/1.png", "encrypted: pack it again without a password"),)
    assert len(open_images(zipped(tmp_path / "a.zip", CLASSES)).load()[0]) == 3


def test_names_of_any_bytes_can_be_shown(tmp_path):
    """What is left out is listed by its name, which must be a text whatever the disk has."""
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    for name, content in ((b"a.png", PNG[0]), (b"b\xff.png", b"no")):
        with open(folder + b"/" + name, "wb") as file:
            file.write(content)
    write(tmp_path, {"tea/a.png": PNG[1], "tea/t.bin": cifar(noise(1, 32, 1), [1])})
    dataset, report = open_images(tmp_path).load()
    assert "caf\u00e9" in dataset.class_names and len(report.skipped) == 1
    assert "\n".join(map(str, report.skipped)).encode()
