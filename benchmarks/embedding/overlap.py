"""From files to images, and from images to both embeddings: with the work side by side, and one after the other."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image

from benchmarks.transport.clock import interleaved
from benchmarks.transport.table import Table
from gca_viz.datasets import Selection, load_dataset, pick
from gca_viz.datasets.images import open_images
from gca_viz.embedding.embedding import embed
from gca_viz.encoders import load_encoder
from gca_viz.views import make_views

PHOTOS, SIDE = 200, 640


def main(images: int, repeats: int, seconds: float) -> None:
    """Print the table; torch computes with one thread, so that the second core is free."""
    torch.set_num_threads(1)
    print("\nOne torch thread. From bytes to a data set, and from images to views and both embeddings:")
    table = Table("work", "one after the other, images/s", "side by side, images/s", "ratio")
    batch = pick(load_dataset("emoji"), Selection(size=images))
    for name in ("ince", "efficientnet-lite0"):
        encoder = load_encoder(name, output="backbone")
        table.row(
            *cells(f"SimCLR views, {name}", images, lambda e=encoder: embed(make_views(batch), e), repeats, seconds)
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photos.zip"
        write_photos(path)
        name = f"decoding JPEGs of {SIDE} px in a zip"
        table.row(*cells(name, PHOTOS, lambda: open_images(path).load(), repeats, seconds))


def cells(name: str, images: int, run, repeats: int, seconds: float) -> list[str]:
    """The cells of one kind of work."""

    def alone() -> object:
        with one_after_the_other():
            return run()

    times = interleaved({"alone": alone, "beside": run}, repeats, seconds)
    rates = [f"{images / times[key]:,.0f}" for key in ("alone", "beside")]
    return [name, *rates, f"{times['alone'] / times['beside']:.2f}"]


@contextmanager
def one_after_the_other() -> Iterator[None]:
    """A machine with one core, and a pool that does at once what it is given."""
    with (
        patch("gca_viz.parallel.cores", lambda: 1),
        patch("gca_viz.datasets.images.found.ThreadPoolExecutor", _AtOnce),
    ):
        yield


class _AtOnce(ThreadPoolExecutor):
    def submit(self, work, /, *arguments) -> Future:
        future = Future()
        future.set_result(work(*arguments))
        return future


def write_photos(path: Path) -> None:
    """Smooth noise, as large as photographs are once coded."""
    draw = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(PHOTOS):
            coarse = Image.fromarray(draw.integers(0, 256, (40, 40, 3), dtype=np.uint8))
            buffer = io.BytesIO()
            coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
            archive.writestr(f"class{k % 4}/{k}.jpg", buffer.getvalue())
