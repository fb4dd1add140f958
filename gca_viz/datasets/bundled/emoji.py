"""Emoji in four styles."""

from __future__ import annotations

import csv
import hashlib

import numpy as np

from gca_viz.datasets.bundled.atlas import data_folder, read, tiles_of
from gca_viz.datasets.dataset import Dataset

TILE = 64  # pixels per side of a tile in the atlases

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


def load_emoji() -> Dataset:
    """The same emoji drawn in four styles (= domains), in ten classes, 64 × 64 pixels, on white.

    Domain-major: image ``d * M + k`` is emoji ``k`` of ``M`` in style ``d``; the identity is ``k``. Whole families
    of look-alikes are held out, about a fifth of every class.

    Raises:
        InputError: if a bundled file is missing or does not fit the manifest.
    """
    folder = data_folder() / "emoji"
    rows = list(csv.DictReader(read(folder / "manifest.csv").decode("utf-8").splitlines()))
    digest = hashlib.sha256(read(folder / "manifest.csv"))
    tiles = []
    for domain in EMOJI_DOMAINS:
        path = folder / f"{domain}.webp"
        digest.update(read(path))
        tiles.append(tiles_of(path, len(rows), TILE, "build_emoji.py"))
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
