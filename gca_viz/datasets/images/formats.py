"""The ways in which images come, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gca_viz.datasets.images.binary import find_cifar, find_idx, find_stl, refuse_pickles
from gca_viz.datasets.images.decode import SUFFIXES
from gca_viz.datasets.images.found import Found
from gca_viz.datasets.images.mat import find_svhn
from gca_viz.datasets.images.parquet import find_parquet
from gca_viz.datasets.images.pictures import find_pictures
from gca_viz.errors import InputError
from gca_viz.files.archive import ENDINGS
from gca_viz.files.folder import Files


@dataclass(frozen=True)
class Format:
    """A way in which images come.

    Attributes:
        name: what people call it.
        files: how its files are named.
        find: recognises it in files, or gives None.
        laid_out: whether ``find`` takes a layout as well.
    """

    name: str
    files: str
    find: Callable[..., Found | None]
    laid_out: bool = False


FORMATS = (
    Format("STL-10", "train_X.bin with train_y.bin, test_X.bin with test_y.bin", find_stl),
    Format(
        "CIFAR-10 and -100, binary version", "data_batch_1.bin … test_batch.bin, train.bin, test.bin", find_cifar
    ),
    Format("MNIST's format idx", "train-images-idx3-ubyte[.gz] with train-labels-idx1-ubyte[.gz]", find_idx),
    Format("SVHN, cropped digits", "train_32x32.mat", find_svhn),
    Format("Parquet", "a column of encoded pictures, as on Hugging Face", find_parquet),
    Format("pictures", f"image, class/image or domain/class/image, {' '.join(SUFFIXES)}", find_pictures, True),
)


def recognised(files: Files, layout: str | None = None) -> Found:
    """What the files are.

    Args:
        files: from a folder, an archive or an upload.
        layout: what the folders above pictures mean, where a user says so.

    Raises:
        InputError: nothing that is known, or something that may not or cannot be read.
    """
    for form in FORMATS:
        found = form.find(files, layout) if form.laid_out else form.find(files)
        if found is not None:
            if layout is not None and not form.laid_out:
                raise InputError(
                    f"layout = {layout!r}",
                    f"{files.what} was understood as {found.kind}, where nothing is left to say",
                    "Leave it out",
                    parameter="layout",
                )
            return found
    refuse_pickles(files)
    why_not = f" ({files.skipped[0][0]}: {files.skipped[0][1]})" if files.skipped else ""
    raise InputError(
        f"{files.what} with {files.endings()} that hold{'s' if len(files.sizes) == 1 else ''} no image{why_not}",
        f"images come as {'; '.join(f'{form.name} ({form.files})' for form in FORMATS)}",
        f"Bring one of these, in a folder or packed as {', '.join(ENDINGS)}",
    )
