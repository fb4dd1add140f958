"""A file is there whole or not at all."""

import os

import pytest

from gca_viz.files import atomic


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("ended_by", [KeyboardInterrupt, SystemExit, OSError, ValueError])
def test_whatever_ends_the_writing_leaves_what_was_there_and_nothing_else(tmp_path, ended_by):
    (tmp_path / "old.csv").write_text("before")
    with pytest.raises(ended_by), atomic.written(tmp_path / "old.csv", tmp_path / "new.csv") as parts:
        for part in parts:
            part.write_text("half")
        raise ended_by
    assert names(tmp_path) == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "before"


def test_files_of_one_call_appear_together(tmp_path):
    with atomic.written(tmp_path / "a.json", tmp_path / "a.safetensors") as (card, weights):
        card.write_text("card")
        weights.write_text("weights")
        assert not {"a.json", "a.safetensors"} & set(names(tmp_path))
    assert names(tmp_path) == ["a.json", "a.safetensors"]
    (tmp_path / "b.safetensors").mkdir()  # nothing can take the place of a folder
    with pytest.raises(OSError), atomic.written(tmp_path / "b.json", tmp_path / "b.safetensors") as parts:
        for part in parts:
            part.write_text("x")
    assert names(tmp_path) == ["a.json", "a.safetensors", "b.safetensors"]


def test_a_link_stays_one_and_the_longest_name_can_be_written(tmp_path):
    longest = tmp_path / f"{'n' * 250}.csv"
    atomic.write(longest, "ε")
    assert longest.read_bytes() == "ε".encode()
    (tmp_path / "latest.csv").symlink_to(longest)
    atomic.write(tmp_path / "latest.csv", b"newer")
    assert (tmp_path / "latest.csv").is_symlink()
    assert longest.read_bytes() == b"newer"
    assert len(os.listdir(tmp_path)) == 2
