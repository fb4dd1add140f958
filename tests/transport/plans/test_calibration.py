"""Whether a plan is as sure as it is right: reference values, laws, and what cannot be answered."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import gca_viz
from gca_viz.errors import InputError
from gca_viz.transport import READINGS, Calibration, align, align_streamed, sweep
from tests.transport.batches import PLAIN, batches, epsilons, views

CASE = json.loads((Path(__file__).parents[1] / "reference" / "family_readings.json").read_text())["calibration"]
VIEWS = torch.tensor(CASE["views"], dtype=torch.float64)


@pytest.mark.parametrize("number", range(3))
def test_plans_of_the_reference(number):
    first, second = CASE["pairs"][number]
    plan = align(VIEWS[first], VIEWS[second], "ince", epsilon=CASE["epsilon"])
    found, wanted = gca_viz.calibration(plan, bins=CASE["bins"]), CASE["single"][number]
    assert plan.matrix.numpy() == pytest.approx(np.array(wanted["plan"]), abs=1e-9)
    assert found.confidence.tolist() == pytest.approx(wanted["confidence"], abs=1e-9)
    assert found.hit.tolist() == wanted["hit"]
    assert float(found.ece) == pytest.approx(wanted["ece"], abs=1e-9)
    assert float(found.brier) == pytest.approx(wanted["brier"], abs=1e-9)
    gaps = (found.mean_confidence - found.accuracy).abs()
    assert float(gaps[found.rows > 0].max()) == pytest.approx(wanted["mce"], abs=1e-9)
    assert READINGS["ece"].of(plan) == float(found.ece) and READINGS["brier"].of(plan) == float(found.brier)


@given(batches(smallest=1), epsilons, st.sampled_from(sorted(PLAIN)), st.integers(2, 50), st.randoms())
def test_bounds_and_permutations(batch, epsilon, method, bins, random):
    z1, z2 = batch
    plan = align(z1, z2, method, epsilon=epsilon)
    found = gca_viz.calibration(plan, bins)
    rows = len(plan.row_mass)
    assert found.confidence.shape == found.hit.shape == (rows,) and int(found.rows.sum()) == rows
    assert 0 <= float(found.ece) <= 1 and 0 <= float(found.brier) <= 2
    assert ((found.confidence >= 1 / rows - 1e-9) & (found.confidence <= 1 + 1e-9)).all()
    # As far as confidence and hits differ on average the bins must, too; and Brier's score is no less than the
    # squared doubt about the most likely column.
    assert float(found.ece) >= float((found.confidence.mean() - found.hit.mean()).abs()) - 1e-9
    order = list(range(len(z1)))
    random.shuffle(order)
    other = gca_viz.calibration(align(z1[order], z2[order], method, epsilon=epsilon), bins)
    assert float(other.ece) == pytest.approx(float(found.ece), abs=1e-7)
    assert float(other.brier) == pytest.approx(float(found.brier), abs=1e-7)


def test_who_is_right_as_often_as_sure_has_no_error():
    random = torch.Generator().manual_seed(0)
    rows, columns = 20_000, 4
    shares = torch.distributions.Dirichlet(torch.full((columns,), 0.7)).sample((rows,)).double()
    partner = torch.multinomial(shares, 1, generator=random).squeeze(1)  # drawn as the shares say
    found = Calibration.of(shares, partner)
    assert float(found.ece) < 0.015
    # The same rows with all their doubt taken away are as often right, and too sure of it.
    sure = Calibration.of(torch.nn.functional.one_hot(shares.argmax(1), columns).double(), partner)
    assert float(sure.ece) == pytest.approx(1 - float(sure.hit.mean())) and float(sure.hit.mean()) < 0.8
    assert float(sure.brier) > float(found.brier)


@pytest.mark.parametrize("samples", [1, 2, 7])
def test_the_ends(samples):
    z = torch.eye(samples, dtype=torch.float64)
    sharp = gca_viz.calibration(align(z, z, "ince", epsilon=0.01))
    assert float(sharp.ece) < 1e-9 and float(sharp.brier) < 1e-9 and sharp.hit.tolist() == [1] * samples
    one = torch.ones(samples, 3, dtype=torch.float64)
    flat = gca_viz.calibration(align(one, one, "gca-ince"))  # calibrated and useless
    assert float(flat.ece) < 1e-9 and flat.hit.tolist() == pytest.approx([1 / samples] * samples)
    assert float(flat.brier) == pytest.approx(1 - 1 / samples)


def test_a_row_without_mass_is_neither_sure_nor_right():
    z1, z2 = views(4, seed=2)
    plan = align(z1, z2, "gca-uot", lambda1=math.inf, lambda2=0.3, mu=[1.0, 0.0, 1.0, 1.0])
    found = gca_viz.calibration(plan)
    assert (float(found.confidence[1]), float(found.hit[1]), float(found.squared_error[1])) == (0, 0, 1)
    assert math.isfinite(float(found.ece))


def test_bins_are_closed_above():
    shares = torch.tensor([[0.5, 0.5], [0.6, 0.4], [0.61, 0.39], [1.0, 0.0]])
    assert Calibration.of(shares, torch.tensor([0, 0, 0, 0])).bin_of_row.tolist() == [4, 5, 6, 9]


def test_a_gradient_is_neither_needed_nor_disturbed():
    z1, z2 = (z.requires_grad_() for z in views(5))
    plan = align(z1, z2, "ince")
    assert not gca_viz.calibration(plan).ece.requires_grad
    assert not math.isnan(READINGS["brier"].of(plan))
    plan.loss.backward()


def test_what_has_no_answer_says_so():
    z1, z2 = views(6)
    closed = align(z1, z2, "ince", target="relation")
    assert math.isnan(READINGS["ece"].of(closed)) and math.isnan(READINGS["brier"].of(closed))
    found = sweep(z1, z2, epsilon=[0.1, 0.5], target="relation", read=("ece", "brier")).values
    assert found["ece"].isnan().all() and found["brier"].isnan().all()
    with pytest.raises(InputError, match="target closes"):
        gca_viz.calibration(closed)
    with pytest.raises(InputError, match="every cell"):
        gca_viz.calibration(align_streamed(z1, z2, "gca-ince"))
    for bins in (1, 51, 2.5, math.nan, "ten"):
        with pytest.raises(InputError, match="bins"):
            gca_viz.calibration(align(z1, z2), bins)
