import pytest

from gca_viz.datasets.images import open_images, open_uploads
from gca_viz.errors import InputError
from tests.datasets.images.pictures import encoded, noise, write


class Cancelled(Exception):
    pass


FILES = {f"{kind}/{k}.png": encoded(noise(10 * i + k)) for i, kind in enumerate(("cat", "dog")) for k in range(5)}


def test_progress_is_told_and_can_stop(tmp_path):
    source = open_images(write(tmp_path, FILES))
    told = []
    source.load(progress=lambda share, what: told.append((share, what)))
    assert len(told) == 10 and told[-1] == (1.0, "dog/4.png")
    assert [share for share, _ in told] == sorted(share for share, _ in told)

    def stop(share, what):
        told.append(share)
        if share >= 0.3:
            raise Cancelled

    told.clear()
    with pytest.raises(Cancelled):
        source.load(progress=stop)
    assert len(told) == 3


def test_reading_twice_gives_the_same_and_leaves_the_files_alone(tmp_path):
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in write(tmp_path, FILES).rglob("*.png")}
    (first, report), (second, again) = open_images(tmp_path).load(), open_images(tmp_path).load()
    assert first.content_id == second.content_id and report == again
    assert before == {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.rglob("*.png")}


def test_the_content_id_follows_pixels_and_classes(tmp_path):
    ids = {open_images(write(tmp_path / "a", FILES)).load()[0].content_id}
    ids.add(open_images(write(tmp_path / "b", FILES | {"dog/4.png": encoded(noise(99))})).load()[0].content_id)
    moved = {("dog/0.png" if name == "cat/0.png" else name): content for name, content in FILES.items()}
    ids.add(open_images(write(tmp_path / "c", moved)).load()[0].content_id)
    ids.add(open_images(tmp_path / "a", side=16).load()[0].content_id)
    assert len(ids) == 4


def test_a_changed_folder_is_told(tmp_path):
    source = open_images(write(tmp_path, FILES))
    (tmp_path / "cat" / "0.png").unlink()
    dataset, report = source.load()
    assert len(dataset) == 9 and report.skipped == (("cat/0.png", "No such file or directory"),)
    write(tmp_path / "b", {"test_batch.bin": bytes(3073)})
    source = open_images(tmp_path / "b")
    (tmp_path / "b" / "test_batch.bin").unlink()
    with pytest.raises(InputError, match="complete files are needed") as caught:
        source.load()
    assert str(tmp_path) not in str(caught.value)


def test_what_is_not_there_or_unknown_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file or folder"):
        open_images(tmp_path / "absent")
    with pytest.raises(InputError, match="notes.docx with 1 .docx that holds no image; images come as STL-10"):
        open_images(write(tmp_path, {"notes.docx": b"PK"}) / "notes.docx")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty with no file that hold no image"):
        open_images(tmp_path / "empty")


def test_files_above_the_limit_are_not_read(tmp_path, monkeypatch):
    write(tmp_path, FILES)
    large = encoded(noise(0, 200))
    write(tmp_path, {"cat/large.png": large})
    monkeypatch.setenv("GCA_VIZ_MAX_FILE_BYTES", "10000")
    assert open_images(tmp_path).report.skipped[0][0] == "cat/large.png"
    with pytest.raises(InputError, match="GCA_VIZ_MAX_FILE_BYTES"):
        open_images(tmp_path / "cat" / "large.png")
    with pytest.raises(InputError, match="GCA_VIZ_MAX_FILE_BYTES"):
        open_uploads([("large.png", large)])
