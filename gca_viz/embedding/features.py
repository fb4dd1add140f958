"""What an encoder makes of the images of a data set and of augmented views of them, kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from gca_viz.datasets import Batch, Dataset
from gca_viz.embedding.cache import EmbeddingCache, code_id
from gca_viz.embedding.shipped import encode
from gca_viz.encoders import Encoder
from gca_viz.progress import ReportShare
from gca_viz.views import UNCHANGED, Augmentation, OneOf, to_tensor

_AT_ONCE = 64  # images that are augmented and embedded in one step


def embedded(encoder: Encoder, *what: object, images: Callable[[], Tensor | np.ndarray]) -> Tensor:
    """The embeddings of some images; what a head stands on is computed once, for all heads, and kept.

    Args:
        encoder: any; without one below, nothing is kept.
        what: identifies the images.
        images: makes them, N × 3 × H × W, where they are needed.
    """
    if encoder.below is None:
        return encoder.encode(images())
    below = encoder.below
    return encoder.on_top(_kept(below, *what, make=lambda: below.encode(images())))


def clean_features(dataset: Dataset, encoder: Encoder) -> Tensor:
    """Embeddings of all images of a data set as they are, float32 N × d."""
    return _kept(encoder, dataset.content_id, make=lambda: encode(encoder, _as_bytes(dataset.images)))


def augmented_features(
    batch: Batch,
    encoder: Encoder,
    augmentation: Augmentation | OneOf,
    *,
    strength: float,
    count: int,
    progress: ReportShare | None = None,
) -> Tensor:
    """Embeddings of random views of each image of a batch, the same in every process.

    Args:
        batch: the images.
        encoder: embeds them.
        augmentation, strength: as of :func:`gca_viz.views.augment`; one that changes nothing gives one view alone.
        count: views of each image, K; those of a smaller K are the first of a larger one.
        progress: called with the share done; may raise to cancel, and what is done by then is kept.

    Returns:
        float32, K × N × d.
    """
    if augmentation == UNCHANGED or strength == 0:
        return _kept(encoder, batch.content_id, make=lambda: encode(encoder, _as_bytes(batch.images)))[None]
    from gca_viz.views import augment  # kornia, which nothing else here needs

    report_progress = progress or (lambda share: None)

    def view(number: int) -> Tensor:
        parts = []
        for start in range(0, len(batch), _AT_ONCE):
            report_progress((number + start / len(batch)) / count)
            images = to_tensor(batch.images[start : start + _AT_ONCE], encoder.device)
            generator = torch.Generator().manual_seed(number)
            place = (start, len(batch))
            changed = augment(images, augmentation, strength=strength, generator=generator, part=place)
            parts.append(encoder.encode(changed))
        return torch.cat(parts)

    what = batch.content_id, augmentation, float(strength)
    found = [_kept(encoder, *what, k, make=partial(view, k)) for k in range(count)]
    report_progress(1.0)
    return torch.stack(found)


def _kept(encoder: Encoder, *what: object, make: Callable[[], Tensor]) -> Tensor:
    """What was made before of the same, by the same program on the same kind of device, or is made now."""
    cache = EmbeddingCache()
    key = EmbeddingCache.key("features", encoder.content_id, *what, encoder.device, code_id())
    kept = cache.find(key)
    if kept is not None and "z" in kept:
        return kept["z"]
    z = make()
    cache.keep(key, {"z": z})
    return z


def _as_bytes(images: np.ndarray) -> Tensor:
    return torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
