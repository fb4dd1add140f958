"""Who stands along the rows and columns, from what a notebook has: images, labels, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from gca_viz.errors import InputError
from gca_viz.labels import NO_LABEL, UNLABELLED, numbered
from gca_viz.transport.problem.pairing import Pairing
from gca_viz.ui.elements.board.batch import Side
from gca_viz.ui.elements.board.frames import Group

_TILE = 64  # pixels of an image that comes as a picture of PIL


@dataclass(frozen=True, eq=False)
class Along:
    """What stands along the rows, or the columns, of a plan.

    Attributes:
        side: names, classes and images.
        sample: (rows,) the sample that each shows.
        codes: (rows,) number of its class; −1 without label.
        order: (rows,) display position → row: classes together, both views of a sample side by side.
        groups: the classes in that order; none without labels.
    """

    side: Side
    sample: np.ndarray
    codes: np.ndarray
    order: np.ndarray
    groups: tuple[Group, ...]


def along_both(pairing: Pairing, images: Any, labels: Any, names: Any) -> tuple[Along, Along]:
    """Rows and columns of plans with this pairing.

    Args:
        pairing: which sample and view each shows.
        images: one per sample, or a pair with those of view 1 and of view 2; None for none.
        labels, names: one per sample; None for none.

    Raises:
        InputError: another number of images, labels or names than there are samples.
    """
    codes, titles = numbered_labels(labels, pairing)
    texts = _names(names, pairing)
    pictures = _of_views(images, pairing)
    rank = np.empty(pairing.members, int)
    rank[np.argsort(np.where(codes < 0, len(titles), codes), kind="stable")] = np.arange(pairing.members)
    found = []
    for side in ("row", "column"):
        sample, view = (getattr(pairing, f"{side}_{part}").cpu().numpy() for part in ("sample", "view"))
        own, order = codes[sample], np.lexsort((view, rank[sample]))
        classes = [NO_LABEL if code < 0 else titles[code] for code in own] if titles else None
        suffix = ("", "") if pairing.layout == "cross" else (" (view 1)", " (view 2)")
        who = [texts[of] + suffix[seen] for of, seen in zip(sample, view, strict=True)]
        groups = (
            [
                Group(NO_LABEL if code < 0 else titles[code], len(list(run)), int(code))
                for code, run in groupby(own[order].tolist())
            ]
            if titles
            else []
        )
        shown = (
            None
            if pictures is None
            else np.stack([pictures[seen][of] for of, seen in zip(sample, view, strict=True)])
        )
        found.append(Along(Side(who, classes, None, shown), sample, own, order, tuple(groups)))
    return found[0], found[1]


def numbered_labels(labels: Any, pairing: Pairing) -> tuple[np.ndarray, list[str]]:
    """(members,) number of each sample's class, −1 without one, and the names of the classes."""
    if labels is None:
        return np.full(pairing.members, UNLABELLED), []
    codes, distinct = numbered(labels)
    _check_count("labels", codes.shape, pairing)
    return np.pad(codes, (0, pairing.members - len(codes)), constant_values=UNLABELLED), [
        str(of) for of in distinct
    ]


def _names(names: Any, pairing: Pairing) -> list[str]:
    if names is None:
        return [str(sample) for sample in range(pairing.members)]
    said = [str(name) for name in names]
    _check_count("names", (len(said),), pairing)
    return [*said, *map(str, range(len(said), pairing.members))]


def _check_count(what: str, shape: tuple[int, ...], pairing: Pairing) -> None:
    allowed = dict.fromkeys((pairing.samples, pairing.members))
    if shape not in [(size,) for size in allowed]:
        raise InputError(
            f"{what} of shape {shape}",
            f"one per sample, {' or '.join(map(str, allowed))}",
            f"Pass the {what} of the samples that were aligned, in the order of view 1",
            parameter=what,
        )


def _of_views(images: Any, pairing: Pairing) -> tuple[np.ndarray, np.ndarray] | None:
    """Images of view 1 and of view 2, each by number of the sample."""
    if images is None:
        return None
    pair = isinstance(images, tuple) and len(images) == 2
    first, second = (pixels(part) for part in (images if pair else (images, images)))
    samples, members = pairing.samples, pairing.members
    if not pairing.paired and pair:  # two sets, each with images of its own
        _check_images(len(first), samples)
        _check_images(len(second), members - samples)
        return first, np.concatenate([np.zeros((samples, *second.shape[1:]), np.uint8), second])
    for part in (first, second) if pair else (first,):
        if len(part) != members and (part is second or len(part) != samples):
            _check_images(len(part), members)
    return first, second


def _check_images(count: int, wanted: int) -> None:
    if count != wanted:
        raise InputError(
            f"{count} images",
            f"one per sample, {wanted}",
            "Pass the images of the samples that were aligned: an array, or a tuple of two, one per view",
            parameter="images",
        )


def pixels(images: Any) -> np.ndarray:
    """uint8 (N, H, W, 3 or 4) of images as libraries have them.

    Args:
        images: uint8, or floats from 0 to 1; channels last, first, or none for grey; or PIL images of any size.

    Raises:
        InputError: something else.
    """
    if isinstance(images, Sequence) and images and all(isinstance(image, Image.Image) for image in images):
        return np.stack([np.asarray(ImageOps.fit(image.convert("RGB"), (_TILE, _TILE))) for image in images])
    array = np.asarray(images.detach().cpu() if hasattr(images, "detach") else images)
    came = f"images of shape {array.shape} and type {array.dtype}"
    array = array[..., None] if array.ndim == 3 else array
    if array.ndim == 4 and array.shape[1] in (1, 3) and array.shape[-1] not in (1, 3, 4):
        array = np.moveaxis(array, 1, -1)
    # Augmentations overshoot by a rounding.
    if array.dtype.kind == "f" and array.size and array.min() > -0.01 and array.max() < 1.01:
        array = (255 * array.clip(0, 1)).round().astype(np.uint8)
    if array.ndim != 4 or array.shape[-1] not in (1, 3, 4) or array.dtype != np.uint8:
        raise InputError(
            came,
            "images are (N, H, W, 3) or (N, 3, H, W), of uint8 or of floats from 0 to 1, or a list of PIL images",
            "Undo a normalisation, and pass images.clip(0, 1)",
            parameter="images",
        )
    return np.repeat(array, 3, -1) if array.shape[-1] == 1 else array
