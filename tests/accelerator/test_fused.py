"""The kernels for CUDA beside what torch does on the CPU."""

import math

import pytest
import torch

from gca_viz.transport.streaming.kernel import _fused, exp_from_peak

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 4096), (5, 9001)])
def test_exponentials_of_a_tile_and_its_peaks_are_those_of_torch(shape):
    logits = 30 * torch.randn(shape, generator=torch.Generator().manual_seed(0))
    logits[0, 0] = -math.inf
    if shape == (3, 5):
        logits[1] = -math.inf
    there = logits.cuda()
    assert _fused() is not None, "Triton comes with torch for CUDA"
    peaks, peaks_there = exp_from_peak(logits), exp_from_peak(there)
    assert torch.equal(peaks, peaks_there.cpu())
    assert torch.allclose(there.cpu(), logits, rtol=1e-6, atol=0)


def test_only_the_rows_of_a_view_are_touched():
    whole = torch.randn(6, 300, device="cuda")
    before = whole.clone()
    exp_from_peak(whole[2:4])
    assert torch.equal(whole[:2], before[:2]) and torch.equal(whole[4:], before[4:])
    assert float(whole[2:4].max()) == 1
