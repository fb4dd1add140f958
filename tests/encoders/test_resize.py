"""Images resized by products of matrices are those of ``interpolate``."""

import pytest
import torch
from torch.nn import functional as F

from gca_viz.encoders.resize import resized


@pytest.mark.parametrize("count", [1, 7, 64])
@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(64, 64, 32), (28, 28, 32), (32, 32, 28), (50, 40, 32), (64, 64, 112), (64, 48, 224), (224, 200, 112)],
)
def test_small_images_are_resized_as_interpolate_does(height, width, size, count):
    images = torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(0))
    expected = F.interpolate(images, (size, size), mode="bilinear", antialias=True, align_corners=False)
    for found in (resized(images, size), resized(images.to(memory_format=torch.channels_last), size)):
        # Another processor may add the same four numbers in another order.
        torch.testing.assert_close(found, expected, atol=2e-7, rtol=0)
    with torch.autocast("cpu", torch.bfloat16):
        assert resized(images, size).dtype == torch.float32


def test_larger_images_are_interpolated():
    images = torch.rand(2, 3, 96, 80)
    expected = F.interpolate(images, (32, 32), mode="bilinear", antialias=True, align_corners=False)
    assert torch.equal(resized(images, 32), expected)
