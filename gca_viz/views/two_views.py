"""Two views of a batch, on the device of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gca_viz.datasets import Batch, classmate_in_other_domain, partner_in_other_domain
from gca_viz.datasets.cards import word_cards
from gca_viz.errors import InputError
from gca_viz.parallel import side_by_side
from gca_viz.views.augmentation import augment
from gca_viz.views.presets import STRENGTH, VIEWS


@dataclass(frozen=True)
class Views:
    """Two views of a batch; row ``i`` of ``first`` and row ``i`` of ``second`` are partners.

    Attributes:
        first, second: float32 images in [0, 1], each N × 3 × H × W.
        second_indices: N indices into the data set, where the images of view 2 come from.
        texts: N texts that view 2 is, in place of images; ``second`` then holds cards on which they stand.
    """

    first: Tensor
    second: Tensor
    second_indices: np.ndarray
    texts: tuple[str, ...] = ()


def make_views(
    batch: Batch,
    preset: str = "simclr",
    *,
    strength: float = 1.0,
    seed: int = 0,
    partner_domains: Sequence[str] = (),
    device: str = "cpu",
) -> Views:
    """Two views of each sample of a batch.

    Args:
        batch: what :func:`gca_viz.datasets.pick` returned.
        preset: a name of :data:`VIEWS`.
        strength: scales the changes; 0 leaves the images alone, 1 is the preset itself, at most 2.
        seed: of everything random; the two views draw from separate streams.
        partner_domains: names of the domains from which a partner in another domain is drawn; none means all.
        device: torch device on which the images are changed.

    Raises:
        InputError: an unknown preset, a strength out of bounds, a partner in another domain asked of a data
            set with a single domain or of a sample without label, or texts of a data set that has none.

    Source: the changes of ``simclr`` are those of Chen et al., ICML 2020, appendix A, with gentler crops (30 to
    100 % of the area) and rarer blur for small drawings; the extremes follow arXiv 2502.20141's noisy views,
    ``strong-weak`` Zheng et al., NeurIPS 2021, arXiv 2107.09282.
    """
    if preset not in VIEWS:
        raise InputError(
            f"views = {preset!r}",
            f"the views are {', '.join(VIEWS)}",
            "Choose one of these",
            parameter="views",
        )
    chosen = VIEWS[preset]
    strength = float(STRENGTH.check(strength))
    second_indices, second_images = batch.indices, batch.second_images
    texts: tuple[str, ...] = ()
    if chosen.cross_domain:
        partner = partner_in_other_domain if chosen.partner == "identity" else classmate_in_other_domain
        second_indices = partner(batch, seed, partner_domains)
        second_images = batch.dataset.images[second_indices]
    if chosen.words:
        texts, second_images = batch.texts, _cards(batch)

    def view(number: int, images: np.ndarray) -> Tensor:
        return augment(
            to_tensor(images, device),
            chosen.augmentations[number],
            strength=strength,
            generator=torch.Generator().manual_seed(2 * seed + number),
        )

    views = side_by_side(lambda _: view(0, batch.images), lambda _: view(1, second_images), device=device)
    return Views(*views, second_indices=np.asarray(second_indices), texts=texts)


def _cards(batch: Batch) -> np.ndarray:
    """The texts of a batch as pictures of the size of its images."""
    if not batch.texts:
        raise InputError(
            f"texts of {batch.dataset.name!r}, which has images only",
            "views of image and text need a data set with texts, such as 'emoji'",
            "Choose other views, or bring images with a column of texts",
            parameter="views",
        )
    height, width = batch.dataset.image_size
    return word_cards(batch.texts, batch.labels, max(height, width))[:, :height, :width]


def to_tensor(images: np.ndarray, device: str = "cpu") -> Tensor:
    """uint8 images N × H × W × 3 as float32 N × 3 × H × W in [0, 1]."""
    tensor = torch.from_numpy(np.array(images)).to(device)
    return tensor.permute(0, 3, 1, 2).contiguous().float().div_(255)


def to_uint8(images: Tensor) -> np.ndarray:
    """Float images N × 3 × H × W in [0, 1] as uint8 N × H × W × 3, for the screen."""
    return images.clamp(0, 1).mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
