"""Emoji in four styles, and a photograph of the same thing."""

from __future__ import annotations

import csv
import hashlib

import numpy as np

from gca_viz.datasets.bundled.atlas import data_folder, read, tiles_of
from gca_viz.datasets.bundled.emoji import TILE, load_emoji
from gca_viz.datasets.dataset import Dataset

ATTRIBUTION = "photographs of Tux Paint, © Bill Kendrick and contributors, GPL-2 and others"


def emoji_photo_is_here() -> bool:
    """Whether the photographs are there: they are under the GPL, and may be left out."""
    return (data_folder() / "emoji" / "tuxpaint").is_dir()


def load_emoji_photo() -> Dataset:
    """The emoji of :func:`load_emoji` that a photograph shows, too: five styles (= domains), 64 × 64 pixels.

    Domain-major like ``emoji``, and with its classes, names, texts and split; image ``d * M + k`` is thing ``k`` of
    ``M``. A data set of its own, because every identity of ``emoji`` is there in every one of its styles.

    Raises:
        InputError: if a bundled file is missing or does not fit the manifest.
    """
    emoji, folder = load_emoji(), data_folder() / "emoji" / "tuxpaint"
    manifest, atlas = read(folder / "manifest.csv"), folder / "photo.webp"
    rows = list(csv.DictReader(manifest.decode("utf-8").splitlines()))
    photos = tiles_of(atlas, len(rows), TILE, "build_emoji_photos.py")
    total, styles = len(emoji.members), len(emoji.domain_names)
    place = {name: k for k, name in enumerate(emoji.names[:total])}
    chosen = np.array([place[row["name"]] for row in rows])
    drawn = (np.arange(styles)[:, None] * total + chosen).ravel()
    present = np.unique(emoji.labels[chosen])
    count = styles + 1
    return Dataset(
        name="emoji-photo",
        title="Emoji and photographs",
        images=np.concatenate([emoji.images[drawn], photos]),
        labels=np.tile(np.searchsorted(present, emoji.labels[chosen]), count),
        class_names=tuple(emoji.class_names[label] for label in present),
        domains=np.repeat(np.arange(count), len(rows)),
        domain_names=(*emoji.domain_names, "photo"),
        identities=np.tile(np.arange(len(rows)), count),
        names=tuple(row["name"] for row in rows) * count,
        held_out=np.tile(emoji.held_out[chosen], count),
        content_id=hashlib.sha256(emoji.content_id.encode() + manifest + read(atlas)).hexdigest()[:16],
        attribution=(*emoji.attribution, ATTRIBUTION),
        texts=tuple(emoji.texts[k] for k in chosen) * count,
        credits=(
            *(emoji.attribution[domain] for domain in emoji.domains[drawn]),
            *(f"{row['author']}, {row['licence']}" for row in rows),
        ),
        titles={**emoji.titles, "photo": "photograph"},
    )
