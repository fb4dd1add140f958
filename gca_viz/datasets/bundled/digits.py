"""Handwritten digits, which scikit-learn brings."""

from __future__ import annotations

import hashlib

import numpy as np

from gca_viz.datasets.dataset import Dataset


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
