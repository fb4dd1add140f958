"""The tab for images."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gca_viz.datasets import DataReport, Dataset
from gca_viz.datasets.images import ImageSource, open_images, open_uploads
from gca_viz.datasets.images.bare import looks_like_picture
from gca_viz.ui.pages.bring.camera import camera
from gca_viz.ui.pages.bring.understood import understood
from gca_viz.ui.pages.bring.using import use_button
from gca_viz.ui.parts.reading import forget_read, placed, read_once, server_path, uploader
from gca_viz.ui.session.progress import progress_bar
from gca_viz.ui.session.uploads import session_uploads

_KIND, _ON_SERVER = "images", "images-path"
_START = 32  # bytes that tell a picture
_READINGS = MappingProxyType(
    {"-": "no classes", "name": "classes in the names of files", "list": "classes in a list beside"}
)


def images() -> None:
    """Draw the tab."""
    st.markdown(
        "A folder of images as a zip or tar (`class/image`, `domain/class/image`, or flat; folders such as *train* "
        "and *images* are understood), a benchmark's own files (CIFAR binary, MNIST idx, SVHN `.mat`, STL-10 "
        "binary, Parquet), or a handful of pictures. Two pictures named `x_a.png` and `x_b.png` become the two "
        "views of one sample."
    )
    files = uploader("Images or an archive", _KIND)
    if not files:
        _discard()
    kind, given = _KIND, list[object](files)
    source = read_once(_KIND, files, lambda: _opened(files, _layout(_KIND, files)), _layout(_KIND, files))
    path = server_path(_KIND)
    if source is None and path is not None:
        kind, given = _ON_SERVER, [path]
        layout = _layout(kind, given)
        changed = path.stat().st_mtime_ns  # what was refused may be mended
        source = read_once(kind, given, lambda: open_images(path, layout=layout), layout, changed)
    if source is not None:
        understood(source.report)
        _ask(kind, given, source)
        use_button("Read and use these images", "use-images", lambda: _loaded(source))
    camera()


def _ask(kind: str, given: Sequence[object], source: ImageSource) -> None:
    """Let the user say what the folders mean, where they may mean several things."""
    if source.layouts:
        st.selectbox(
            "Folders above a picture, read as",
            source.layouts,
            format_func=lambda layout: _READINGS.get(layout, layout.replace("/", " / ")),
            key=_key(kind, given),
            help="Outermost first. A folder that is read as - means nothing; splits and *images* are gone already.",
        )


def _layout(kind: str, given: Sequence[object]) -> str | None:
    """What the user said that the folders of these files mean; None before."""
    return st.session_state.get(_key(kind, given))


def _key(kind: str, given: Sequence[object]) -> str:
    return f"bring-layout-{kind}-{hash(tuple(getattr(file, 'file_id', file) for file in given))}"


def _opened(files: Sequence[UploadedFile], layout: str | None) -> ImageSource:
    if all(looks_like_picture(file.getvalue()[:_START]) for file in files):
        return open_uploads([(file.name, file.getvalue()) for file in files], layout=layout)
    session_uploads().discard(_KIND)  # of an upload before
    folder = session_uploads().folder / _KIND
    folder.mkdir()
    paths = placed(files, folder)
    return open_images(paths[0] if len(paths) == 1 else folder, name=paths[0].stem, layout=layout)


def _loaded(source: ImageSource) -> tuple[Dataset, DataReport]:
    found = source.load(progress=progress_bar(st.empty(), after=0.3))
    _discard()  # its images are in memory now
    return found


def _discard() -> None:
    session_uploads().discard(_KIND)
    forget_read(_KIND)
