import gzip
import io
import stat
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from gca_viz.datasets.images import open_images
from gca_viz.errors import InputError
from tests.datasets.images.pictures import encoded, noise, write

PNG = [encoded(noise(k)) for k in range(4)]
CLASSES = {"cat/1.png": PNG[0], "cat/2.png": PNG[1], "dog/1.png": PNG[2]}


def zipped(path, files: dict[str, bytes], method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path, files: dict[str, bytes], mode: str = "w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.zip", zipped),
        ("a.tar", lambda path, files: tarred(path, files, "w")),
        ("a.tar.gz", tarred),
        ("a.tgz", tarred),
    ],
)
@pytest.mark.parametrize("top", ["", "mine/", "./mine/"])
def test_an_archive_is_its_folder(tmp_path, name, pack, top):
    folder, _ = open_images(write(tmp_path / "folder", CLASSES)).load()
    litter = {f"{top}.DS_Store": b"x", f"__MACOSX/{top}cat/._1.png": b"x"}
    path = pack(tmp_path / name, {f"{top}{inner}": content for inner, content in CLASSES.items()} | litter)
    before = path.read_bytes()
    source = open_images(path)
    assert source.report.kind == "pictures: class/image" and not source.report.skipped
    dataset, _ = source.load()
    assert dataset.content_id == folder.content_id and dataset.name == "a"
    assert dataset.class_names == ("cat", "dog") and dataset.names == folder.names
    assert path.read_bytes() == before and {p.name for p in tmp_path.iterdir()} == {"folder", name}


def test_three_levels_in_a_zip_keep_their_domains(tmp_path):
    files = {f"PACS/{domain}/dog/{k}.png": PNG[k] for domain in ("photo", "sketch") for k in range(2)}
    assert open_images(zipped(tmp_path / "a.zip", files)).load()[0].domain_names == ("photo", "sketch")


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "C:\\evil.png", "..\\evil.png"]
)
def test_a_member_that_leads_outside_is_refused(tmp_path, name):
    for path in (
        zipped(tmp_path / "a.zip", CLASSES | {name: PNG[3]}),
        tarred(tmp_path / "a.tar.gz", {name: PNG[3]}),
    ):
        with pytest.raises(InputError, match="paths in an archive must stay inside it"):
            open_images(path)


def test_a_link_in_an_archive_is_refused(tmp_path):
    link = zipfile.ZipInfo("cat/link.png")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("cat/1.png", PNG[0])
        archive.writestr(link, "/etc/passwd")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        with tarfile.open(tmp_path / "a.tar", "w") as archive:
            member = tarfile.TarInfo("cat/link.png")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        for name in ("a.zip", "a.tar"):
            with pytest.raises(InputError, match="link 'cat/link.png'; an archive may hold files and folders only"):
                open_images(tmp_path / name)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    zeros = bytes(20_000_000)
    for path in (
        zipped(tmp_path / "a.zip", CLASSES | {"cat/bomb.png": zeros}),
        tarred(tmp_path / "a.tar.gz", {"cat/bomb.png": zeros}),
    ):
        with pytest.raises(InputError, match="at most 200 times its packed size"):
            open_images(path)


def test_all_members_together_are_limited(tmp_path, monkeypatch):
    monkeypatch.setenv("GCA_VIZ_MAX_UNPACKED_BYTES", "5000")
    for path in (zipped(tmp_path / "a.zip", CLASSES), tarred(tmp_path / "a.tar.gz", CLASSES)):
        with pytest.raises(InputError, match="GCA_VIZ_MAX_UNPACKED_BYTES"):
            open_images(path)
    monkeypatch.delenv("GCA_VIZ_MAX_UNPACKED_BYTES")
    monkeypatch.setenv("GCA_VIZ_MAX_ENTRIES", "2")
    for name in ("a.zip", "a.tar.gz"):
        with pytest.raises(InputError, match="at most 2 files"):
            open_images(tmp_path / name)


def test_a_directory_of_millions_of_members_is_not_even_listed(tmp_path, monkeypatch):
    path = zipped(tmp_path / "a.zip", {f"{k:0200}.png": b"" for k in range(50)})
    monkeypatch.setenv("GCA_VIZ_MAX_ENTRIES", "10")
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(InputError, match="at most 10 files"):
        open_images(path)


def test_a_member_that_lies_about_its_size_is_left_out(tmp_path):
    """The directory says 1,000 bytes, the data unpack to 5 MB: no more than 1,000 are read."""
    path = zipped(tmp_path / "a.zip", {"cat/1.png": PNG[0], "cat/lie.png": bytes(5_000_000), "dog/1.png": PNG[1]})
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 1_000)))
    dataset, report = open_images(path).load()
    assert len(dataset) == 2
    assert [name for name, _ in report.skipped] == ["cat/lie.png"]


def test_a_long_header_in_a_tar_is_no_way_around_the_limits(tmp_path):
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 3_000_000_000
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(1_000_000)))
    with pytest.raises(InputError, match="at most 2,000 MB are read"):
        open_images(path)


def test_encrypted_members_are_left_out_with_a_reason(tmp_path):
    path = zipped(tmp_path / "a.zip", CLASSES, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")  # the first entry of the directory
    content[at + 8] |= 1
    path.write_bytes(content)
    dataset, report = open_images(path).load()
    assert len(dataset) == 2
    assert report.skipped == (("cat/1.png", "encrypted: pack it again without a password"),)
    content[content.find(b"PK\x01\x02", at + 1) + 8] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="encrypted"):
        open_images(path)


def test_a_damaged_member_is_left_out(tmp_path):
    path = zipped(tmp_path / "a.zip", CLASSES, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.find(PNG[1]) + 1000] ^= 255
    path.write_bytes(content)
    dataset, report = open_images(path).load()
    assert len(dataset) == 2 and [name for name, _ in report.skipped] == ["cat/2.png"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_a_damaged_archive_is_refused(tmp_path, name):
    whole = (
        zipped if name.endswith("zip") else lambda path, files: tarred(path, files, "w:gz" if "gz" in name else "w")
    )
    path = whole(tmp_path / name, CLASSES)
    for content in (path.read_bytes()[: path.stat().st_size // 2], b"nonsense" * 100, b""):
        path.write_bytes(content)
        with pytest.raises(InputError):
            open_images(path)


def test_an_archive_without_images_says_what_it_holds(tmp_path):
    with pytest.raises(InputError) as caught:
        open_images(zipped(tmp_path / "a.zip", {"a.txt": b"x", "b.txt": b"x", "README": b"x", "c.csv": b"x"}))
    text = str(caught.value)
    assert "a.zip with 2 .txt, 1 without an ending, 1 .csv that hold no image" in text
    for known in ("CIFAR-10", "idx", "SVHN", "STL-10", "Parquet", "domain/class/image", ".zip, .tar"):
        assert known in text


def test_pictures_of_an_archive_are_the_same_pixels(tmp_path):
    dataset, _ = open_images(zipped(tmp_path / "a.zip", CLASSES)).load()
    assert np.array_equal(dataset.images, [noise(0), noise(1), noise(2)])
