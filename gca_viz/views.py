"""Two views of a batch: seeded, batched augmentations on the device of the caller.

Random parameters are drawn on the CPU from one generator per view, so that a seed means the same views on
every device; the image operations are kornia's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from kornia.enhance import (
    adjust_brightness,
    adjust_brightness_accumulative,
    adjust_contrast_with_mean_subtraction,
    adjust_hue,
    adjust_saturation,
)
from kornia.filters import gaussian_blur2d
from kornia.geometry.transform import crop_and_resize
from torch import Tensor

from gca_viz.datasets import Batch, partner_in_other_domain
from gca_viz.datasets.cards import word_cards
from gca_viz.errors import InputError
from gca_viz.parallel import side_by_side
from gca_viz.parameter import Parameter

STRENGTH = Parameter(
    name="strength",
    symbol="s",
    label="View strength",
    default=1.0,
    minimum=0.0,
    maximum=2.0,
    low=0.0,
    high=2.0,
    help="How far the two views move away from the image: 0 leaves it alone, 1 is the usual setting.",
)


@dataclass(frozen=True)
class Augmentation:
    """A distribution over image changes, at strength 1.

    Attributes:
        crop: range of the area share that a crop keeps, before it is resized to full size; ``None`` for no crop.
        flip: probability of a horizontal flip.
        jitter: probability of a colour jitter.
        brightness, contrast, saturation: the jitter multiplies brightness, distance from the mean grey, and
            saturation by 1 ± this.
        hue: the jitter's rotation of the hue is ± this many turns.
        grayscale: probability of losing all colour.
        blur: probability of a Gaussian blur.
        erase: area share of one square that is painted grey.
        exposure: every channel is shifted by ± exactly this (over- or under-exposed; the sign is drawn).
    """

    crop: tuple[float, float] | None = None
    flip: float = 0.0
    jitter: float = 0.0
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    hue: float = 0.1
    grayscale: float = 0.0
    blur: float = 0.0
    erase: float = 0.0
    exposure: float = 0.0


@dataclass(frozen=True)
class ViewPreset:
    """A named way of making two views.

    Attributes:
        title: what a form calls it.
        description: one sentence for the user.
        augmentation: what happens to both views.
        cross_domain: whether view 2 starts from the same identity in another domain.
        words: whether view 2 is the text that says what the image shows.
    """

    title: str
    description: str
    augmentation: Augmentation = Augmentation()
    cross_domain: bool = False
    words: bool = False


_SIMCLR = Augmentation(crop=(0.3, 1.0), flip=0.5, jitter=0.8, grayscale=0.2, blur=0.2)

VIEWS = MappingProxyType(
    {
        "none": ViewPreset("None", "Both views are the image itself."),
        "simclr": ViewPreset("SimCLR", "Crop, flip, colour jitter, grey and blur, as in SimCLR.", _SIMCLR),
        "cross-style": ViewPreset(
            "Same identity, other style",
            "View 1 is the image, view 2 the same thing in another domain.",
            cross_domain=True,
        ),
        "cross-style-simclr": ViewPreset(
            "Other style + SimCLR",
            "The same thing in two domains, each with SimCLR's augmentations.",
            _SIMCLR,
            cross_domain=True,
        ),
        "image-text": ViewPreset(
            "Image and text",
            "View 1 is the image, view 2 its name and keywords, as in CLIP.",
            words=True,
        ),
        "erase": ViewPreset(
            "Extreme: large erase",
            "A grey square hides half of each view.",
            Augmentation(flip=0.5, erase=0.5),
        ),
        "crop": ViewPreset(
            "Extreme: strong crop",
            "Each view keeps only 5 to 15 % of the image.",
            Augmentation(crop=(0.05, 0.15), flip=0.5),
        ),
        "brightness": ViewPreset(
            "Extreme: brightness",
            "Each view is strongly over- or under-exposed.",
            Augmentation(flip=0.5, exposure=0.6),
        ),
    }
)


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
    batch: Batch, preset: str = "simclr", *, strength: float = 1.0, seed: int = 0, device: str = "cpu"
) -> Views:
    """Two views of each sample of a batch.

    Args:
        batch: what :func:`gca_viz.datasets.pick` returned.
        preset: a name of :data:`VIEWS`.
        strength: scales the changes; 0 leaves the images alone, 1 is the preset itself, at most 2.
        seed: of everything random; the two views draw from separate streams.
        device: torch device on which the images are changed.

    Raises:
        InputError: an unknown preset, a strength out of bounds, a partner in another domain asked of a data
            set with a single domain, or texts of one that has none.

    Source: the changes of ``simclr`` are those of Chen et al., ICML 2020, appendix A, with gentler crops (30 to
    100 % of the area) and rarer blur for small drawings; the extremes follow arXiv 2502.20141's noisy views.
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
    second_indices, second_images, texts = batch.indices, batch.second_images, ()
    if chosen.cross_domain:
        second_indices = partner_in_other_domain(batch, seed)
        second_images = batch.dataset.images[second_indices]
    if chosen.words:
        texts, second_images = batch.texts, _cards(batch)

    def view(number: int, images: np.ndarray) -> Tensor:
        return augment(
            to_tensor(images, device),
            chosen.augmentation,
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


def augment(images: Tensor, augmentation: Augmentation, *, strength: float, generator: torch.Generator) -> Tensor:
    """One random view of each image.

    Args:
        images: N × 3 × H × W in [0, 1], on any device.
        augmentation: what may happen; ``strength`` scales every amount and probability (probabilities up to 1).
        generator: a CPU generator; the same state gives the same view on every device.
    """
    if strength == 0:
        return images.clone()
    amounts = _Draw(len(images), images.device, generator)
    images = _crop_and_flip(images, augmentation, strength, amounts)
    images = _colour(images, augmentation, strength, amounts)
    images = _blur(images, augmentation, strength, amounts)
    if augmentation.exposure:
        sign = torch.where(amounts.uniform(0, 1) < 0.5, -1.0, 1.0)
        images = adjust_brightness(images, sign * augmentation.exposure * strength)
    if augmentation.erase:
        images = _erase(images, augmentation.erase * min(strength, 1.6), amounts)
    return images


@dataclass(frozen=True)
class _Draw:
    """Draws one number per image, on the CPU, and hands it over on the images' device."""

    count: int
    device: torch.device
    generator: torch.Generator

    def uniform(self, low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(self.count, generator=self.generator)).to(self.device)

    def happens(self, probability: float) -> Tensor:
        return self.uniform(0, 1) < probability


def _crop_and_flip(images: Tensor, augmentation: Augmentation, strength: float, draw: _Draw) -> Tensor:
    if augmentation.crop is not None:
        low, high = (max(0.02, 1 - (1 - share) * strength) for share in augmentation.crop)
        height, width = images.shape[-2:]
        side = draw.uniform(low, high).sqrt()
        aspect = draw.uniform(-0.5, 0.5).mul(math.log(4 / 3)).exp()
        box_w = (side * aspect).clamp(max=1) * (width - 1)
        box_h = (side / aspect).clamp(max=1) * (height - 1)
        left = draw.uniform(0, 1) * (width - 1 - box_w)
        top = draw.uniform(0, 1) * (height - 1 - box_h)
        right, bottom = left + box_w, top + box_h
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        boxes = torch.stack([torch.stack(corner, -1) for corner in corners], 1)
        # Interpolation weights sum to one only up to rounding.
        images = crop_and_resize(images, boxes, (height, width), align_corners=True).clamp(0, 1)
    if augmentation.flip:
        flipped = draw.happens(augmentation.flip)[:, None, None, None]
        images = torch.where(flipped, images.flip(-1), images)
    return images


def _colour(images: Tensor, augmentation: Augmentation, strength: float, draw: _Draw) -> Tensor:
    if augmentation.jitter:
        on = draw.happens(augmentation.jitter)
        amounts = [draw.uniform(-1, 1)[on] * strength for _ in range(4)]
        chosen = adjust_brightness_accumulative(images[on], 1 + amounts[0] * augmentation.brightness)
        chosen = adjust_contrast_with_mean_subtraction(chosen, 1 + amounts[1] * augmentation.contrast)
        chosen = adjust_saturation(chosen, 1 + amounts[2] * augmentation.saturation)
        images = images.index_put((on,), adjust_hue(chosen, amounts[3] * augmentation.hue * 2 * math.pi))
    if augmentation.grayscale:
        gray = draw.happens(min(1.0, augmentation.grayscale * strength))
        luma = images.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
        grey_images = (images * luma).sum(1, keepdim=True).expand_as(images)
        images = torch.where(gray[:, None, None, None], grey_images, images)
    return images


def _blur(images: Tensor, augmentation: Augmentation, strength: float, draw: _Draw) -> Tensor:
    if not augmentation.blur:
        return images
    on = draw.happens(min(1.0, augmentation.blur * strength))
    # SimCLR's kernel is a tenth of the image; the sigma scales along, so that 32 px and 64 px look alike.
    size = images.shape[-1]
    kernel = max(3, 2 * (size // 20) + 1)
    sigma = draw.uniform(0.2, 1.0) * size / 32
    blurred = gaussian_blur2d(images[on], (kernel, kernel), torch.stack([sigma, sigma], -1)[on])
    return images.index_put((on,), blurred)


def _erase(images: Tensor, share: float, draw: _Draw) -> Tensor:
    height, width = images.shape[-2:]
    side_h, side_w = (round(length * math.sqrt(min(share, 1.0))) for length in (height, width))
    top = (draw.uniform(0, 1) * (height - side_h + 1)).long()[:, None, None, None]
    left = (draw.uniform(0, 1) * (width - side_w + 1)).long()[:, None, None, None]
    row = torch.arange(height, device=images.device)[None, None, :, None]
    column = torch.arange(width, device=images.device)[None, None, None, :]
    inside = (row >= top) & (row < top + side_h) & (column >= left) & (column < left + side_w)
    return images.masked_fill(inside, 0.5)
