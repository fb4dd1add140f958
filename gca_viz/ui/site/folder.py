"""The folder of a static edition: its pages, and one that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from gca_viz.errors import InputError
from gca_viz.files import atomic
from gca_viz.ui.site.document import document

INDEX = "index.html"


@dataclass(frozen=True)
class Page:
    """A page of the folder.

    Attributes:
        name: of its file.
        title: what the list calls it.
        about: what the list says of it, HTML.
        html: the file.
    """

    name: str
    title: str
    about: str
    html: str


def write(folder: Path, pages: Sequence[Page]) -> list[Path]:
    """Write the pages and the list of them; other files of the folder stay as they are.

    Args:
        folder: made if it is not there.
        pages: in the order of the list.

    Returns:
        list[Path]: the files, the list first.

    Raises:
        InputError: a folder that cannot be written to.
    """
    contents = {INDEX: _index(pages)} | {page.name: page.html for page in pages}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, html in contents.items():
            atomic.write(folder / name, html)
    except OSError as error:
        raise InputError(
            f"the folder {folder}, which cannot be written to ({error.strerror})",
            "the pages go into a folder that is there or can be made",
            "Name another",
        ) from error
    return [folder / name for name in contents]


def _index(pages: Sequence[Page]) -> str:
    listed = "".join(
        f'<li><a href="{escape(page.name)}">{escape(page.title)}</a><p class="quiet">{page.about}</p></li>'
        for page in pages
    )
    return document(
        "gca-viz",
        f"""<h1>Contrastive learning as distribution alignment</h1>
<p>Each page is one file that needs no server and no network; its numbers are computed by the browser that shows
it.</p>
<ul>{listed}</ul>""",
    )
