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
from gca_viz.views.presets import STRENGTH, UNCHANGED, VIEWS, ViewPreset


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
    made = ViewMaker.of(batch, preset, strength=strength, seed=seed, partner_domains=partner_domains, device=device)
    views = side_by_side(lambda _: made.view(0), lambda _: made.view(1), device=device)
    return Views(*views, second_indices=made.second_indices, texts=made.texts)


@dataclass(frozen=True, eq=False)
class ViewMaker:
    """Makes the views of a batch one by one; view k depends on the seed and on k alone.

    Views 0, 2, 4 … are made as view 1 of a pair is, views 1, 3, 5 … as view 2 is.

    Attributes:
        preset: what happens to the images.
        images: what the views of either kind start from.
        second_indices: N indices into the data set, where the images of the second kind come from.
        texts: N texts that the second kind is, in place of images.
        strength, seed, device: see :func:`make_views`.
    """

    preset: ViewPreset
    images: tuple[np.ndarray, np.ndarray]
    second_indices: np.ndarray
    texts: tuple[str, ...]
    strength: float
    seed: int
    device: str

    @classmethod
    def of(
        cls, batch: Batch, preset: str, *, strength: float, seed: int, partner_domains: Sequence[str], device: str
    ) -> ViewMaker:
        """What makes them, see :func:`make_views`."""
        if preset not in VIEWS:
            raise InputError(
                f"views = {preset!r}",
                f"the views are {', '.join(VIEWS)}",
                "Choose one of these",
                parameter="views",
            )
        chosen = VIEWS[preset]
        strength = float(STRENGTH.check(strength))
        indices = second_indices(batch, chosen, seed, partner_domains)
        second_images = batch.dataset.images[indices] if chosen.cross_domain else batch.second_images
        texts: tuple[str, ...] = ()
        if chosen.words:
            texts, second_images = batch.texts, _cards(batch)
        images = batch.images, second_images
        return cls(chosen, images, indices, texts, strength, seed, device)

    @property
    def two_kinds(self) -> bool:
        """Whether a view of the first kind is another thing than one of the second."""
        first, second = self.preset.augmentations
        return first != second or self.images[0] is not self.images[1]

    def view(self, number: int) -> Tensor:
        """View ``number`` of each image, from 0: float32 N × 3 × H × W."""
        kind = number % 2
        images, how = to_tensor(self.images[kind], self.device), self.preset.augmentations[kind]
        if how == UNCHANGED:
            return images
        from gca_viz.views.augmentation import augment  # kornia, which takes a while

        return augment(
            images,
            how,
            strength=self.strength,
            generator=torch.Generator().manual_seed(_stream(self.seed, number)),
        )


def second_indices(
    batch: Batch, preset: ViewPreset, seed: int = 0, partner_domains: Sequence[str] = ()
) -> np.ndarray:
    """Where the images of the second kind come from, N indices into the data set; no view is made for that.

    Args:
        batch, seed, partner_domains: see :func:`make_views`.
        preset: what says whether they are other images than the first.

    Raises:
        InputError: as :func:`make_views`.
    """
    if not preset.cross_domain:
        return np.asarray(batch.indices)
    partner = partner_in_other_domain if preset.partner == "identity" else classmate_in_other_domain
    return np.asarray(partner(batch, seed, partner_domains))


def _stream(seed: int, number: int) -> int:
    """The seed of a view's draws; beyond the pair, where 2·seed + k would be the next seed's, one by hashing."""
    if number < 2:
        return 2 * seed + number
    return int(np.random.SeedSequence((seed, number)).generate_state(1, np.uint64)[0] >> 1)


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
