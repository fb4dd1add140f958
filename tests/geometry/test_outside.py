"""Losses without a plan: their numbers against loops, and what must not change them."""

import json
from pathlib import Path

import pytest
import torch

from gca_viz import align
from gca_viz.geometry.outside import OUTSIDE_MEASURES, barlow_twins, debiased, spectral_contrastive, vicreg

CASE = json.loads((Path(__file__).parents[1] / "transport/reference/family_cases.json").read_text("utf-8"))[
    "family"
]
Z1, Z2 = (torch.tensor(CASE[name], dtype=torch.float64) for name in ("z1", "z2"))


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (barlow_twins(Z1, Z2), "barlow lambda=0.005"),
        (vicreg(Z1, Z2), "vicreg 25,25,1"),
        (spectral_contrastive(Z1, Z2), "spectral_contrastive"),
        (debiased(Z1, Z2, epsilon=CASE["epsilon"]), "debiased tau+=0.1"),
    ],
)
def test_the_number_is_that_of_the_loops(made, name):
    assert float(made) == pytest.approx(CASE["values"][name], abs=1e-9)


@pytest.mark.parametrize("name", OUTSIDE_MEASURES)
def test_the_order_of_the_samples_does_not_matter(name):
    measure, order = OUTSIDE_MEASURES[name][1], torch.randperm(len(Z1), generator=torch.Generator().manual_seed(0))
    assert float(measure(Z1[order], Z2[order], 0.2)) == pytest.approx(float(measure(Z1, Z2, 0.2)), abs=1e-12)


def test_barlow_twins_is_blind_to_scale_and_offset_and_the_spectral_loss_to_length():
    assert float(barlow_twins(3 * Z1 + 1, Z2)) == pytest.approx(float(barlow_twins(Z1, Z2)))
    assert float(spectral_contrastive(3 * Z1, Z2)) == pytest.approx(float(spectral_contrastive(Z1, Z2)))


def test_uncorrelated_dimensions_that_agree_cost_nothing_and_collapsed_ones_stay_finite():
    z = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
    assert float(barlow_twins(z, z)) == pytest.approx(0, abs=1e-12)
    same = torch.ones(4, 2, dtype=torch.float64)
    assert float(barlow_twins(same, same)) == pytest.approx(2) and float(vicreg(same, same)) == pytest.approx(24.75)


def test_without_a_prior_the_debiased_loss_is_infonce():

    assert float(debiased(Z1, Z2, epsilon=0.2, prior=0.0)) == pytest.approx(
        float(align(Z1, Z2, "ince", epsilon=0.2).loss)
    )
