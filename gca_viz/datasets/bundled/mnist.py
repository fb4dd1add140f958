"""Handwritten digits in two domains: scikit-learn's and MNIST's."""

from __future__ import annotations

import csv
import hashlib

import numpy as np
from PIL import Image

from gca_viz.datasets.bundled.atlas import data_folder, read, tiles_of
from gca_viz.datasets.bundled.digits import load_digits
from gca_viz.datasets.dataset import Dataset

TILE = 20  # pixels per side of a tile in the atlas: the box that MNIST's digits are drawn into
ATTRIBUTION = "MNIST, Yann LeCun and Corinna Cortes, CC-BY-SA-3.0"


def load_digits_mnist() -> Dataset:
    """The digits of :func:`load_digits`, and 1,800 of MNIST's as a second domain, 32 × 32 RGB, dark ink on white.

    MNIST's are enlarged from the 20 × 20 pixels that their ink fills, so that the digits of both domains fill the
    frame. Every image is its own identity: classes are all that the domains share. A fifth of every class is held
    out in each.

    Raises:
        InputError: if a bundled file is missing or does not fit the manifest.
    """
    digits, folder = load_digits(), data_folder() / "mnist"
    manifest = read(folder / "manifest.csv")
    rows = list(csv.DictReader(manifest.decode("utf-8").splitlines()))
    tiles = tiles_of(folder / "mnist.webp", len(rows), TILE, "build_mnist.py")
    size = digits.image_size
    enlarged = [np.asarray(Image.fromarray(tile).resize(size, Image.Resampling.BILINEAR)) for tile in tiles]
    content = digits.content_id.encode() + manifest + read(folder / "mnist.webp")
    return Dataset(
        name="digits-mnist",
        title="Handwritten digits in two domains",
        images=np.concatenate([digits.images, np.stack(enlarged)]),
        labels=np.concatenate([digits.labels, [int(row["class"]) for row in rows]]),
        class_names=digits.class_names,
        domains=np.repeat([0, 1], [len(digits), len(rows)]),
        domain_names=("optdigits", "mnist"),
        titles={"optdigits": "scikit-learn", "mnist": "MNIST"},
        identities=np.arange(len(digits) + len(rows)),
        names=(*digits.names, *(f"{row['class']} (MNIST, no. {row['number']})" for row in rows)),
        held_out=np.concatenate([digits.held_out, [row["split"] == "heldout" for row in rows]]),
        content_id=hashlib.sha256(content).hexdigest()[:16],
        attribution=(*digits.attribution, ATTRIBUTION),
    )
