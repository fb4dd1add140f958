"""The tab for images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from gca_viz.datasets import DataReport, Dataset
from gca_viz.datasets.images import ImageSource, open_images, open_uploads
from gca_viz.ui.bring.camera import camera
from gca_viz.ui.bring.reading import forget_read, placed, read_once, server_path, uploader
from gca_viz.ui.bring.using import use_button
from gca_viz.ui.own import own
from gca_viz.ui.panels.understood import understood
from gca_viz.ui.progress import progress_bar

_PICTURES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")
_OTHERS = ("zip", "gz", "tar", "bin", "mat", "parquet", "idx", "ubyte")
_KIND = "images"


def images() -> None:
    """Draw the tab."""
    st.markdown(
        "A folder of images as a zip (`class/image` or `domain/class/image`, or flat), a benchmark's own files "
        "(CIFAR binary, MNIST idx, SVHN `.mat`, STL-10 binary, Parquet), or a handful of pictures. Two pictures "
        "named `x_a.png` and `x_b.png` become the two views of one sample."
    )
    files = uploader("Images or an archive", _KIND, (*_PICTURES, *_OTHERS))
    if not files:
        _discard()
    source = read_once(_KIND, files, lambda: _opened(files))
    path = server_path(_KIND)
    if source is None and path is not None:
        source = read_once("images-path", [path], lambda: open_images(path))
    if source is not None:
        understood(source.report)
        use_button("Read and use these images", "use-images", lambda: _loaded(source))
    camera()


def _opened(files: Sequence) -> ImageSource:
    if all(Path(file.name).suffix.lower().lstrip(".") in _PICTURES for file in files):
        return open_uploads([(file.name, file.getvalue()) for file in files])
    own().discard(_KIND)  # of an upload before
    folder = own().folder / _KIND
    folder.mkdir()
    paths = placed(files, folder)
    return open_images(paths[0] if len(paths) == 1 else folder, name=paths[0].stem)


def _loaded(source: ImageSource) -> tuple[Dataset, DataReport]:
    found = source.load(progress=progress_bar(st.empty(), after=0.3))
    _discard()  # its images are in memory now
    return found


def _discard() -> None:
    own().discard(_KIND)
    forget_read(_KIND)
