"""Photographs, clip art and sketches of the same kinds of things."""

from __future__ import annotations

import csv
import hashlib

import numpy as np

from gca_viz.datasets.bundled.atlas import data_folder, read, tiles_of
from gca_viz.datasets.dataset import Dataset

TILE = 128  # pixels per side of a tile in the atlases

THINGS_CLASSES = (
    "bird",
    "mammal",
    "sea",
    "insect",
    "fruit_veg",
    "plant",
    "vehicle",
    "tool",
    "instrument",
    "building",
)
#: domain → whose pictures these are; author and licence of each are its ``credits``
THINGS_DOMAINS = {
    "photo": "photographs of GCompris and Tux Paint by many authors, public domain, CC0, CC-BY, CC-BY-SA, GPL-2",
    "clipart": "clip art of the Open Clip Art Library by many authors, public domain",
    "sketch": "drawings of the Open Clip Art Library, public domain, and Symbola, George Douros, free for any use",
}
_SMALLER_PHOTO = "photographs of GCompris by many authors, public domain, CC0, CC-BY, CC-BY-SA"
#: folder of ``data/things`` → its atlases; the last one may be absent
_FOLDERS = {
    "openclipart": ("clipart", "sketch"),
    "symbola": ("sketch",),
    "gcompris": ("photo",),
    "tuxpaint": ("photo",),
}
_MAY_BE_ABSENT = "tuxpaint"  # under the GPL: who passes this program on without it leaves the folder out
_TITLES = {
    "sea": "sea animal",
    "insect": "insect or bug",
    "fruit_veg": "fruit or vegetable",
    "instrument": "musical instrument",
    "photo": "photograph",
    "clipart": "clip art",
}


def things_is_whole() -> bool:
    """Whether Tux Paint's photographs are there."""
    return (data_folder() / "things" / _MAY_BE_ABSENT).is_dir()


def things_title() -> str:
    """What people call the set, with what is missing of it."""
    return "Photographs, clip art and sketches" + (
        "" if things_is_whole() else " (without Tux Paint's photographs)"
    )


def load_things() -> Dataset:
    """Photographs, clip art and sketches (= domains) of things in ten classes, 128 × 128 pixels, on white.

    The identity is the kind of thing: an owl in a photograph and an owl in a sketch share theirs, and so do two
    photographs of owls. Whole families of kinds are held out, about three tenths of every class. Without the folder
    of Tux Paint's photographs the set is smaller; the other images, their splits and identities stay as they are.

    Raises:
        InputError: if a bundled file is missing or does not fit the manifest.
    """
    home = data_folder() / "things"
    whole = things_is_whole()
    digest, tiles, rows = hashlib.sha256(), [], []
    for source, domains in _FOLDERS.items():
        if source == _MAY_BE_ABSENT and not whole:
            continue
        manifest = read(home / source / "manifest.csv")
        digest.update(manifest)
        listed = list(csv.DictReader(manifest.decode("utf-8").splitlines()))
        for domain in domains:
            found = [row for row in listed if row["domain"] == domain]
            path = home / source / f"{domain}.webp"
            digest.update(read(path))
            tiles.append(tiles_of(path, len(found), TILE, "build_things.py"))
            rows += found
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys(row["kind"] for row in rows))}
    photo = THINGS_DOMAINS["photo"] if whole else _SMALLER_PHOTO
    return Dataset(
        name="things",
        title=things_title(),
        images=np.concatenate(tiles),
        labels=np.array([THINGS_CLASSES.index(row["class"]) for row in rows]),
        titles=_TITLES,
        class_names=THINGS_CLASSES,
        domains=np.array([list(THINGS_DOMAINS).index(row["domain"]) for row in rows]),
        domain_names=tuple(THINGS_DOMAINS),
        identities=np.array([kinds[row["kind"]] for row in rows]),
        names=tuple(row["name"] for row in rows),
        held_out=np.array([row["split"] == "heldout" for row in rows]),
        content_id=digest.hexdigest()[:16],
        attribution=(photo, THINGS_DOMAINS["clipart"], THINGS_DOMAINS["sketch"]),
        texts=tuple(row["text"] for row in rows),
        credits=tuple(f"{row['author']}, {row['licence']}" for row in rows),
    )
