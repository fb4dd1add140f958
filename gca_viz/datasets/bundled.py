"""The data sets that come with the package: emoji in four styles, and scikit-learn's digits."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType

import numpy as np
from PIL import Image

from gca_viz.datasets.dataset import Dataset
from gca_viz.errors import InputError
from gca_viz.uploads import Uploads, is_upload

TILE = 64  # pixels per side of a tile in the emoji atlases

EMOJI_CLASSES = ("object", "symbol", "animal", "face", "person", "food", "vehicle", "plant", "hand_body", "place")

EMOJI_DOMAINS = {
    "fluent": "Fluent Emoji (3D), Microsoft Corporation, MIT",
    "noto": "Noto Emoji, Google Inc., Apache-2.0",
    "twemoji": "Twemoji, Twitter and other contributors, CC-BY-4.0",
    "fluent-high-contrast": "Fluent Emoji (high contrast), Microsoft Corporation, MIT",
}
#: names of classes and domains that people write otherwise
_TITLES = {
    "hand_body": "hand/body",
    "fluent": "Fluent",
    "noto": "Noto",
    "twemoji": "Twemoji",
    "fluent-high-contrast": "Fluent high contrast",
}


@dataclass(frozen=True)
class DatasetInfo:
    """What a list of data sets shows before one is loaded."""

    title: str
    description: str
    loader: Callable[[], Dataset]


def data_folder() -> Path:
    """The folder ``data/`` at the root of the repository, which holds the bundled files."""
    return Path(__file__).resolve().parents[2] / "data"


def load_emoji() -> Dataset:
    """The same emoji drawn in four styles (= domains), in ten classes, 64 × 64 pixels, on white.

    Domain-major: image ``d * M + k`` is emoji ``k`` of ``M`` in style ``d``; the identity is ``k``. Whole families
    of look-alikes are held out, about a fifth of every class.

    Raises:
        InputError: if a bundled file is missing or does not fit the manifest.
    """
    folder = data_folder() / "emoji"
    rows = list(csv.DictReader(_read(folder / "manifest.csv").decode("utf-8").splitlines()))
    digest = hashlib.sha256(_read(folder / "manifest.csv"))
    tiles = []
    for domain in EMOJI_DOMAINS:
        path = folder / f"{domain}.webp"
        digest.update(_read(path))
        tiles.append(_cut(path, len(rows)))
    count = len(EMOJI_DOMAINS)
    return Dataset(
        name="emoji",
        title="Emoji in four styles",
        images=np.concatenate(tiles),
        labels=np.tile([EMOJI_CLASSES.index(row["class"]) for row in rows], count),
        titles=_TITLES,
        class_names=EMOJI_CLASSES,
        domains=np.repeat(np.arange(count), len(rows)),
        domain_names=tuple(EMOJI_DOMAINS),
        identities=np.tile(np.arange(len(rows)), count),
        names=tuple(row["name"] for row in rows) * count,
        held_out=np.tile([row["split"] == "heldout" for row in rows], count),
        content_id=digest.hexdigest()[:16],
        attribution=tuple(EMOJI_DOMAINS.values()),
        texts=tuple(_text(row) for row in rows) * count,
    )


def _text(row: dict[str, str]) -> str:
    """Name and keywords of an emoji in one line."""
    keywords = ", ".join(filter(None, row["tags"].split("|")))
    return f"{row['name']}: {keywords}" if keywords else row["name"]


def load_digits() -> Dataset:
    """scikit-learn's 1,797 handwritten digits: 8 × 8 grey values enlarged to 32 × 32 RGB, dark ink on white.

    One domain; every image is its own identity; a fifth of every class is held out, drawn with a fixed seed.
    """
    from sklearn import datasets  # slow to import

    bunch = datasets.load_digits()
    grey = np.rint(255 - bunch.images * (255 / 16)).astype(np.uint8)
    images = np.repeat(grey.repeat(4, axis=1).repeat(4, axis=2)[..., None], 3, axis=-1)
    labels = bunch.target.astype(np.int64)
    held_out = np.zeros(len(labels), bool)
    draw = np.random.default_rng(0)
    for label in range(10):
        members = draw.permutation(np.flatnonzero(labels == label))
        held_out[members[: round(0.2 * len(members))]] = True
    return Dataset(
        name="digits",
        title="Handwritten digits",
        images=images,
        labels=labels,
        class_names=tuple(str(digit) for digit in range(10)),
        domains=np.zeros(len(labels), np.int64),
        domain_names=("digits",),
        identities=np.arange(len(labels)),
        names=tuple(f"{label} (no. {k})" for k, label in enumerate(labels)),
        held_out=held_out,
        content_id=hashlib.sha256(images.tobytes() + labels.tobytes() + held_out.tobytes()).hexdigest()[:16],
        attribution=("Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, CC-BY-4.0",),
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"no readable file {path}", "the bundled data must be complete", "Restore data/ from the repository"
        ) from error


def _cut(path: Path, count: int) -> np.ndarray:
    """The first ``count`` tiles of an atlas, row by row: uint8 (count, TILE, TILE, 3)."""
    with Image.open(path) as image:
        atlas = np.asarray(image.convert("RGB"))
    lines, columns = atlas.shape[0] // TILE, atlas.shape[1] // TILE
    if not (lines - 1) * columns < count <= lines * columns:
        raise InputError(
            f"{path.name} with {lines} × {columns} tiles for {count} emoji in the manifest",
            "atlas and manifest belong together",
            "Run python data/build_emoji.py, or restore data/ from the repository",
        )
    tiles = atlas.reshape(lines, TILE, columns, TILE, 3).transpose(0, 2, 1, 3, 4)
    return tiles.reshape(-1, TILE, TILE, 3)[:count]


DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "emoji": DatasetInfo(
            "Emoji in four styles",
            "About 1,200 emoji, each drawn in four styles (domains), in ten classes.",
            load_emoji,
        ),
        "digits": DatasetInfo(
            "Handwritten digits", "1,797 small images of digits in one domain, from scikit-learn.", load_digits
        ),
    }
)


#: the data sets that users of this process have uploaded
UPLOADS: Uploads[Dataset] = Uploads("data set", "dataset")


def load_dataset(name: str) -> Dataset:
    """A data set by its name: a bundled one, loaded once per process, or an upload.

    Args:
        name: a key of :data:`DATASETS`, e.g. ``"emoji"``, or a name that :data:`UPLOADS` gave.

    Raises:
        InputError: if there is no such data set.
    """
    if is_upload(name):
        return UPLOADS.find(name)
    if name not in DATASETS:
        raise InputError(
            f"dataset = {name!r}",
            f"the data sets are {', '.join(DATASETS)}",
            "Choose one of these",
            parameter="dataset",
        )
    with _loading:  # the many visitors of a server that has just started would load it once each
        return _loaded(name)


_loading = Lock()


@lru_cache(maxsize=4)
def _loaded(name: str) -> Dataset:
    return DATASETS[name].loader()
