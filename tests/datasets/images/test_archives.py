import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib

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


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
)
@pytest.mark.parametrize("size", [3_000_000, 3_000_000_000, 2**34 + 7])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_long_header_in_a_tar_is_not_read(tmp_path, kind, size, pack):
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, size
    path = tmp_path / "a.tar.gz"
    path.write_bytes(pack(header.tobuf(tarfile.GNU_FORMAT) + bytes(4_000_000)))
    with pytest.raises(InputError, match=f"a header that claims {size:,} bytes"):
        open_images(path)


def test_long_names_in_a_tar_are_names(tmp_path):
    name = f"{'deep/' * 40}{'n' * 200}/a.png"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with tarfile.open(tmp_path / "a.tar", "w", format=form) as archive:
            for k, path in enumerate((name, name.replace("n/", "m/"))):
                member = tarfile.TarInfo(path)
                member.size = len(PNG[k])
                archive.addfile(member, io.BytesIO(PNG[k]))
        assert len(open_images(tmp_path / "a.tar").load()[0].class_names) == 2


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize(
    "name", ["a.tar", "a.tgz", "a.tar.bz2", "a.tbz2", "a.txz", "a.tar.xz", "a.zip", "a", "a.download"]
)
def test_an_archive_is_known_by_what_it_holds(tmp_path, mode, name):
    dataset, _ = open_images(tarred(tmp_path / name, CLASSES, mode)).load()
    assert dataset.class_names == ("cat", "dog") and dataset.name == "a"


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a"])
def test_so_is_a_zip(tmp_path, name):
    assert open_images(zipped(tmp_path / name, CLASSES)).load()[0].class_names == ("cat", "dog")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_packed_tar_grows_no_further_than_it_may(tmp_path, mode):
    path = tarred(tmp_path / "a.tar.gz", {"cat/bomb.png": bytes(60_000_000)}, mode)
    with pytest.raises(InputError, match="at most 200 times its packed size"):
        open_images(path)


def test_xz_that_asks_for_more_memory_than_there_is_is_refused(tmp_path):
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**30}]
    plain = tarred(tmp_path / "a.tar", CLASSES, "w").read_bytes()
    path = tmp_path / "a.tar.xz"
    path.write_bytes(lzma.compress(plain, filters=filters))
    with pytest.raises(InputError, match="a.tar.xz"):
        open_images(path)


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07\x01\0", "RAR"), (b"\x28\xb5\x2f\xfd", "Zstandard")],
)
def test_an_archive_of_another_kind_is_named(tmp_path, start, kind):
    (tmp_path / "pictures").write_bytes(start + bytes(100))
    with pytest.raises(InputError, match=f"a {kind} archive; zip and tar archives are read. Unpack it, and pack"):
        open_images(tmp_path / "pictures")


class Raw(zipfile.ZipInfo):
    """A member whose name is written as bytes, without the flag that says that it is UTF-8."""

    def _encodeFilenameFlags(self):
        return self.raw, self.flag_bits & ~0x800


def zip_of_names(path, *names: bytes, extra: bytes = b""):
    with zipfile.ZipFile(path, "w") as archive:
        for k, name in enumerate(names):
            member = Raw(f"{k}/x.png")
            member.raw, member.extra = name + b"/x.png", extra
            archive.writestr(member, PNG[k % 4])
    return path


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (["caf\u00e9".encode(), "\u732b".encode()], {"caf\u00e9", "\u732b"}),
        (["cafe\u0301".encode(), "caf\u00e9".encode(), b"tea"], {"caf\u00e9", "tea"}),
        (
            ["caf\u00e9".encode("cp437"), "M\u00f6bel".encode("cp437"), "b\u00f6se".encode("cp437")],
            {"caf\u00e9", "M\u00f6bel", "b\u00f6se"},
        ),
        (["caf\u00e9".encode("cp1252"), "M\u00f6bel".encode("cp1252")], {"caf\u00e9", "M\u00f6bel"}),
        (
            ["\u732b".encode("cp932"), "\u72ac\u3068\u732b".encode("cp932"), "\u30c6\u30b9\u30c8".encode("cp932")],
            {"\u732b", "\u72ac\u3068\u732b", "\u30c6\u30b9\u30c8"},
        ),
        ([b"cat.\\", b"cat \\.", b"dog"], {"cat", "dog"}),
    ],
)
def test_names_in_a_zip_that_does_not_say_how_they_are_written(tmp_path, raw, names):
    dataset, _ = open_images(zip_of_names(tmp_path / "a.zip", *raw)).load()
    assert set(dataset.class_names) == names and len(dataset) == len(raw)


def test_the_unicode_name_beside_a_zip_name_is_taken_if_it_belongs_to_it(tmp_path):
    raw, name = b"x/x.png", "\u732b/x.png".encode()
    for checksum, wanted in ((zlib.crc32(raw), "\u732b"), (1, "x")):
        field = struct.pack("<BI", 1, checksum) + name
        extra = struct.pack("<HH", 0x7075, len(field)) + field
        path = zip_of_names(tmp_path / "a.zip", b"x", extra=extra)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("y/y.png", PNG[1])
        assert set(open_images(path).load()[0].class_names) == {wanted, "y"}


def test_what_a_zip_member_unpacks_to_beyond_its_size_is_never_made(tmp_path):
    import tracemalloc

    path = zipped(tmp_path / "a.zip", {"train.parquet": bytes(300_000_000), "b.txt": b"x"})
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", 300_000_000), struct.pack("<I", 1_000)))
    tracemalloc.start()
    with pytest.raises(InputError):
        open_images(path)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_packed_in_an_unusual_way_are_left_out_with_what_to_do(tmp_path, method):
    path = zipped(tmp_path / "a.zip", CLASSES)
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("owl/1.png", PNG[3])
    dataset, report = open_images(path).load()
    assert len(dataset) == 3 and report.skipped == (
        ("owl/1.png", "packed in an unusual way: pack it again as an ordinary zip"),
    )


def test_many_files_of_one_name_are_told_apart_quickly():
    from gca_viz.files.folder import numbered

    names = numbered(["a.png", "a (2).png", *["a.png"] * 30_000])
    assert len(set(names)) == 30_002 and names[:3] == ["a.png", "a (2).png", "a (3).png"]


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
