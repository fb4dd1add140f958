"""Files of links are read as people write them, and told where they cannot be."""

import pytest

from gca_viz.errors import InputError
from gca_viz.ui.hall.warming import Link, links_of, open_links


def written(tmp_path, text):
    path = tmp_path / "links.txt"
    path.write_text(text, "utf-8")
    return path


def test_links_are_whole_addresses_paths_and_queries_each_once(tmp_path):
    path = written(
        tmp_path,
        "# a\n\nhttps://viz.example.org/hall/learn?lesson=2\n/geometry?n=64\n?eps=0.2\n/\n  /geometry?n=64 \n",
    )
    assert links_of(path) == (
        Link("learn", "lesson=2"),
        Link("geometry", "n=64"),
        Link("", "eps=0.2"),
        Link("", ""),
    )
    assert [str(link) for link in links_of(path)] == ["/learn?lesson=2", "/geometry?n=64", "/?eps=0.2", "/"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "eps=0.2\n", "/\n" * 1500, "javascript:alert(1)\n"])
def test_what_is_no_list_of_links_is_told(tmp_path, text):
    with pytest.raises(InputError) as told:
        links_of(written(tmp_path, text))
    assert "link" in str(told.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            links_of(path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        links_of(tmp_path / "binary")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:9/viz/", "nonsense"])
def test_where_nobody_serves_is_told(url):
    with pytest.raises(InputError, match="the app must answer there"):
        next(open_links(url, [Link("", "")], patience=5))
