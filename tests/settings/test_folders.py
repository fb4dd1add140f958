import os

import pytest

from gca_viz.errors import InputError
from gca_viz.settings.folders import VARIABLE, allowed_folders, allowed_path
from gca_viz.settings.server import FOLDERS


def test_no_folder_is_open_by_default(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(InputError, match=f"Start the app with {VARIABLE}"):
        allowed_path(str(tmp_path))


def test_paths_below_an_opened_folder_may_be_read_and_no_others(monkeypatch, tmp_path):
    inside, outside = tmp_path / "open" / "images", tmp_path / "secret"
    inside.mkdir(parents=True)
    outside.mkdir()
    monkeypatch.setenv(VARIABLE, os.pathsep.join([str(tmp_path / "elsewhere"), str(tmp_path / "open")]))
    assert allowed_path(f" {inside} ") == inside
    (inside / "link").symlink_to(outside)
    for path in (outside, inside / ".." / ".." / "secret", inside / "link", tmp_path / "open-not"):
        with pytest.raises(InputError, match="may be read"):
            allowed_path(str(path))
    with pytest.raises(InputError, match="must exist"):
        allowed_path(str(inside / "absent"))


@pytest.mark.parametrize(
    "text", ["~nobody-of-this-name/x", "\0", "/a\0b", "x" * 5000, "/" + "y" * 300, "/a/" * 3000, "loop", "loop/x"]
)
def test_what_no_path_is_written_like_is_refused(monkeypatch, tmp_path, text):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(InputError) as caught:
        allowed_path(text.replace("loop", str(tmp_path / "loop")))
    assert caught.value.parameter == "path" and len(str(caught.value)) < 600 and "\0" not in str(caught.value)


@pytest.mark.parametrize("text", ["~nobody-of-this-name", "x" * 5000, "loop", "/" + "y" * 300])
def test_what_no_folder_is_written_like_opens_none_and_is_told(monkeypatch, tmp_path, text):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    monkeypatch.setenv(VARIABLE, text.replace("loop", str(tmp_path / "loop")))
    assert allowed_folders() == () and VARIABLE in FOLDERS.problem
    with pytest.raises(InputError, match=f"Start the app with {VARIABLE}"):
        allowed_path(str(tmp_path))


def test_what_may_not_be_read_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="who may read it"):
        allowed_path(str(tmp_path))
