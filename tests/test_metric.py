"""How numbers are written: the same number is the same text on every page."""

import numpy as np
import pytest
import torch

from gca_viz.metric import percent


@pytest.mark.parametrize("of", [40, 200, 1000])
def test_single_precision_does_not_decide_how_a_half_is_rounded(of):
    for count in range(of + 1):
        share = count / of
        texts = {percent(share), percent(np.float32(share)), percent(torch.tensor(share, dtype=torch.float32))}
        assert len(texts) == 1 and abs(float(texts.pop().removesuffix(" %")) - 100 * share) <= 0.5 + 1e-9


def test_digits_behind_the_point():
    assert (percent(0.1234), percent(0.1234, 1), percent(1.0)) == ("12 %", "12.3 %", "100 %")
