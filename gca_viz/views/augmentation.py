"""Random changes of images, batched and on any device.

Random parameters are drawn on the CPU from the caller's generator, so that a seed means the same changes on every
device; the image operations are kornia's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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

from gca_viz.device import whole_convolutions
from gca_viz.views.presets import Augmentation, OneOf


@whole_convolutions()
def augment(
    images: Tensor,
    augmentation: Augmentation | OneOf,
    *,
    strength: float,
    generator: torch.Generator,
    part: tuple[int, int] | None = None,
) -> Tensor:
    """One random view of each image.

    Args:
        images: N × 3 × H × W in [0, 1], on any device.
        augmentation: what may happen; ``strength`` scales every amount and probability (probabilities up to 1).
        generator: a CPU generator; the same state gives the same view on every device.
        part: (start, total) of images that are a part of a batch, from ``start`` on, and get the views that they
            have in the whole; by default they are all of it.
    """
    if strength == 0:
        return images.clone()
    start, total = part or (0, len(images))
    rows = torch.arange(start, start + len(images))
    if isinstance(augmentation, Augmentation):
        return _augment(images, augmentation, strength, _Draw(rows, total, images.device, generator))
    kind = torch.randint(len(augmentation.alternatives), (total,), generator=generator)[rows]
    changed = images.clone()
    for number, alternative in enumerate(augmentation.alternatives):
        on = kind == number
        draw = _Draw(rows[on], total, images.device, generator)
        on = on.to(images.device)
        changed[on] = _augment(images[on], alternative, strength, draw)
    return changed


def _augment(images: Tensor, augmentation: Augmentation, strength: float, amounts: _Draw) -> Tensor:
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

    rows: Tensor
    total: int
    device: torch.device
    generator: torch.Generator

    def uniform(self, low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(self.total, generator=self.generator)[self.rows]).to(self.device)

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
        if len(images):  # kornia crops and blurs an empty batch only from 0.9 on, which needs Python 3.11
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
    if not on.any():
        return images
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
