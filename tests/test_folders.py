import os

import pytest

from gca_viz.errors import InputError
from gca_viz.folders import VARIABLE, allowed_path


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
