"""The calibrated ε of a batch: what it is, what is said of it, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from gca_viz.errors import InputError
from gca_viz.experiments.effects.calibrated import Calibrated, calibrate, calibrated_caption, calibrated_sentence
from gca_viz.experiments.effects.sweep import plan_at
from gca_viz.experiments.effects.table import EffectTable
from gca_viz.experiments.recipe.recipe import Recipe
from gca_viz.figures.calibration import reliability
from gca_viz.transport import calibration

SMALL = Recipe().with_values(data="emoji", n=32, method="ince")


@pytest.mark.parametrize("method", ["ince", "gca-ince", "clip"])
def test_no_temperature_that_was_tried_has_less_error(method):
    recipe = SMALL.with_values(method=method)
    found = calibrate(recipe)
    tried = found.table.axes["eps"]
    assert (len(tried), tried[0], tried[-1]) == (53, 0.005, 2)
    assert found.epsilon in tried
    errors = [float(calibration(plan_at(recipe, {"eps": value})).ece) for value in tried]
    assert float(found.best.ece) == pytest.approx(min(errors), abs=1e-5)
    assert found.table.mean("ece") == pytest.approx(errors, abs=1e-5)
    assert float(found.own.ece) == float(calibration(plan_at(recipe, {})).ece)


def test_the_sentence_says_what_the_numbers_say():
    found = calibrate(SMALL.with_values(eps=1.0))
    words = calibrated_sentence(found)
    assert "not sure enough" in words and f"{100 * float(found.own.ece):.1f} %" in words
    assert f"The calibrated ε of this batch is {found.epsilon:.3g}," in words
    assert "too sure" in calibrated_sentence(calibrate(SMALL.with_values(eps=0.005, views="cross-style")))
    assert "53 values of ε from 0.005 to 2" in calibrated_caption(found)


def test_the_end_of_the_range_is_said_to_be_one():
    table = EffectTable({"eps": (0.5, 1.0)}, {"ece": np.array([[0.1, 0.2]])}, 2, 2)
    assert "beyond it the error may be less" in calibrated_sentence(Calibrated.of(SMALL, table))


def test_the_diagram_and_the_table_have_a_row_per_bin():
    found = calibrate(SMALL)
    frame = found.frame()
    assert len(frame) == 20 and frame["rows"].sum() == 2 * 32
    first = frame[(frame["plan"] == "recipe") & (frame["rows"] > 0)]
    diagonal, _, recipe = reliability({"recipe": found.own, "calibrated": found.best}).data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert recipe.name == "recipe"
    assert list(recipe.x) == pytest.approx(list(first["mean confidence"]), rel=1e-5)
    assert list(recipe.y) == pytest.approx(list(first["share right"]), rel=1e-5)
    gaps = (first["mean confidence"] - first["share right"]).abs() * first["rows"] / 32
    assert gaps.sum() == pytest.approx(float(found.own.ece), rel=1e-5)


@pytest.mark.parametrize("size", [1, 2])
def test_tiny_batches_have_one(size):
    assert 0 <= float(calibrate(SMALL.with_values(n=size)).best.ece) <= 1


def test_a_target_without_pairs_says_that_there_is_none():
    with pytest.raises(InputError, match="whose cell this target closes"):
        calibrate(SMALL.with_values(target="relation"))
